// The keeper: the process that owns a vault's folder and plays all three roles over it. `file:` runs it in
// the process of the writer or reader itself, which protects from mistakes, not from root.
//
//   DIR/vault          the header, twice; the same file again as DIR/log/vault
//   DIR/keeper.key     the key that signs the log (keeper_key.h); only who appends reads it
//   DIR/packs/ab/…     packs, named by their content
//   DIR/log/00000001.commit, 00000002.record, …   the log, one entry a file
//   DIR/index/…        runs of the index, "DOMAIN-HASH.run"; may be deleted at any time
//   DIR/doubtful/…     marks of packs that are counted on no more (doubtful.h)
//   DIR/lock           held while the log grows
//
// The log entry is the sole commit point: packs before it are only bytes that nobody refers to. Several
// processes may have the same vault open. Not thread-safe: each caller holds its own Keeper, except that
// packs may be written (PackSink) and read (pack_range) from several threads.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "fs/fs.h"
#include "vault/doubtful.h"
#include "vault/import.h"
#include "vault/index.h"
#include "vault/store.h"

namespace aplomb::vault {

class Keeper final : public WriterStore, public ReaderStore, public OwnerStore {
 public:
  struct Context {
    const Clock& clock;
    Random& random;
    Log& log;
  };

  // Makes a vault in `folder`, which must be empty or missing what a vault has. Code::exists otherwise. The
  // keeper's key is the folder's own, or made here; header() has it.
  static Result<std::unique_ptr<Keeper>> create(std::unique_ptr<fs::Dir> folder, const VaultHeader& header,
                                                Context context);
  static Result<std::unique_ptr<Keeper>> open(std::unique_ptr<fs::Dir> folder, Context context);

  // WriterStore
  Result<std::vector<bool>> has(const DomainId& domain, std::span<const ChunkId> ids) override;
  Result<std::unique_ptr<PackSink>> begin_pack(const DomainId& domain) override;
  Result<Receipt> commit(ByteView content) override;
  // OwnerStore
  Result<Receipt> append_record(ByteView content) override;
  // ReaderStore
  Result<VaultHeader> header() override { return header_; }
  // Also learns of the packs that other processes have added, so that what the log names can be located.
  Result<std::vector<LogHead>> log() override;
  Result<LogEntry> log_entry(const LogHead& head) override;
  Result<std::vector<PackId>> packs() override;
  Result<uint64_t> pack_size(const PackId& pack) override;
  Result<Bytes> pack_range(const PackId& pack, uint64_t offset, uint64_t length) override;
  Status read_pack(const PackId& pack, uint64_t size, const std::function<void(ByteView)>& take) override;
  // Places in doubtful packs come last.
  Result<std::vector<Location>> locate(const DomainId& domain, const ChunkId& id) override;
  Result<std::vector<DoubtfulPack>> doubtful() override { return DoubtfulPacks::read(*folder_); }
  Status doubt(const DoubtfulPack& pack) override;
  Status trust(const DoubtfulPack& pack) override;

  // For retention and collection (collect.h), which no role of the store can ask for.
  Result<Receipt> append_removal(const Removal& removal, const std::function<Status()>& check_under_lock);
  Result<std::unique_ptr<fs::File>> lock_collection();  // Code::busy while another one runs
  Result<fs::Stat> pack_stat(const PackId& pack);
  // Under the log's lock: asks once more which packs are needed, deletes the others, and makes the index
  // anew. Returns the bytes they took.
  Result<uint64_t> delete_packs(const std::vector<PackId>& packs,
                                const std::function<Result<std::set<PackId>>()>& still_needed);
  // For a keeper that serves other machines (src/keeper).
  // The key of the domain's writer. Code::refused when the owner registered no such domain.
  Result<crypto::VerifyKey> writer_of(const DomainId& domain);
  // Code::refused when a recovery closed it. Knows what writer_of has read.
  Status check_not_closed(const DomainId& domain) const;
  // Was this very content entered before?
  Result<bool> entered(ByteView content);
  // The ids that has() says yes to, ascending; nullopt when there are more than `most`.
  Result<std::optional<std::vector<ChunkId>>> known_ids(const DomainId& domain, size_t most);
  // What epochs took over from those before (import.h), as far as the log was read.
  const std::vector<KnownImport>& imports() const { return imports_; }
  std::vector<ChunkId> imported_ids(const DomainId& domain, const PackId& pack, uint32_t frame);
  // log(), without learning of new packs.
  Result<std::vector<LogHead>> log_heads();

  // Throws the index away and makes it anew from the pack tables. Returns the packs that could not be read.
  Result<std::vector<PackId>> rebuild_index();
  Status renew_index() override;

 private:
  Keeper(std::unique_ptr<fs::Dir> folder, VaultHeader header, Context context);

  Status mend_header();
  Status load_index();
  Result<std::vector<IndexRun>> read_runs();
  void drop_run(const std::string& name, const Error& reason);
  // Adds the packs on disk that no run covers (another process wrote them, or a crash came before the run).
  Status add_unindexed_packs();
  Status read_doubts();
  void check_sizes(const IndexRun& run);
  void doubt_size(const PackId& pack);
  // A pack that was found on disk may have been named by a process that died before the name was durable.
  Status sync_new_packs();
  Status write_new_runs();
  Status merge_runs_if_many();
  Result<std::unique_ptr<fs::File>> lock_log();
  void remove_leftovers();
  Result<Receipt> append(EntryKind kind, ByteView content, const std::function<Status()>& check = {});
  Status forget_deleted_packs();
  Status read_log();
  void load_imports();
  Status check_references(const Commit& commit);
  Result<const crypto::SigningKey*> signing_key();

  std::unique_ptr<fs::Dir> folder_;
  VaultHeader header_;
  Context context_;
  std::mutex index_mutex_;
  Index index_;
  DoubtfulPacks doubtful_;
  std::set<std::string> unsynced_shelves_;
  std::set<PackId> left_out_;         // unreadable packs that a warning named already
  std::optional<Error> unread_pack_;  // a pack that the disk did not give; it is tried again
  std::vector<KnownImport> imports_;
  std::map<DomainId, crypto::VerifyKey> writers_;  // of the domain records read so far
  std::set<DomainId> closed_;                      // domains that take no more snapshots
  std::optional<crypto::SigningKey> signing_key_;
  std::map<Sha256, Receipt> entered_;  // by the hash of the content, of the entries read so far
  uint64_t read_to_ = 0;
  std::optional<Error> unread_;  // an entry that the disk did not give; it is tried again
  std::string sink_prefix_;
  std::atomic<uint64_t> sinks_ = 0;
};

}  // namespace aplomb::vault
