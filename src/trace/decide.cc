#include "trace/decide.h"

#include <algorithm>
#include <cstdlib>

#include "base/messages.h"
#include "trace/endpoints.h"

namespace aplomb::trace {
namespace {

constexpr size_t kWatchedMax = 64, kNearWatchedMax = 8;
constexpr int64_t kUseSoon = 10 * kMinute, kSession = 12 * kHour, kAlone = kMinute;
constexpr int64_t kEdge = kMinute;  // a log ends a moment after its last line

enum class Cover : uint8_t { no_logs, outside, hole, covered };

Cover cover_of(const std::vector<Series>& series, Time time) {
  Cover cover = Cover::no_logs;
  for (const Series& one : series) {
    if (!one.web || one.rhythm.empty()) continue;
    if (std::ranges::any_of(one.holes,
                            [&](const Silence& hole) { return hole.from < time && time < hole.to; }))
      return Cover::hole;
    const bool inside = one.rhythm.first().ns <= time.ns + kAfter && one.rhythm.last().ns >= time.ns - kEdge;
    cover = std::max(cover, inside ? Cover::covered : Cover::outside);
  }
  return cover;
}

int64_t distance(Time a, Time b) {
  return std::abs(a.ns - b.ns);
}

std::string seconds_text(int64_t ns) {
  return std::to_string(ns / kSecond);
}

class Deciding {
 public:
  Deciding(const std::vector<Suspect>& suspects, const Evidence& evidence, size_t number)
      : suspects_(suspects),
        evidence_(evidence),
        number_(static_cast<int>(number)),
        suspect_(suspects[number]),
        uses_(evidence.traces.uses[number]) {}

  EntryPoint run() {
    if (!uses_.first.empty() && !is_a_page()) out_.first_use = uses_.first.front();
    made_ = suspect_.changed;
    // Changed again later: it was there when it was first used.
    if (out_.first_use && (!made_ || out_.first_use->time < *made_)) {
      made_ = out_.first_use->time;
      after_ = 2 * kSecond;
    }
    if (by_upload()) return finish();
    if (!made_) {
      unknown(
          {tr_later("nothing says when in that time it was written: the logs name no request for it"), {}});
      return finish();
    }
    switch (cover_of(evidence_.series, *made_)) {
      case Cover::no_logs:
        unknown({tr_later("no access log was found"), {}});
        return finish();
      case Cover::outside:
        unknown({tr_later("the logs do not reach to {}, when it was written"), {to_local(*made_)}});
        return finish();
      case Cover::hole:
        unknown({tr_later(
                     "the log is silent around {}, when it was written: lines are missing, or the server was "
                     "off"),
                 {to_local(*made_)}});
        return finish();
      case Cover::covered:
        break;
    }
    if (by_request() || by_package() || by_session()) return finish();
    unknown({tr_later("no request in the logs can be tied to it"), {}});
    return finish();
  }

 private:
  struct Candidate {
    const Hit* hit;
    int score = 0;
    bool tied = false;
    std::vector<Reason> why = {};
  };

  // Visitors saw it while it was in order: that somebody asked for it says nothing.
  bool is_a_page() const { return uses_.earlier > 0; }

  void unknown(Reason why) {
    out_.way = Way::unknown;
    out_.confidence = Confidence::unknown;
    out_.why.push_back(std::move(why));
  }

  EntryPoint finish() {
    if (!out_.made_by) return std::move(out_);
    if (out_.account.empty()) out_.account = out_.made_by->account;
    auto facts = evidence_.addresses.find(out_.made_by->address);
    if (facts == evidence_.addresses.end()) return std::move(out_);
    for (const Hit& hit : facts->second.sign_ins)
      if (hit.time <= out_.made_by->time && hit.time.ns >= out_.made_by->time.ns - kDay) out_.signed_in = hit;
    return std::move(out_);
  }

  bool by_upload() {
    for (const Hit& hit : evidence_.traces.uploads) {
      if (hit.suspect != number_ || hit.time > suspect_.seen) continue;
      if (suspect_.changed && distance(hit.time, *suspect_.changed) > kBefore) continue;
      if (suspect_.not_before && hit.time.ns < suspect_.not_before->ns - kHour) continue;
      out_.way = Way::upload;
      out_.confidence = Confidence::high;
      out_.made_by = hit;
      out_.why.push_back({tr_later("the log of the transfers names this file"), {}});
      // sftp names who it is when the session begins, under the same process.
      if (hit.account.empty())
        for (const Hit& login : evidence_.traces.logins)
          if (login.pid == hit.pid && hit.pid != 0 && login.time <= hit.time) {
            out_.account = login.account;
            out_.made_by->address = login.address;
          }
      return true;
    }
    return false;
  }

