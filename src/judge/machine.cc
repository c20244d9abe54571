#include "judge/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cpu_time.h"
#include "base/messages.h"
#include "judge/own_rules.h"
#include "judge/seen.h"
#include "judge/vouchers.h"
#include "scan/clamd.h"
#include "site/data_folder.h"
#include "vault/format.h"

namespace aplomb::judge {
namespace {

constexpr char kWriterKey[] = "writer.key";
constexpr char kTrust[] = "trust";
constexpr char kEarlier[] = "earlier";
constexpr uint8_t kEarlierVersion = 0;
constexpr uint64_t kBodyMax = 512ull * 1024 * 1024;
constexpr int kRecordLevel = 3;
constexpr char kDpkgInfo[] = "/var/lib/dpkg/info";

const char* suffix_of(vault::RecordKind kind) {
  switch (kind) {
    case vault::RecordKind::approval:
      return "approval";
    case vault::RecordKind::revocation:
      return "revocation";
    case vault::RecordKind::known_good:
      return "release";
    default:
      return "record";
  }
}

Result<vault::Receipt> append(const archive::Machine& machine, vault::OwnerStore& store,
                              const crypto::SigningKey& owner, const vault::VaultHeader& header,
                              vault::Record record, ByteView body) {
  record.claimed = machine.clock.now();
  record.sealed_body = crypto::box_seal(machine.random, header.recovery_public, vault::kInfoRecord,
                                        vault::compress(body, kRecordLevel));
  return store.append_record(vault::encode_signed(record, owner));
}

Status keep_body(const archive::Machine& machine, const std::string& state_path, uint64_t sequence,
                 vault::RecordKind kind, ByteView body) {
  auto state = TRY(machine.fs.make_dirs(state_path, 0700));
  TRY(fs::make_dirs(*state, kTrust, 0700));
  TRY(state->sync());
  return fs::write_file_durably(*state, fmt::format("{}/{:08}.{}", kTrust, sequence, suffix_of(kind)), body);
}

}  // namespace

std::string site_state_path(const std::string& state_dir, const std::string& site) {
  return state_dir + "/sites/" + site;
}

Result<vault::WriterKey> load_writer_key(const archive::Machine& machine, const std::string& state_path) {
  auto state = machine.fs.open_dir(state_path);
  auto bytes =
      state ? fs::read_file(**state, kWriterKey, 4096) : Result<Bytes>(fail(std::move(state).error()));
  if (!bytes)
    return fail(std::move(bytes)
                    .error()
                    .in(tr("the writer key of this site cannot be read"))
                    .at(state_path + "/" + kWriterKey)
                    .then(tr("run aplomb init for this site, or restore its state folder")));
  return vault::decode_writer_key(*bytes);
}

Status save_writer_key(const archive::Machine& machine, const std::string& state_path,
                       const vault::WriterKey& key) {
  auto state = TRY(machine.fs.make_dirs(state_path, 0700));
  return fs::write_file_durably(*state, kWriterKey, vault::encode(key));
}

Result<vault::WriterKey> open_epoch(const archive::Machine& machine, vault::OwnerStore& store,
                                    const crypto::SigningKey& owner, const vault::VaultHeader& header,
                                    const std::string& site, uint32_t epoch, const std::string& state_path,
                                    const crypto::Secret* cut_key) {
  vault::WriterKey key =
      vault::make_writer_key(machine.random, header.id, site, epoch, header.recovery_public);
  if (cut_key) key.cut_key = cut_key->clone();
  vault::Record record;
  record.kind = vault::RecordKind::domain;
  record.domain = key.domain;
  record.writer = key.signing.verify_key;
  vault::DomainBody body;
  body.site = site;
  body.epoch = epoch;
  body.id_key = key.id_key.clone();
  body.cut_key = key.cut_key.clone();
  TRY(append(machine, store, owner, header, std::move(record), vault::encode(body)));
  TRY(save_writer_key(machine, state_path, key));
  return key;
}

Status sign_approval(const archive::Machine& machine, vault::OwnerStore& store,
                     const crypto::SigningKey& owner, const vault::VaultHeader& header,
                     const std::string& state_path, vault::RecordKind kind, const Approval& approval,
                     const std::vector<vault::SnapshotId>& snapshots) {
  vault::Record record;
  record.kind = kind;
  record.snapshots = snapshots;
  Bytes body = encode(approval);
  vault::Receipt receipt = TRY(append(machine, store, owner, header, std::move(record), body));
  return keep_body(machine, state_path, receipt.sequence, kind, body);
}

Status sign_release(const archive::Machine& machine, vault::OwnerStore& store,
                    const crypto::SigningKey& owner, const vault::VaultHeader& header,
                    const std::string& state_path, const Release& release) {
  vault::Record record;
  record.kind = vault::RecordKind::known_good;
  Bytes body = encode(release);
  vault::Receipt receipt = TRY(append(machine, store, owner, header, std::move(record), body));
  return keep_body(machine, state_path, receipt.sequence, vault::RecordKind::known_good, body);
}

Status sign_record(const archive::Machine& machine, vault::OwnerStore& store, const crypto::SigningKey& owner,
                   const vault::VaultHeader& header, vault::RecordKind kind, const vault::DomainId& domain,
                   const std::vector<vault::SnapshotId>& snapshots, ByteView body,
                   const std::vector<vault::DomainId>& closes) {
  vault::Record record;
  record.kind = kind;
  record.domain = domain;
  record.snapshots = snapshots;
  record.closes = closes;
  TRY(append(machine, store, owner, header, std::move(record), body));
  return {};
}

Status sign_import(const archive::Machine& machine, vault::OwnerStore& store, const crypto::SigningKey& owner,
                   const vault::VaultHeader& header, const vault::DomainId& domain,
                   const vault::ChunkId& listing) {
  vault::Record record;
  record.kind = vault::RecordKind::imported;
  record.domain = domain;
  record.listing = listing;
  TRY(append(machine, store, owner, header, std::move(record), {}));
  return {};
}

Status keep_deployment(const archive::Machine& machine, const SiteState& state,
                       const vendor::Deployment& deployment) {
  auto folder = TRY(machine.fs.make_dirs(state.path + "/" + archive::kDeployments, 0700));
  std::string name = crypto::sha256(as_bytes(deployment.folder)).hex().substr(0, 16);
  return fs::write_file_durably(*folder, name + archive::kDeploymentEnding, vendor::encode(deployment));
}

Result<std::vector<vendor::Deployment>> kept_deployments(const archive::Machine& machine,
                                                         const SiteState& state) {
  std::vector<vendor::Deployment> kept;
  auto folder = machine.fs.open_dir(state.path + "/" + archive::kDeployments);
  if (!folder) return kept;
  for (const fs::Entry& entry : TRY((*folder)->list())) {
    if (!entry.name.ends_with(archive::kDeploymentEnding)) continue;
    Bytes bytes = TRY(fs::read_file(**folder, entry.name, archive::kVoucherMax));
    auto deployment = vendor::decode_deployment(bytes);
    if (deployment) {
      kept.push_back(std::move(*deployment));
    } else {
      machine.log.warn(tr("{} proves nothing: {}", entry.name, deployment.error().what));
    }
  }
  return kept;
}

Result<Trust> load_machine_trust(const archive::Machine& machine, const SiteState& state) {
  Trust trust;
  auto folder = machine.fs.open_dir(state.path + "/" + kTrust);
  if (!folder) return trust;
  for (const fs::Entry& entry : TRY((*folder)->list())) {  // names sort in the order of the records
    Bytes body = TRY(fs::read_file(**folder, entry.name, kBodyMax));
    if (entry.name.ends_with(".release")) {
      trust.add_release(TRY(decode_release(body)));
    } else if (entry.name.ends_with(".approval")) {
      trust.approve(TRY(decode_approval(body)));
    } else if (entry.name.ends_with(".revocation")) {
      trust.revoke(TRY(decode_approval(body)));
    }
  }
  for (const vendor::Deployment& deployment : TRY(kept_deployments(machine, state)))
    if (Status added = add_commit(trust, deployment); !added)
      machine.log.warn(tr("{} proves nothing: {}", deployment.id, added.error().what));
  return trust;
}

namespace {

// What cannot be used is left out, with a warning: a slip in a rule must not keep the site unjudged.
struct Brought {
  std::map<Sha256, std::string> known_bad;
  std::unique_ptr<scan::UserRules> yara;
  std::string version = scan::rule_set_version();
};
Brought own_rules(const archive::Machine& machine, const SiteState& state) {
  Brought brought;
  auto rules = load_own_rules(machine.fs, own_rules_path(state.path));
  if (!rules) {
    machine.log.warn(tr("your own rules are left out: {}", rules.error().what));
    return brought;
  }
  brought.known_bad = std::move(rules->known_bad);
  if (rules->yara.empty()) return brought;
  auto yara = std::make_unique<scan::UserRules>(rules->yara);
  if (Status checked = yara->check(); !checked) {
    machine.log.warn(tr("your own rules are left out: {}", checked.error().what));
    return brought;
  }
  brought.version += " " + crypto::sha256(yara->encoded()).hex();
  brought.yara = std::move(yara);
  return brought;
}

}  // namespace

Result<JudgeKit> make_judge(const archive::Machine& machine, const SiteState& state, Source source,
                            ByteView secret) {
  JudgeKit kit;
  kit.state = TRY(machine.fs.make_dirs(state.path, 0700));
  kit.memo_name = source == Source::machine ? "memo" : "memo.vault";
  Brought brought = own_rules(machine, state);
  kit.memo = std::make_unique<Memo>(
      Memo::load(*kit.state, kit.memo_name, crypto::hkdf_sha256(secret, {}, kInfoMemo, 32), brought.version));
  kit.scanner = std::make_unique<scan::Scanner>();
  kit.scanner->also_ask(std::move(brought.yara), scan::Clamd::find());
  kit.knowledge = std::make_unique<SiteKnowledge>(
      SiteKnowledge{state.config, TRY(site::load_recognisers(machine.fs, site::recogniser_folder())),
                    std::move(brought.known_bad)});
  kit.vendors_name = source == Source::machine ? "publishers" : "publishers.vault";
  std::unique_ptr<fs::Dir> dpkg;  // its word counts on the machine alone
  if (source == Source::machine)
    if (auto info = machine.fs.open_dir(kDpkgInfo)) dpkg = std::move(*info);
  kit.vendors = std::make_unique<Vendors>(
      TRY(vendor::wordpress_org_address(state.config.wordpress_org)),
      vendor::Answers::load(*kit.state, kit.vendors_name,
                            crypto::hkdf_sha256(secret, {}, vendor::kInfoAnswers, 32)),
      machine.clock, std::move(dpkg));
  kit.judge = std::make_unique<Judge>(*kit.scanner, *kit.memo, *kit.knowledge, machine.log, machine.progress,
                                      kit.vendors.get());
  return kit;
}

Status save_earlier(fs::Dir& state, const Earlier& earlier) {
  ByteWriter writer;
  writer.u8(kEarlierVersion);
  writer.varint(earlier.facts.size());
  for (const scan::SnapshotFile& file : earlier.facts) {
    writer.text(file.path);
    scan::FileReport report;
    report.kind = file.kind;
    report.fits_type = file.fits_type;
    report.facts = file.facts;
    scan::encode(writer, report);
  }
  Bytes contents = encode(earlier.contents);
  writer.sized(contents);
  return fs::write_file_durably(state, kEarlier, vault::compress(writer.view(), kRecordLevel));
}

namespace {

Result<Earlier> decode_earlier(ByteView packed) {
  Bytes bytes = TRY(vault::decompress(packed, kBodyMax));
  ByteReader reader(bytes);
  if (TRY(reader.u8()) != kEarlierVersion)
    return fail(Code::unsupported, tr("the last good state was noted by a newer Aplomb"));
  Earlier earlier;
  uint64_t count = TRY(reader.varint());
  for (uint64_t i = 0; i < count; ++i) {
    std::string path = TRY(reader.text(1 << 20));
    scan::FileReport report = TRY(scan::decode_file_report(reader));
    earlier.facts.push_back({std::move(path), report.kind, report.fits_type, report.facts});
  }
  ByteView contents = TRY(reader.sized(kBodyMax));
  earlier.contents = TRY(decode_contents(contents));
  TRY(reader.finish());
  return earlier;
}

}  // namespace

// Without it the judge sees less; it does not believe more.
Earlier load_earlier(fs::Dir& state, Log& log) {
  auto bytes = fs::read_file(state, kEarlier, kBodyMax);
  auto earlier = bytes ? decode_earlier(*bytes) : Result<Earlier>(fail(std::move(bytes).error()));
  if (earlier) return std::move(*earlier);
  if (earlier.error().code != Code::not_found)
    log.warn(tr("the note of the last good state cannot be read: {}", earlier.error().what));
  return {};
}

namespace {

// After the judgement, so that the next snapshot takes it along.
Status note_contents(fs::Dir& state, ByteView key, archive::SnapshotView& view, Time time) {
  auto bytes = fs::read_file(state, archive::kSeenName, archive::kVoucherMax);
  if (!bytes && bytes.error().code != Code::not_found) return fail(std::move(bytes).error());
  SeenList list = SeenList::decode(bytes ? ByteView(*bytes) : ByteView(), key);
  std::vector<std::pair<std::string, Sha256>> files;
  TRY(view.for_each([&](const std::string& path, const vault::Node& node) -> Status {
    if (node.is_file()) files.emplace_back(path, node.hash);
    return {};
  }));
  if (!list.add(time, std::move(files))) return {};
  return fs::write_file_durably(state, archive::kSeenName, list.bytes());
}

}  // namespace

Result<Backup> backup_and_judge(const archive::Machine& machine, vault::WriterStore& store,
                                const SiteState& state, const archive::SnapshotRequest& request) {
  vault::WriterKey key = TRY(load_writer_key(machine, state.path));
  Backup backup;
  backup.snapshot = TRY(archive::take_snapshot(machine, store, key, request));
  Stopwatch watch(machine.clock);
  double cpu_before = cpu_seconds();
  Trust trust = TRY(load_machine_trust(machine, state));
  JudgeKit kit = TRY(make_judge(machine, state, Source::machine, key.id_key.view()));
  auto view =
      TRY(archive::open_machine_snapshot(machine, key, request.state_path, backup.snapshot.recent.get()));
  // What the machine remembers of its own backups says nothing of an imported one, nor that of them.
  const bool own = !request.imported_at;
  Earlier before = own ? load_earlier(*kit.state, machine.log) : Earlier();
  backup.judgement = TRY(kit.judge->judge(*view, trust, before));
  TRY(kit.save_memo());
  if (own) TRY(note_contents(*kit.state, key.id_key.view(), *view, backup.snapshot.received));
  if (own && (backup.judgement.verdict == Verdict::proven_clean || before.empty()))
    TRY(save_earlier(*kit.state, earlier_of(backup.judgement)));
  kit.scanner.reset();  // its children end, and their time is known
  backup.judge_cpu_seconds = cpu_seconds() - cpu_before;
  backup.judge_seconds = watch.seconds();
  Note& note = backup.note;
  note.site = state.config.name;
  note.sequence = backup.snapshot.sequence;
  note.epoch = key.epoch;
  note.files = backup.snapshot.manifest.files;
  note.bytes = backup.snapshot.manifest.bytes;
  vault::SnapshotInfo info;
  info.id = backup.snapshot.id;
  info.received = request.imported_at.value_or(backup.snapshot.received);
  note.imported = !own;
  note.point = make_point(info, request.evidence, backup.judgement);
  TRY(save_note(*kit.state, note));
  if (!own) return backup;
  if (kit.state->stat(kUndone)) TRY(kit.state->remove(kUndone));
  TRY(remove_failure(*kit.state));
  return backup;
}

}  // namespace aplomb::judge
