// A vault in memory, with its keys, for tests: over a FaultFs, with a clock that stands still and seeded
// randomness.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fs/fault_fs.h"
#include "fs/memory_fs.h"
#include "vault/format.h"
#include "vault/frame.h"
#include "vault/keeper.h"
#include "vault/keeper_key.h"
#include "vault/reader.h"
#include "vault/snapshot_writer.h"
#include "vault/verify.h"

namespace aplomb::vault {

using Files = std::map<std::string, Bytes>;

inline Bytes random_bytes(uint64_t seed, size_t size) {
  Bytes bytes(size);
  SeededRandom(seed).fill(bytes);
  return bytes;
}

inline Bytes text_bytes(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

class LineLog final : public Log {
 public:
  void info(std::string_view) override {}
  void warn(std::string_view line) override { warnings.emplace_back(line); }
  std::vector<std::string> warnings;
};

// What a test snapshot holds: an object a file, named by a manifest that is only for tests.
struct Saved {
  SnapshotId id;
  Files files;
  uint64_t bytes_stored = 0;
};

inline Result<Saved> save(WriterStore& store, const WriterKey& key, Random& random, const Files& files,
                          Time claimed = {}, Import* import = nullptr) {
  auto writer = TRY(SnapshotWriter::create(store, key, random, import));
  ByteWriter manifest;
  manifest.varint(files.size());
  for (const auto& [name, bytes] : files) {
    manifest.text(name);
    encode(manifest, TRY(writer->put_object(bytes)));
  }
  auto committed =
      TRY(writer->commit(TRY(writer->put_object(manifest.view(), SnapshotWriter::Holds::ids)), claimed));
  return Saved{committed.id, files, committed.bytes_stored};
}

inline Result<Files> load(VaultReader& reader, const SnapshotInfo& info) {
  Bytes manifest = TRY(reader.object(info.domain, info.manifest, kChunkMax));
  ByteReader fields(manifest);
  Files files;
  for (uint64_t count = TRY(fields.varint()); count > 0; --count) {
    std::string name = TRY(fields.text(255));
    ObjectRef object = TRY(decode_object(fields));
    files[name] = TRY(reader.object(info.domain, object, 1 << 30));
  }
  return files;
}

struct TestVault {
  fs::MemoryFs memory;
  fs::FaultPlan plan;
  fs::FaultFs fault{memory, plan};
  ManualClock clock{Time{1'700'000'000 * kSecond}};
  SeededRandom random{1};
  LineLog log;
  crypto::BoxKeyPair recovery = crypto::make_box_key(random);
  crypto::SigningKey owner = crypto::make_signing_key(random);
  VaultHeader header = make_header();
  WriterKey writer = make_writer_key(random, header.id, "mairie", 1, recovery.public_key);

  TestVault() { EXPECT_TRUE(memory.make_dirs("/vault", 0700)); }

  VaultHeader make_header() {
    VaultHeader made;
    random.fill(made.id.bytes);
    made.recovery_public = recovery.public_key;
    made.owner_verify = owner.verify_key;
    made.created = clock.now();
    return made;
  }

  std::unique_ptr<fs::Dir> folder() { return std::move(*memory.open_dir("/vault")); }  // without faults

  Result<std::unique_ptr<Keeper>> create() {
    return Keeper::create(TRY(fault.open_dir("/vault")), header, {clock, random, log});
  }
  Result<std::unique_ptr<Keeper>> open() {
    return Keeper::open(TRY(fault.open_dir("/vault")), {clock, random, log});
  }

  crypto::KeyFile recovery_key() const {
    crypto::KeyFile file;
    file.vault = header.id;
    file.recovery_public = header.recovery_public;
    file.owner_verify = header.owner_verify;
    file.secret = recovery.secret.clone();
    return file;
  }
  Result<std::unique_ptr<VaultReader>> reader(ReaderStore& store) {
    return VaultReader::open(store, recovery_key(), log);
  }

  Bytes record(RecordKind kind, const DomainId& domain, ByteView body, const crypto::SigningKey& signer,
               const crypto::VerifyKey& writer_key = {}, const std::vector<DomainId>& closes = {}) {
    Record made;
    made.kind = kind;
    made.domain = domain;
    made.claimed = clock.now();
    made.writer = writer_key;
    made.closes = closes;
    made.sealed_body = crypto::box_seal(random, recovery.public_key, kInfoRecord, compress(body, 3));
    return encode_signed(made, signer);
  }
  Bytes domain_record(const WriterKey& key) {
    Bytes body = encode(DomainBody{key.site, key.epoch, key.id_key.clone(), key.cut_key.clone()});
    return record(RecordKind::domain, key.domain, body, owner, key.signing.verify_key);
  }
  Bytes import_record(const DomainId& domain, const ChunkId& listing, const crypto::SigningKey& signer) {
    Record made;
    made.kind = RecordKind::imported;
    made.domain = domain;
    made.claimed = clock.now();
    made.listing = listing;
    made.sealed_body = crypto::box_seal(random, recovery.public_key, kInfoRecord, compress({}, 3));
    return encode_signed(made, signer);
  }
  // A recovery has ended: this domain takes no more.
  Bytes closing_record(const WriterKey& next, const DomainId& closes) {
    return record(RecordKind::incident_closed, next.domain, text_bytes("{}"), owner, {}, {closes});
  }
  Result<Saved> backup(Keeper& keeper, const Files& files) {
    return save(keeper, writer, random, files, clock.now());
  }

  // A new vault that knows the writer's domain.
  std::unique_ptr<Keeper> ready() {
    auto keeper = create();
    EXPECT_TRUE(keeper);
    EXPECT_TRUE((*keeper)->append_record(domain_record(writer)));
    return std::move(*keeper);
  }

  VerifyReport verified(ReaderStore& store, VaultReader* with_key) {
    NoProgress progress;
    auto report = verify(store, with_key, progress);
    EXPECT_TRUE(report) << (report ? "" : report.error().what);
    if (report) return std::move(*report);
    VerifyReport failed;
    failed.damaged.push_back({"verify", report.error().what});
    return failed;
  }
};

// Every regular file below a folder, by path.
inline void list_files(fs::Dir& dir, const std::string& path, std::vector<std::string>& out) {
  auto entries = dir.list();
  ASSERT_TRUE(entries);
  for (const fs::Entry& entry : *entries) {
    std::string below = fs::join_path(path, entry.name);
    if (entry.type == fs::FileType::directory) {
      auto child = dir.open_dir(entry.name);
      ASSERT_TRUE(child);
      list_files(**child, below, out);
    } else {
      out.push_back(below);
    }
  }
}

inline std::vector<std::string> files_in(fs::Dir& dir, std::string_view prefix = "") {
  std::vector<std::string> all;
  list_files(dir, "", all);
  std::erase_if(all, [&](const std::string& path) { return !path.starts_with(prefix); });
  return all;
}

inline void overwrite(fs::Dir& dir, const std::string& path, ByteView bytes) {
  ASSERT_TRUE(fs::write_file_durably(dir, path, bytes)) << path;
}

}  // namespace aplomb::vault