  // A proxy stands for all visitors: its address ties nothing.
  bool is_proxy(const std::string& address) const {
    auto facts = evidence_.addresses.find(address);
    return facts != evidence_.addresses.end() && evidence_.requests > 1000 &&
           facts->second.days.size() >= 3 && facts->second.requests * 3 > evidence_.requests;
  }

  // Among the first to use the object, after `after`. Later users may be scanners that found it.
  bool used_by(const std::string& address, Time after) const {
    if (is_a_page() || address.empty() || is_proxy(address)) return false;
    for (size_t i = 0; i < uses_.first.size(); ++i) {
      const Hit& use = uses_.first[i];
      const bool early = i == 0 || use.time.ns <= made_->ns + kUseSoon;
      if (early && use.address == address && use.time.ns >= after.ns - 2 * kSecond) return true;
    }
    return false;
  }

  Candidate weigh(const Hit& hit) const {
    Candidate candidate{&hit};
    auto tie = [&](int score, Reason why) {
      candidate.tied = true;
      candidate.score += score;
      candidate.why.push_back(std::move(why));
    };
    const int64_t apart = distance(hit.time, *made_);
    const Endpoint endpoint = endpoint_of(hit.target, hit.referer);
    const bool itself = hit.suspect == number_;
    if (itself && (hit.method == "PUT" || hit.method == "MOVE" || hit.method == "COPY"))
      tie(8, {tr_later("the request put this very file there"), {}});
    if (!itself && hit.suspect >= 0 && hit.suspect < static_cast<int>(suspects_.size()) &&
        evidence_.traces.uses[static_cast<size_t>(hit.suspect)].earlier == 0)
      tie(5, {tr_later("it went through {}, which is itself one of the bad objects"),
              {suspects_[static_cast<size_t>(hit.suspect)].object}});
    if (!itself && used_by(hit.address, hit.time))
      tie(5, {tr_later("the same address was among the first to use the file afterwards"), {}});
    if (endpoint == Endpoint::writes && apart <= 10 * kSecond)
      tie(4, {tr_later("it went to {}, {} seconds from the change of the file"),
              {words_of(endpoint), seconds_text(apart)}});
    if (endpoint == Endpoint::upload || endpoint == Endpoint::interface) candidate.score += 2;
    if (endpoint == Endpoint::chatter || endpoint == Endpoint::sign_in) candidate.score -= 2;
    candidate.score += apart <= 2 * kSecond ? 3 : apart <= 15 * kSecond ? 2 : apart <= kMinute ? 1 : 0;
    if (is_scripted(hit.agent)) ++candidate.score;
    if (hit.status >= 500 || hit.status == 499) --candidate.score;
    return candidate;
  }

  std::vector<const Hit*> candidates() const {
    std::vector<const Hit*> list;
    auto add = [&](const Hit& hit) {
      const bool in_time = hit.time.ns >= made_->ns - kBefore && hit.time.ns <= made_->ns + after_;
      // The file itself cannot have made itself, but a request that puts it there can.
      const bool possible = hit.suspect != number_ || may_write(hit.method, hit.status);
      const bool known = std::ranges::any_of(list, [&](const Hit* other) {
        return other->place.line == hit.place.line && other->place.file == hit.place.file;
      });
      if (in_time && possible && !known) list.push_back(&hit);
    };
    for (const Hit& hit : evidence_.traces.near) add(hit);
    // Where the change came later than the first use, what was near the change is of no help.
    for (const auto& [address, facts] : evidence_.addresses)
      if (used_by(address, Time{made_->ns - kBefore}))
        for (const Hit& hit : facts.writes) add(hit);
    return list;
  }

  bool by_request() {
    std::vector<Candidate> ranked;
    for (const Hit* hit : candidates()) {
      Candidate candidate = weigh(*hit);
      // A POST to the file itself is its use; only a method that stores puts it there.
      const bool itself = hit->suspect == number_;
      if (itself && !candidate.tied) continue;
      ranked.push_back(std::move(candidate));
    }
    std::erase_if(ranked, [](const Candidate& candidate) { return !candidate.tied; });
    if (ranked.empty()) return false;
    std::ranges::stable_sort(ranked, [&](const Candidate& a, const Candidate& b) {
      if (a.score != b.score) return a.score > b.score;
      return distance(a.hit->time, *made_) < distance(b.hit->time, *made_);
    });
    const Candidate& best = ranked.front();
    auto rival = std::ranges::find_if(ranked.begin() + 1, ranked.end(), [&](const Candidate& other) {
      return other.hit->address != best.hit->address && other.score >= best.score - 1;
    });
    out_.way = Way::request;
    out_.made_by = *best.hit;
    out_.why = best.why;
    out_.confidence = best.score >= 7   ? Confidence::high
                      : best.score >= 5 ? Confidence::medium
                                        : Confidence::low;
    if (rival != ranked.end()) {
      out_.confidence = Confidence::low;
      out_.why.push_back({tr_later("another request, of {}, could have done it too"), {rival->hit->address}});
    }
    return true;
  }

