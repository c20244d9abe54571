// A new epoch takes over what the one before has, and nothing that is not what it is called. Over a vault in
// memory; the stores' own promises about it are in store_conformance_test.cc.
#include "vault/import.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

struct ImportTest : testing::Test {
  TestVault vault;
  std::unique_ptr<Keeper> keeper = vault.ready();
  WriterKey next = next_epoch(vault.writer, 2);
  uint64_t taken = 0;  // chunks, by the last import

  WriterKey next_epoch(const WriterKey& before, uint32_t epoch) {
    WriterKey key =
        make_writer_key(vault.random, vault.header.id, "mairie", epoch, vault.recovery.public_key);
    key.cut_key = before.cut_key.clone();
    EXPECT_TRUE(keeper->append_record(vault.domain_record(key)));
    return key;
  }
  Result<Saved> take_over(const WriterKey& from, const WriterKey& into, const Files& files) {
    auto reader = TRY(vault.reader(*keeper));
    Import import(*reader, from.domain, into.domain, [&](const ChunkId& listing) -> Status {
      TRY(keeper->append_record(vault.import_record(into.domain, listing, vault.owner)));
      return {};
    });
    auto saved = save(*keeper, into, vault.random, files, vault.clock.now(), &import);
    taken = import.chunks();
    return saved;
  }
  Saved taken_over(const WriterKey& from, const WriterKey& into, const Files& files) {
    auto saved = take_over(from, into, files);
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().what);
    return saved ? std::move(*saved) : Saved();
  }
  Saved backed_up(const Files& files) {
    auto saved = vault.backup(*keeper, files);
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().what);
    return saved ? std::move(*saved) : Saved();
  }
  void reopen() { keeper = std::move(*vault.open()); }
  void expect_whole(const Saved& saved) {
    auto reader = vault.reader(*keeper);
    ASSERT_TRUE(reader) << reader.error().what;
    auto info = (*reader)->find(saved.id.hex());
    ASSERT_TRUE(info) << info.error().what;
    auto files = load(**reader, *info);
    ASSERT_TRUE(files) << files.error().what;
    EXPECT_EQ(*files, saved.files);
  }
  // A false chunk under the id of a true one, in the old epoch, as whoever holds its writer key can store it.
  PackId poison(const Bytes& truth, const Bytes& lie) {
    crypto::BoxKeyPair session = crypto::make_box_key(vault.random);
    crypto::Secret shared = *crypto::agree(session.secret.view(), vault.writer.recovery_public,
                                           session.public_key, vault.writer.recovery_public, kInfoSession);
    PackTable table;
    table.domain = vault.writer.domain;
    table.origins.resize(1);
    table.origins[0].session = session.public_key;
    FrameEntry frame;
    frame.chunks = {
        {chunk_id(vault.writer.id_key, crypto::sha256(truth)), static_cast<uint32_t>(lie.size())}};
    Bytes stored;
    seal_frame(stored, frame, pack_key(shared, table.origins[0].salt), table.domain, table.origins[0].salt,
               lie);
    table.frames.push_back(frame);
    auto sink = *keeper->begin_pack(table.domain);
    EXPECT_TRUE(sink->append(stored));
    auto made = sink->finish(table);
    EXPECT_TRUE(made);
    reopen();
    return made ? *made : PackId();
  }
};

