// What every store promises, whatever it lies on: the same suite over the keeper's folder (`file:`) and over
// S3.
#include <gtest/gtest.h>

#include "vault/s3_store.h"
#include "vault/test_s3.h"
#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

struct Store {
  std::shared_ptr<void> owner;
  WriterStore* writer = nullptr;
  ReaderStore* reader = nullptr;
  OwnerStore* records = nullptr;
};

template <typename T>
Store three_roles(std::unique_ptr<T> made) {
  std::shared_ptr<T> shared = std::move(made);
  return {shared, shared.get(), shared.get(), shared.get()};
}

// One place where a vault can be made and opened, by several at a time.
class Ground {
 public:
  virtual ~Ground() = default;
  virtual Result<Store> create() = 0;
  virtual Result<Store> open() = 0;
  TestVault vault;
};

class FolderGround final : public Ground {
 public:
  Result<Store> create() override { return three_roles(TRY(vault.create())); }
  Result<Store> open() override { return three_roles(TRY(vault.open())); }
};

class S3Ground final : public Ground {
 public:
  S3Ground() { EXPECT_TRUE(vault.memory.make_dirs("/cache", 0700)); }
  Result<Store> create() override {
    return three_roles(
        TRY(S3Store::create(server.client(vault.clock), vault.header, cache(), {vault.clock, vault.log})));
  }
  Result<Store> open() override {
    return three_roles(TRY(S3Store::open(server.client(vault.clock), cache(), {vault.clock, vault.log})));
  }

 private:
  std::unique_ptr<fs::Dir> cache() { return std::move(*vault.memory.open_dir("/cache")); }
  FakeS3 server;
};

using MakeGround = std::unique_ptr<Ground> (*)();
struct Kind {
  const char* name;
  MakeGround make;
};

class StoreConformance : public testing::TestWithParam<Kind> {
 protected:
  StoreConformance() : ground_(GetParam().make()), vault_(ground_->vault) {}

  Store ready() {
    auto store = ground_->create();
    EXPECT_TRUE(store) << (store ? "" : store.error().what);
    auto entered = store->records->append_record(vault_.domain_record(vault_.writer));
    EXPECT_TRUE(entered) << (entered ? "" : entered.error().what);
    return std::move(*store);
  }
  Store opened() {
    auto store = ground_->open();
    EXPECT_TRUE(store) << (store ? "" : store.error().what);
    return std::move(*store);
  }
  Saved saved(Store& store, const Files& files) {
    auto made = save(*store.writer, vault_.writer, vault_.random, files, vault_.clock.now());
    EXPECT_TRUE(made) << (made ? "" : made.error().what);
    return std::move(*made);
  }
  ChunkId id_of(const Bytes& bytes) { return chunk_id(vault_.writer.id_key, crypto::sha256(bytes)); }

  std::unique_ptr<Ground> ground_;
  TestVault& vault_;
};

