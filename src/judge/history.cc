#include "judge/history.h"

#include <algorithm>

#include "base/messages.h"
#include "judge/imported.h"
#include "judge/vouchers.h"

namespace aplomb::judge {

Trust trust_from_vault(vault::VaultReader& reader, const std::string& site, Log& log) {
  Trust trust;
  for (const vault::OpenRecord& record : reader.records()) {
    Status read;
    if (record.kind == vault::RecordKind::approval || record.kind == vault::RecordKind::revocation) {
      auto approval = decode_approval(record.body);
      if (!approval) {
        read = fail(std::move(approval).error());
      } else if (approval->site == site) {
        record.kind == vault::RecordKind::approval ? trust.approve(*approval) : trust.revoke(*approval);
      }
    } else if (record.kind == vault::RecordKind::known_good) {
      auto release = decode_release(record.body);
      if (release) {
        trust.add_release(*release);
      } else {
        read = fail(std::move(release).error());
      }
    }
    // An approval that cannot be read explains nothing: the judgement gets stricter, never milder.
    if (!read) log.warn(tr("record {} of the vault is left out: {}", record.sequence, read.error().what));
  }
  add_vouchers(trust, reader, site, log);
  return trust;
}

History history_of(const vault::VaultReader& reader, const std::string& site) {
  History history;
  std::vector<vault::DomainId> domains;  // of the site, in the order opened, since the last closing
  for (const vault::OpenRecord& record : reader.records()) {
    if (record.kind == vault::RecordKind::domain) {
      auto body = vault::decode_domain_body(record.body);
      if (body && body->site == site) domains.push_back(record.domain);
    } else if (record.kind == vault::RecordKind::incident_closed) {
      // A recovery that was killed after it had opened a new domain has closed nothing: the points before it
      // count.
      auto opened = std::ranges::find(domains, record.domain);
      if (opened == domains.end()) continue;
      domains.erase(domains.begin(), opened);
      history.closed = record.received;
    }
  }
  const std::map<vault::SnapshotId, Time> imported = imported_times(reader.records());
  for (vault::SnapshotInfo info : reader.snapshots()) {
    if (auto at = imported.find(info.id); at != imported.end()) info.received = at->second;
    bool current = std::ranges::find(domains, info.domain) != domains.end();
    if (current || info.site == site) (current ? history.current : history.earlier).push_back(info);
  }
  for (auto* snapshots : {&history.current, &history.earlier})
    std::ranges::stable_sort(*snapshots, {}, &vault::SnapshotInfo::received);
  return history;
}

Point make_point(const vault::SnapshotInfo& info, bool evidence, const Judgement& judgement) {
  Point point;
  point.snapshot = info.id.hex();
  point.time = info.received;
  point.evidence = evidence;
  point.verdict = judgement.verdict;
  point.since = judgement.since;
  point.trusted_on_baseline = judgement.trusted_on_baseline;
  point.open = judgement.open;
  return point;
}

Result<std::vector<Point>> judge_points(vault::VaultReader& reader,
                                        const std::vector<vault::SnapshotInfo>& snapshots, Judge& judge,
                                        const Trust& trust, Log& log) {
  std::vector<Point> points;
  Earlier before;
  for (const vault::SnapshotInfo& info : snapshots) {
    auto view = archive::VaultSnapshot::open(reader, info);
    auto judgement =
        view ? judge.judge(**view, trust, before) : Result<Judgement>(fail(std::move(view).error()));
    if (!judgement) {
      if (judgement.error().code == Code::unsupported || judgement.error().code == Code::key)
        return fail(std::move(judgement).error());
      log.warn(tr("snapshot {} cannot be judged: {}", info.id.hex().substr(0, 12), judgement.error().what));
      Judgement unreadable;
      unreadable.verdict = Verdict::not_proven;
      JudgedObject object;
      object.explanation = {tr_later("the snapshot is damaged: {}"), {judgement.error().what}};
      object.verdict = ObjectVerdict::unproven;
      unreadable.open.push_back(std::move(object));
      points.push_back(make_point(info, false, unreadable));
      continue;
    }
    points.push_back(make_point(info, (*view)->manifest().evidence, *judgement));
    // Compared with the last state that was in order, not with one in which the
    // damage was there already.
    if (points.back().verdict == Verdict::proven_clean || before.empty()) before = earlier_from(*judgement);
  }
  return points;
}

}  // namespace aplomb::judge
