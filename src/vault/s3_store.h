// A vault on an S3 store: all three roles without a keeper. What a keeper refuses when it comes is ignored
// here when it is read; time, order and that nothing goes away are the store's (docs/format/s3-layout.md).
//
// Lists are fetched when it opens, by log(), and at each commit; between them it works from what it has. Not
// thread-safe, except that packs may be written (PackSink) and read (pack_range) from several threads.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "vault/doubtful.h"
#include "vault/import.h"
#include "vault/index.h"
#include "vault/pack_file.h"
#include "vault/s3_cache.h"
#include "vault/s3_client.h"
#include "vault/s3_log.h"
#include "vault/store.h"

namespace aplomb::vault {

// How the bucket holds on to what is put.
struct S3Lock {
  S3LockRule rule;
  uint32_t days = 0;     // that what is put stays locked; 0: not at all
  bool by_rule = false;  // the bucket's own rule does it
};
S3Lock choose_lock(const S3LockRule& rule, std::optional<uint32_t> days);

// "packs/ab/abcd….pack"
std::optional<PackId> parse_s3_pack_name(std::string_view name);

class S3Store final : public WriterStore, public ReaderStore, public OwnerStore {
 public:
  struct Context {
    const Clock& clock;
    Log& log;
  };

  // Code::exists when there is a vault below the prefix.
  static Result<std::unique_ptr<S3Store>> create(std::unique_ptr<S3Client> client, const VaultHeader& header,
                                                 std::unique_ptr<fs::Dir> cache, Context context);
  static Result<std::unique_ptr<S3Store>> open(std::unique_ptr<S3Client> client,
                                               std::unique_ptr<fs::Dir> cache, Context context);

  // WriterStore
  Result<std::vector<bool>> has(const DomainId& domain, std::span<const ChunkId> ids) override;
  Result<std::unique_ptr<PackSink>> begin_pack(const DomainId& domain) override;
  Result<Receipt> commit(ByteView content) override;
  // OwnerStore
  Result<Receipt> append_record(ByteView content) override;
  // ReaderStore
  Result<VaultHeader> header() override { return header_; }
  Result<std::vector<LogHead>> log() override;
  Result<LogEntry> log_entry(const LogHead& head) override;
  Result<std::vector<PackId>> packs() override;
  Result<uint64_t> pack_size(const PackId& pack) override;
  Result<Bytes> pack_range(const PackId& pack, uint64_t offset, uint64_t length) override;
  // Places in doubtful packs come last. What is doubtful is remembered on this machine alone.
  Result<std::vector<Location>> locate(const DomainId& domain, const ChunkId& id) override;
  Result<std::vector<DoubtfulPack>> doubtful() override;
  Status doubt(const DoubtfulPack& pack) override;
  Status trust(const DoubtfulPack& pack) override;

  const S3Lock& lock() const { return lock_; }
  // Until when the header is locked, which every extension moves forward with the rest; nullopt: not locked.
  Result<std::optional<Time>> locked_until();

  // With the keeper's credentials: enters in the log what retention lets go, and returns it.
  Result<std::vector<SnapshotId>> apply_retention();
  // With the keeper's credentials too: locks the header, every entry of the log and every pack that a commit
  // refers to for `days` from now. Whoever collects passes the packs that shall live instead.
  Result<Extended> extend_locks(uint32_t days, const std::set<PackId>& living);
  Result<std::set<PackId>> packs_in_use();
  // With the keeper's credentials too, after the locks of what lives were moved forward: removes what is no
  // part of the vault (s3_store_collect.cc). What is locked stays until a later run.
  Result<Collected> collect();

 private:
  friend class S3PackSink;
  using Versions = std::map<std::string, std::vector<S3Version>>;

  S3Store(std::unique_ptr<S3Client> client, std::unique_ptr<fs::Dir> cache, Context context);
  Result<Versions> list(const std::string& prefix, const S3VersionList::Wanted& wanted);
  Result<std::optional<VaultHeader>> find_header();

  // s3_store_locks.cc
  Status learn_lock();
  std::optional<Time> lock_until() const;

  // s3_store_collect.cc
  enum class Fate { stays, goes };
  struct InUse {
    std::set<PackId> packs;
    bool whole = true;  // false when the lists of a commit could not be read: it may need anything
  };
  Result<InUse> find_in_use();
  bool lives(const S3Entry& commit) const;
  Result<Fate> fate_of(const std::string& name, const S3Version& version, const InUse& living);
  Result<Fate> fate_of_pack(const PackId& pack, const S3Version& version, const InUse& living);
  Result<bool> counts_rightly(const PackId& pack, const S3Version& version);
  Result<Fate> fate_of_log_object(const LogHash& name, const std::string& path, const S3Version& version);

  // s3_store_log.cc
  Status refresh_log();
  struct FoundObject {
    S3LogObject object;
    S3Version version;
  };
  Result<std::optional<FoundObject>> find_log_object(const LogHash& name, EntryKind kind,
                                                     const std::vector<S3Version>& versions);
  Result<Bytes> log_object_bytes(const S3Entry& entry);
  Result<Receipt> append(EntryKind kind, ByteView content);

  // s3_store_packs.cc
  Status refresh_packs();
  Result<uint64_t> missing_chunks(const Commit& commit);
  std::vector<Location> places_of(const DomainId& domain, const ChunkId& id);
  Status read_new_tables();
  void load_imports();
  Result<OpenPack> read_table(const PackId& pack, const S3Version& version);
  Status stored_pack(const PackId& id, ByteView bytes, const PackTable& table);
  Result<std::optional<S3Version>> choose_version(const PackId& pack, const std::vector<S3Version>& versions);
  Result<bool> hash_fits(const PackId& pack, const S3Version& version);
  Result<std::optional<OpenPack>> open_listed(const PackId& pack, const S3Version& version);
  bool is_known_junk(const PackId& pack, const std::vector<S3Version>& versions);
  void remember_junk(const PackId& pack, const std::vector<S3Version>& versions);

  // s3_store_index.cc
  void use_versions(std::map<PackId, S3Version> versions, const std::vector<S3CachedRun>& runs);
  IndexRun still_true(const S3CachedRun& cached) const;
  void keep_new_runs();

  std::unique_ptr<S3Client> client_;
  S3Cache cache_;
  Context context_;
  VaultHeader header_;
  S3Version header_version_;
  S3Lock lock_;
  S3Log log_;
  std::vector<KnownImport> imports_;
  std::map<LogHash, S3LogItem> items_;
  std::map<LogHash, S3Version> log_versions_;
  std::mutex mutex_;  // over what follows
  Index index_;
  DoubtfulPacks doubtful_;
  std::map<PackId, S3Version> packs_;  // in the list, each in the version that counts
  std::map<PackId, uint64_t> own_;     // put by this object since the last list: their size alone is known
  std::map<PackId, bool> rightly_;     // of packs with several versions: the one that counts was hashed
  bool loaded_ = false;                // the cached runs were taken into the index
};

}  // namespace aplomb::vault