TEST_P(StoreConformance, GivesBackWhatWasSaved) {
  Store store = ready();
  Saved first = saved(store, {{"a", random_bytes(1, 700'000)}, {"b", text_bytes("Mairie")}});
  Saved second = saved(store, {{"a", random_bytes(1, 700'000)}, {"c", text_bytes("Fête")}});
  Store again = opened();
  auto reader = vault_.reader(*again.reader);
  ASSERT_TRUE(reader) << reader.error().what;
  ASSERT_EQ((*reader)->snapshots().size(), 2u);
  EXPECT_TRUE((*reader)->log_damage().empty());
  auto files = load(**reader, (*reader)->snapshots()[0]);
  ASSERT_TRUE(files) << files.error().what;
  EXPECT_EQ(*files, first.files);
  EXPECT_EQ(*load(**reader, (*reader)->snapshots()[1]), second.files);
  EXPECT_LT(second.bytes_stored, 100'000u) << "what the vault has is not sent again";
}

TEST_P(StoreConformance, HasWhatWasStoredInItsDomainAlone) {
  Store store = ready();
  Bytes bytes = text_bytes("Mairie");
  ChunkId id = id_of(bytes);
  EXPECT_EQ(*store.writer->has(vault_.writer.domain, {&id, 1}), std::vector<bool>{false});
  saved(store, {{"a", bytes}});
  Store again = opened();
  for (WriterStore* writer : {store.writer, again.writer}) {
    EXPECT_EQ(*writer->has(vault_.writer.domain, {&id, 1}), std::vector<bool>{true});
    DomainId other;
    other.bytes[0] = 1;
    EXPECT_EQ(*writer->has(other, {&id, 1}), std::vector<bool>{false});
  }
}

TEST_P(StoreConformance, ShowsNothingOfAPackThatWasGivenUp) {
  Store store = ready();
  {
    auto sink = store.writer->begin_pack(vault_.writer.domain);
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->append(random_bytes(1, 1000)));
  }
  EXPECT_TRUE(opened().reader->packs()->empty());
}

TEST_P(StoreConformance, RefusesASnapshotOfADomainThatNobodyRegistered) {
  auto store = ground_->create();
  ASSERT_TRUE(store);
  auto made = save(*store->writer, vault_.writer, vault_.random, {{"a", text_bytes("x")}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::refused);
}

TEST_P(StoreConformance, RefusesASnapshotThatAnotherWriterSigned) {
  Store store = ready();
  WriterKey thief = make_writer_key(vault_.random, vault_.header.id, "mairie", 1, vault_.recovery.public_key);
  thief.domain = vault_.writer.domain;
  auto made = save(*store.writer, thief, vault_.random, {{"a", text_bytes("x")}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::refused);
  EXPECT_EQ(opened().reader->log()->size(), 1u);
}

TEST_P(StoreConformance, RefusesASnapshotThatRefersToMissingChunks) {
  Store store = ready();
  Commit commit;
  commit.domain = vault_.writer.domain;
  commit.references.bytes[0] = 1;
  auto entered = store.writer->commit(encode_signed(commit, vault_.writer.signing));
  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().code, Code::corrupt);
}

TEST_P(StoreConformance, RefusesARecordThatTheOwnerDidNotSign) {
  Store store = ready();
  auto thief = crypto::make_signing_key(vault_.random);
  auto entered = store.records->append_record(
      vault_.record(RecordKind::approval, vault_.writer.domain, text_bytes("x"), thief));
  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().code, Code::refused);
}

TEST_P(StoreConformance, EntersTheSameContentOnce) {
  Store store = ready();
  Bytes record = vault_.record(RecordKind::approval, vault_.writer.domain, text_bytes("x"), vault_.owner);
  auto first = store.records->append_record(record);
  ASSERT_TRUE(first);
  saved(store, {{"a", text_bytes("x")}});
  for (Store again : {store, opened()}) {
    auto second = again.records->append_record(record);
    ASSERT_TRUE(second) << second.error().what;
    EXPECT_EQ(second->sequence, first->sequence);
    EXPECT_EQ(second->received, first->received);
  }
  EXPECT_EQ(opened().reader->log()->size(), 3u);
}

TEST_P(StoreConformance, KeepsItsLogInOrderAndChained) {
  Store store = ready();
  for (const char* text : {"one", "two", "three"}) {
    Store other = opened();
    saved(other, {{"a", text_bytes(text)}});
  }
  Store again = opened();
  auto heads = again.reader->log();
  ASSERT_TRUE(heads);
  ASSERT_EQ(heads->size(), 4u);
  LogHash previous;
  Time time;
  for (size_t i = 0; i < heads->size(); ++i) {
    EXPECT_EQ((*heads)[i].sequence, i + 1);
    auto entry = again.reader->log_entry((*heads)[i]);
    ASSERT_TRUE(entry) << entry.error().what;
    EXPECT_EQ(entry->previous, previous);
    EXPECT_GE(entry->received, time);
    EXPECT_TRUE(entry->intact);
    previous = entry->hash;
    time = entry->received;
  }
}

TEST_P(StoreConformance, SaysWhereThereIsNoPackOrNoSuchRange) {
  Store store = ready();
  saved(store, {{"a", text_bytes("x")}});
  Store again = opened();
  auto packs = again.reader->packs();
  ASSERT_TRUE(packs);
  ASSERT_FALSE(packs->empty());
  uint64_t size = *again.reader->pack_size(packs->front());
  EXPECT_EQ(again.reader->pack_range(packs->front(), 0, size)->size(), size);
  EXPECT_EQ(again.reader->pack_range(packs->front(), 1, size).error().code, Code::corrupt);
  EXPECT_EQ(again.reader->pack_range(PackId(), 0, 1).error().code, Code::not_found);
  EXPECT_EQ(again.reader->pack_size(PackId()).error().code, Code::not_found);
}

TEST_P(StoreConformance, IsWholeWithAndWithoutTheKey) {
  Store store = ready();
  saved(store, {{"a", random_bytes(1, 300'000)}});
  Store again = opened();
  auto reader = vault_.reader(*again.reader);
  ASSERT_TRUE(reader);
  for (VaultReader* with_key : {static_cast<VaultReader*>(nullptr), reader->get()}) {
    VerifyReport report = vault_.verified(*again.reader, with_key);
    EXPECT_TRUE(report.ok()) << report.damaged.front().what << ": " << report.damaged.front().reason;
    EXPECT_EQ(report.snapshots, 1u);
    EXPECT_GE(report.packs, 1u);
  }
}

TEST_P(StoreConformance, AnEpochTakesOverWhatTheOneBeforeHas) {
  Store store = ready();
  const Files files{{"a", random_bytes(1, 700'000)}, {"b", text_bytes("Mairie")}};
  Saved before = saved(store, files);
  WriterKey next = make_writer_key(vault_.random, vault_.header.id, "mairie", 2, vault_.recovery.public_key);
  next.cut_key = vault_.writer.cut_key.clone();
  ASSERT_TRUE(store.records->append_record(vault_.domain_record(next)));
  Store other = opened();
  auto reader = vault_.reader(*other.reader);
  ASSERT_TRUE(reader);
  Import import(**reader, vault_.writer.domain, next.domain, [&](const ChunkId& listing) -> Status {
    TRY(other.records->append_record(vault_.import_record(next.domain, listing, vault_.owner)));
    return {};
  });
  auto made = save(*store.writer, next, vault_.random, files, vault_.clock.now(), &import);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_GT(import.bytes(), 700'000u);
  EXPECT_LT(made->bytes_stored, 10'000u);
  Store again = opened();
  auto later = save(*again.writer, next, vault_.random, files, vault_.clock.now());
  ASSERT_TRUE(later) << later.error().what;
  EXPECT_LT(later->bytes_stored, 10'000u);
  auto opened_again = vault_.reader(*again.reader);
  ASSERT_TRUE(opened_again);
  ASSERT_EQ((*opened_again)->snapshots().size(), 3u);
  for (const SnapshotInfo& info : (*opened_again)->snapshots()) {
    auto loaded = load(**opened_again, info);
    ASSERT_TRUE(loaded) << loaded.error().what;
    EXPECT_EQ(*loaded, files);
  }
  for (VaultReader* with_key : {static_cast<VaultReader*>(nullptr), opened_again->get()}) {
    VerifyReport report = vault_.verified(*again.reader, with_key);
    EXPECT_TRUE(report.ok()) << report.damaged.front().what << ": " << report.damaged.front().reason;
  }
}

TEST_P(StoreConformance, IsMadeOnceAndNotFoundBefore) {
  EXPECT_EQ(ground_->open().error().code, Code::not_found);
  ASSERT_TRUE(ground_->create());
  EXPECT_EQ(ground_->create().error().code, Code::exists);
  Store store = opened();
  EXPECT_EQ(store.reader->header()->id, vault_.header.id);
  EXPECT_TRUE(store.reader->log()->empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, StoreConformance,
    testing::Values(Kind{"file",
                         []() -> std::unique_ptr<Ground> { return std::make_unique<FolderGround>(); }},
                    Kind{"s3", []() -> std::unique_ptr<Ground> { return std::make_unique<S3Ground>(); }}),
    [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace aplomb::vault