const Files kSite{{"dump.sql", random_bytes(1, 900'000)},
                  {"index.php", text_bytes("<?php echo 'Mairie';")},
                  {"photo.jpg", random_bytes(2, 200'000)}};

TEST_F(ImportTest, StoresNothingAgainThatTheEpochBeforeHas) {
  Saved before = backed_up(kSite);
  Saved after = taken_over(vault.writer, next, kSite);
  EXPECT_LT(after.bytes_stored, 10'000u);
  EXPECT_GT(taken, 4u) << "also of a large file, which is cut where it was";
  expect_whole(before);
  expect_whole(after);
  reopen();
  expect_whole(after);
  auto reader = *vault.reader(*keeper);
  EXPECT_TRUE(vault.verified(*keeper, reader.get()).ok());
  EXPECT_TRUE(vault.verified(*keeper, nullptr).ok());
  // The next night counts on it too.
  auto later = save(*keeper, next, vault.random, kSite, vault.clock.now());
  ASSERT_TRUE(later) << later.error().what;
  EXPECT_LT(later->bytes_stored, 5'000u);
}

TEST_F(ImportTest, StoresWhatTheEpochBeforeHasNot) {
  backed_up(kSite);
  Files changed = kSite;
  changed["new.bin"] = random_bytes(3, 250'000);
  Saved after = taken_over(vault.writer, next, changed);
  EXPECT_GT(after.bytes_stored, 250'000u);
  EXPECT_LT(after.bytes_stored, 300'000u);
  expect_whole(after);
}

TEST_F(ImportTest, GoesThroughSeveralEpochs) {
  backed_up(kSite);
  taken_over(vault.writer, next, kSite);
  WriterKey third = next_epoch(next, 3);
  Saved after = taken_over(next, third, kSite);
  EXPECT_LT(after.bytes_stored, 10'000u);
  reopen();
  expect_whole(after);
  auto reader = *vault.reader(*keeper);
  EXPECT_TRUE(vault.verified(*keeper, reader.get()).ok());
}

TEST_F(ImportTest, TakesNoChunkThatIsNotWhatItIsCalled) {
  const Bytes truth = random_bytes(7, 50'000);
  poison(truth, random_bytes(8, 50'000));
  Saved after = taken_over(vault.writer, next, {{"file", truth}});
  EXPECT_EQ(taken, 0u);
  EXPECT_GT(after.bytes_stored, 50'000u);
  expect_whole(after);
}

TEST_F(ImportTest, TakesTheTruePlaceAmongFalseOnes) {
  const Bytes truth = random_bytes(7, 50'000);
  backed_up({{"file", truth}});
  for (uint64_t i = 0; i < 3; ++i) poison(truth, random_bytes(20 + i, 50'000));
  Saved after = taken_over(vault.writer, next, {{"file", truth}});
  EXPECT_EQ(taken, 1u);
  EXPECT_LT(after.bytes_stored, 10'000u);
  const ChunkId id = chunk_id(next.id_key, crypto::sha256(truth));
  EXPECT_EQ(keeper->locate(next.domain, id)->size(), 1u) << "the lies stay in their epoch";
  expect_whole(after);
}

TEST_F(ImportTest, TakesNothingFromAPackThatIsDamagedOrDoubtful) {
  Saved before = backed_up({{"file", random_bytes(7, 50'000)}});
  auto folder = vault.folder();
  for (const std::string& path : files_in(*folder, "packs/")) {
    Bytes bytes = *fs::read_file(*folder, path, 1 << 20);
    bytes[bytes.size() / 2] ^= 1;
    overwrite(*folder, path, bytes);
  }
  reopen();
  Saved after = taken_over(vault.writer, next, before.files);
  EXPECT_EQ(taken, 0u);
  expect_whole(after);
}

TEST_F(ImportTest, PromisesNothingOfAPackThatIsDoubtedLater) {
  Saved before = backed_up(kSite);
  taken_over(vault.writer, next, kSite);
  const ChunkId id = chunk_id(next.id_key, crypto::sha256(kSite.at("index.php")));
  EXPECT_TRUE((*keeper->has(next.domain, {&id, 1}))[0]);
  auto places = *keeper->locate(next.domain, id);
  ASSERT_EQ(places.size(), 1u);
  ASSERT_TRUE(keeper->doubt({places[0].pack, Doubt::false_chunks}));
  reopen();
  EXPECT_FALSE((*keeper->has(next.domain, {&id, 1}))[0]);
  auto again = save(*keeper, next, vault.random, kSite, vault.clock.now());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_GT(again->bytes_stored, 100'000u) << "what lies in that pack is stored again";
}

TEST_F(ImportTest, IsTheOwnersWordAlone) {
  backed_up(kSite);
  auto reader = *vault.reader(*keeper);
  Import import(*reader, vault.writer.domain, next.domain, [&](const ChunkId& listing) -> Status {
    TRY(keeper->append_record(vault.import_record(next.domain, listing, next.signing)));
    return {};
  });
  auto saved = save(*keeper, next, vault.random, kSite, vault.clock.now(), &import);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, Code::refused);
}

// What lists it may be lost; then its chunks are missing, loudly, and nothing else happens.
TEST_F(ImportTest, ThatCannotBeReadIsNamedAndHealsByStoringAgain) {
  backed_up(kSite);
  taken_over(vault.writer, next, kSite);
  ASSERT_EQ(keeper->imports().size(), 1u);
  auto places = *keeper->locate(next.domain, keeper->imports()[0].listing);
  ASSERT_EQ(places.size(), 1u);
  ASSERT_TRUE(vault.folder()->remove(pack_path(places[0].pack)));
  reopen();
  VerifyReport report = vault.verified(*keeper, nullptr);
  EXPECT_TRUE(std::ranges::any_of(report.damaged, [](const Damage& damage) {
    return damage.reason.find("takes over") != std::string::npos;
  }));
  auto again = save(*keeper, next, vault.random, kSite, vault.clock.now());
  ASSERT_TRUE(again) << again.error().what;
  expect_whole(*again);
}

TEST_F(ImportTest, WithALongListIsStoredInPieces) {
  Files many;
  for (int i = 0; i < 25'000; ++i) many["f" + std::to_string(i)] = text_bytes("file " + std::to_string(i));
  backed_up(many);
  Saved after = taken_over(vault.writer, next, many);
  EXPECT_EQ(taken, 25'000u);
  reopen();
  ASSERT_EQ(keeper->imports().size(), 1u);
  EXPECT_EQ(keeper->imports()[0].pieces.size(), 3u) << "two pieces and the root";
  expect_whole(after);
}

}  // namespace
}  // namespace aplomb::vault
