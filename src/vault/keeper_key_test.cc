#include "vault/keeper_key.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

TEST(KeeperKey, ReadsBackAndNoFlippedBitOrCutPasses) {
  SeededRandom random(1);
  crypto::SigningKey key = crypto::make_signing_key(random);
  Bytes stored = encode_keeper_key(key);
  EXPECT_EQ(decode_keeper_key(stored)->verify_key, key.verify_key);
  for (size_t bit = 0; bit < stored.size() * 8; ++bit) {
    Bytes damaged = stored;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(decode_keeper_key(damaged)) << bit;
  }
  for (size_t size = 0; size < stored.size(); ++size)
    EXPECT_FALSE(decode_keeper_key(ByteView(stored).first(size))) << size;
}

TEST(KeeperKey, OfAFolderIsMadeOnceAndReadableByItsOwnerAlone) {
  TestVault vault;
  auto folder = vault.folder();
  EXPECT_EQ(read_keeper_key(*folder).error().code, Code::key);
  crypto::VerifyKey made = keeper_key(*folder, vault.random)->verify_key;
  EXPECT_EQ(keeper_key(*folder, vault.random)->verify_key, made);
  EXPECT_EQ(folder->stat(kKeeperKeyFile)->mode, 0600u);
  overwrite(*folder, kKeeperKeyFile, text_bytes("nonsense"));
  EXPECT_EQ(keeper_key(*folder, vault.random).error().code, Code::key) << "never made anew in silence";
}

TEST(KeeperKey, SignsEveryEntryOfTheLog) {
  TestVault vault;
  auto keeper = vault.ready();
  ASSERT_TRUE(vault.backup(*keeper, {{"a", text_bytes("a")}}));
  VaultHeader header = *keeper->header();
  EXPECT_EQ(header.keeper_verify, read_keeper_key(*vault.folder())->verify_key);
  auto heads = *keeper->log();
  for (const LogHead& head : heads)
    EXPECT_TRUE(keeper->log_entry(head)->signed_by(header.keeper_verify)) << head.sequence;
}

TEST(KeeperKey, WithoutItNothingIsAppendedAndAllIsReadable) {
  TestVault vault;
  vault.ready().reset();
  ASSERT_TRUE(vault.folder()->remove(kKeeperKeyFile));
  auto keeper = *vault.open();
  EXPECT_EQ(vault.backup(*keeper, {{"a", text_bytes("a")}}).error().code, Code::key);
  EXPECT_EQ(keeper->log()->size(), 1u);
  SeededRandom other(77);
  overwrite(*vault.folder(), kKeeperKeyFile, encode_keeper_key(crypto::make_signing_key(other)));
  EXPECT_EQ(vault.backup(*keeper, {{"a", text_bytes("a")}}).error().code, Code::key) << "another key";
}

// A valid snapshot of the writer, copied into the log behind the keeper's back under a better date.
TEST(KeeperKey, AnEntryThatTheKeeperDidNotSignIsNotBelieved) {
  TestVault vault;
  auto keeper = vault.ready();
  auto saved = vault.backup(*keeper, {{"a", text_bytes("a")}});
  ASSERT_TRUE(saved);
  LogHead head = keeper->log()->back();
  LogEntry entry = *keeper->log_entry(head);
  entry.received.ns -= 30 * kDay;
  overwrite(*vault.folder(), "log/00000002.commit", encode(entry, nullptr));
  auto reader = *vault.reader(*keeper);
  EXPECT_TRUE(reader->snapshots().empty());
  ASSERT_EQ(reader->log_damage().size(), 1u);
  EXPECT_FALSE(vault.verified(*keeper, nullptr).ok());
}

TEST(Keeper, EntersNothingOfADomainThatARecoveryClosed) {
  TestVault vault;
  auto keeper = vault.ready();
  auto before = vault.backup(*keeper, {{"a", text_bytes("a")}});
  ASSERT_TRUE(before);
  WriterKey next = make_writer_key(vault.random, vault.header.id, "mairie", 2, vault.recovery.public_key);
  ASSERT_TRUE(keeper->append_record(vault.domain_record(next)));
  EXPECT_TRUE(vault.backup(*keeper, {{"a", text_bytes("the recovery is not over")}}));
  ASSERT_TRUE(keeper->append_record(vault.closing_record(next, vault.writer.domain)));
  EXPECT_EQ(vault.backup(*keeper, {{"a", text_bytes("junk")}}).error().code, Code::refused);
  EXPECT_TRUE(save(*keeper, next, vault.random, {{"a", text_bytes("a")}}));
  auto again = *vault.open();  // known from the log, not only in this process
  EXPECT_EQ(vault.backup(*again, {{"a", text_bytes("junk")}}).error().code, Code::refused);
  auto reader = *vault.reader(*again);
  EXPECT_EQ(reader->snapshots().size(), 3u);
  EXPECT_EQ(reader->domains_of("mairie").size(), 2u);
  EXPECT_TRUE(vault.verified(*again, reader.get()).ok());
}

}  // namespace
}  // namespace aplomb::vault
