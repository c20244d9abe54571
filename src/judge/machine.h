// The judge's side of the guarded machine: what it keeps of a site between runs (writer key, its copies of
// the owner's approvals, the memo, the notes), and the two steps that every backup is made of: take a
// snapshot, judge it on the machine. Nothing here opens the recovery key.
//
//   STATE/SITE/writer.key            see vault/writer_key.h
//   STATE/SITE/trust/00000003.approval, .revocation, .release    bodies of the owner's records, as signed
//   STATE/SITE/notes/…               see notes.h
//   STATE/SITE/memo                  see memo.h
//   STATE/SITE/publishers            what publishers answered, see vendor/answers.h
//   STATE/SITE/seen                  every content ever saved, see seen.h
//   STATE/SITE/earlier               the last good state, as prints
#pragma once

#include "archive/take_snapshot.h"
#include "judge/history.h"
#include "judge/notes.h"

namespace aplomb::judge {

// A file of the site's state: there since a recovery was undone, until the next backup.
constexpr char kUndone[] = "undone";

struct SiteState {
  const site::SiteConfig& config;
  std::string path;  // STATE/SITE
};

std::string site_state_path(const std::string& state_dir, const std::string& site);

Result<vault::WriterKey> load_writer_key(const archive::Machine& machine, const std::string& state_path);
Status save_writer_key(const archive::Machine& machine, const std::string& state_path,
                       const vault::WriterKey& key);

// A new epoch of a site: the owner signs the domain into the vault, the writer key is kept in the state. The
// first backup of the epoch reads everything anew. `cut_key` may be null; that of the epoch before, if the
// new one is to import from it.
Result<vault::WriterKey> open_epoch(const archive::Machine& machine, vault::OwnerStore& store,
                                    const crypto::SigningKey& owner, const vault::VaultHeader& header,
                                    const std::string& site, uint32_t epoch, const std::string& state_path,
                                    const crypto::Secret* cut_key = nullptr);
// Names what the epoch takes over from the one before (vault/import.h).
Status sign_import(const archive::Machine& machine, vault::OwnerStore& store, const crypto::SigningKey& owner,
                   const vault::VaultHeader& header, const vault::DomainId& domain,
                   const vault::ChunkId& listing);

// Signs a record into the vault and keeps its body for the judge on the machine.
Status sign_approval(const archive::Machine& machine, vault::OwnerStore& store,
                     const crypto::SigningKey& owner, const vault::VaultHeader& header,
                     const std::string& state_path, vault::RecordKind kind, const Approval& approval,
                     const std::vector<vault::SnapshotId>& snapshots);
Status sign_release(const archive::Machine& machine, vault::OwnerStore& store,
                    const crypto::SigningKey& owner, const vault::VaultHeader& header,
                    const std::string& state_path, const Release& release);
// Any other record of the owner (an incident closed). The keeper takes no more snapshots of the domains that
// it closes.
Status sign_record(const archive::Machine& machine, vault::OwnerStore& store, const crypto::SigningKey& owner,
                   const vault::VaultHeader& header, vault::RecordKind kind, const vault::DomainId& domain,
                   const std::vector<vault::SnapshotId>& snapshots, ByteView body,
                   const std::vector<vault::DomainId>& closes = {});

// Signed commits the site was deployed from, one for each folder; the next snapshots take them along.
Status keep_deployment(const archive::Machine& machine, const SiteState& state,
                       const vendor::Deployment& deployment);
Result<std::vector<vendor::Deployment>> kept_deployments(const archive::Machine& machine,
                                                         const SiteState& state);

// What the machine's own copies of the owner's records explain, and the commits that pinned keys signed.
Result<Trust> load_machine_trust(const archive::Machine& machine, const SiteState& state);

// Everything a Judge needs of a site: recognised software and the scanner's pool.
struct JudgeKit {
  std::unique_ptr<scan::Scanner> scanner;
  std::unique_ptr<Memo> memo;
  std::unique_ptr<SiteKnowledge> knowledge;
  std::unique_ptr<Vendors> vendors;
  std::unique_ptr<Judge> judge;
  std::unique_ptr<fs::Dir> state;
  std::string memo_name, vendors_name;
  Status save_memo() const {
    TRY(vendors->save(*state, vendors_name));
    return memo->save(*state, memo_name);
  }
};

// What the machine remembers of the last state that was in order, to compare
// the next one with.
Status save_earlier(fs::Dir& state, const Earlier& earlier);
Earlier load_earlier(fs::Dir& state, Log& log);

enum class Source : uint8_t { machine, vault };
// `secret` authenticates the memo: the writer's id key on the machine, the recovery secret for the vault.
Result<JudgeKit> make_judge(const archive::Machine& machine, const SiteState& state, Source source,
                            ByteView secret);

struct Backup {
  archive::SnapshotResult snapshot;
  Judgement judgement;
  Note note;
  double judge_seconds = 0, judge_cpu_seconds = 0;
};
// Takes a snapshot, judges it from the machine, writes the note. The caller holds the site's lock.
Result<Backup> backup_and_judge(const archive::Machine& machine, vault::WriterStore& store,
                                const SiteState& state, const archive::SnapshotRequest& request);

}  // namespace aplomb::judge