  bool by_package() {
    if (!evidence_.may_be_packaged) return false;
    for (const Hit& hit : evidence_.traces.packages) {
      if (distance(hit.time, *made_) > 2 * kBefore) continue;
      out_.way = Way::package;
      out_.confidence = Confidence::low;
      out_.made_by = hit;
      out_.why.push_back({tr_later("the package {} was changed at that time"), {hit.target}});
      return true;
    }
    return false;
  }

  // Somebody who was signed in by SSH, and nothing that came over the web.
  bool by_session() {
    for (const Series& one : evidence_.series)
      if (one.web && cover_of({one}, *made_) != Cover::covered) return false;  // what it held is not known
    for (const Hit& hit : evidence_.traces.near)
      if (distance(hit.time, *made_) <= kAlone && may_write(hit.method, hit.status)) return false;
    const Hit* open = nullptr;
    for (const Hit& login : evidence_.traces.logins) {
      if (login.time > *made_ || login.time.ns < made_->ns - kSession) continue;
      const bool over = std::ranges::any_of(evidence_.traces.logouts, [&](const Hit& logout) {
        return logout.pid == login.pid && logout.time >= login.time && logout.time < *made_;
      });
      if (over) continue;
      if (open && (open->account != login.account || open->address != login.address))
        return false;  // several
      open = &login;
    }
    if (!open) return false;
    out_.way = Way::session;
    out_.confidence = Confidence::low;
    out_.made_by = *open;
    out_.why.push_back(
        {tr_later(
             "{} was the only one signed in by SSH, and no request over the web could have written then"),
         {open->account}});
    return true;
  }

  const std::vector<Suspect>& suspects_;
  const Evidence& evidence_;
  const int number_;
  const Suspect& suspect_;
  const Uses& uses_;
  std::optional<Time> made_;
  int64_t after_ = kAfter;  // what comes later than this behind it made nothing
  EntryPoint out_;
};

}  // namespace

const char* name(Confidence confidence) {
  constexpr const char* kNames[] = {"unknown", "low", "medium", "high"};
  return kNames[static_cast<size_t>(confidence)];
}

std::string words_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::high:
      return tr("nearly certain");
    case Confidence::medium:
      return tr("likely");
    case Confidence::low:
      return tr("possible");
    default:
      return tr("unknown");
  }
}

const char* name(Way way) {
  constexpr const char* kNames[] = {"unknown", "request", "upload", "session", "package"};
  return kNames[static_cast<size_t>(way)];
}

std::vector<EntryPoint> decide(const std::vector<Suspect>& suspects, const Evidence& evidence) {
  std::vector<EntryPoint> entries;
  for (size_t i = 0; i < suspects.size(); ++i) entries.push_back(Deciding(suspects, evidence, i).run());
  return entries;
}

std::set<std::string, std::less<>> addresses_to_watch(const std::vector<Suspect>& suspects,
                                                      const Traces& traces) {
  std::set<std::string, std::less<>> watched;
  auto add = [&](const Hit& hit) {
    if (!hit.address.empty() && watched.size() < kWatchedMax) watched.insert(hit.address);
  };
  for (size_t i = 0; i < suspects.size(); ++i)
    if (traces.uses[i].earlier == 0)
      for (const Hit& hit : traces.uses[i].first) add(hit);
  for (const Suspect& suspect : suspects) {
    if (!suspect.changed) continue;
    std::vector<const Hit*> close;
    for (const Hit& hit : traces.near)
      if (suspect.may_be(hit.time)) close.push_back(&hit);
    std::ranges::stable_sort(close, {},
                             [&](const Hit* hit) { return distance(hit->time, *suspect.changed); });
    for (size_t i = 0; i < close.size() && i < kNearWatchedMax; ++i) add(*close[i]);
  }
  for (const Hit& hit : traces.dumps) add(hit);
  return watched;
}

}  // namespace aplomb::trace
