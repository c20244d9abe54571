#include "vault/read_ahead.h"

#include <gtest/gtest.h>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

// A snapshot of some files, the objects that they became, and a reader.
struct Stored {
  TestVault vault;
  std::unique_ptr<Keeper> keeper = vault.ready();
  std::vector<Bytes> files;
  std::vector<ObjectRef> objects;
  std::unique_ptr<VaultReader> reader;

  explicit Stored(int count, size_t size) {
    auto writer = *SnapshotWriter::create(*keeper, vault.writer, vault.random);
    for (int i = 0; i < count; ++i) {
      files.push_back(random_bytes(static_cast<uint64_t>(i) + 1, size));
      objects.push_back(*writer->put_object(files.back()));
    }
    EXPECT_TRUE(writer->commit(*writer->put_object(text_bytes("manifest")), {}));
    open();
  }
  void open() { reader = std::move(*vault.reader(*keeper)); }

  Result<Bytes> take(ReadAhead& ahead, size_t file) {
    Bytes bytes;
    for (const ChunkRef& ref : objects[file]) {
      auto piece = TRY(ahead.take(vault.writer.domain, ref));
      bytes.insert(bytes.end(), piece.bytes.begin(), piece.bytes.end());
    }
    return bytes;
  }
};

TEST(ReadAhead, GivesWhatWasWantedInItsOrder) {
  Stored stored(40, 100'000);
  ReadAhead ahead(*stored.reader);
  for (const ObjectRef& object : stored.objects) ahead.want(stored.vault.writer.domain, object);
  for (size_t i = 0; i < stored.files.size(); ++i) EXPECT_EQ(*stored.take(ahead, i), stored.files[i]) << i;
}

TEST(ReadAhead, GivesWhatNobodyWantedAndInAnyOrder) {
  Stored stored(12, 300'000);
  ReadAhead ahead(*stored.reader);
  for (size_t i = 0; i < stored.files.size(); i += 2)
    ahead.want(stored.vault.writer.domain, stored.objects[i]);
  for (size_t i = stored.files.size(); i-- > 0;) EXPECT_EQ(*stored.take(ahead, i), stored.files[i]) << i;
}

TEST(ReadAhead, MayBeGivenUpWhileFramesAreOnTheirWay) {
  Stored stored(40, 100'000);
  ReadAhead ahead(*stored.reader);
  for (const ObjectRef& object : stored.objects) ahead.want(stored.vault.writer.domain, object);
}

TEST(ReadAhead, AsksForAnotherPlaceWhenAFrameLies) {
  Stored stored(4, 200'000);
  // The same chunks once more, in packs of another folder: an honest copy of the vault is laid beside.
  auto dir = stored.vault.folder();
  std::map<std::string, Bytes> packs;
  for (const std::string& path : files_in(*dir, "packs/")) packs[path] = *fs::read_file(*dir, path, 64 << 20);
  for (const auto& [path, bytes] : packs) ASSERT_TRUE(dir->remove(path));
  stored.keeper = std::move(*stored.vault.open());
  stored.vault.random = SeededRandom(99);
  {
    auto writer = *SnapshotWriter::create(*stored.keeper, stored.vault.writer, stored.vault.random);
    for (const Bytes& file : stored.files) ASSERT_TRUE(writer->put_object(file));
    ASSERT_TRUE(writer->commit(*writer->put_object(text_bytes("manifest")), {}));
  }
  for (auto& [path, bytes] : packs) {
    bytes[100] ^= 1;  // the first frame
    overwrite(*dir, path, bytes);
  }
  stored.keeper = std::move(*stored.vault.open());
  stored.open();
  ReadAhead ahead(*stored.reader);
  for (const ObjectRef& object : stored.objects) ahead.want(stored.vault.writer.domain, object);
  for (size_t i = 0; i < stored.files.size(); ++i) EXPECT_EQ(*stored.take(ahead, i), stored.files[i]) << i;
}

TEST(ReadAhead, SaysSoWhenNoPlaceIsSound) {
  Stored stored(4, 200'000);
  auto dir = stored.vault.folder();
  for (const std::string& path : files_in(*dir, "packs/")) {
    Bytes bytes = *fs::read_file(*dir, path, 64 << 20);
    bytes[100] ^= 1;
    overwrite(*dir, path, bytes);
  }
  ReadAhead ahead(*stored.reader);
  ahead.want(stored.vault.writer.domain, stored.objects[0]);
  auto taken = stored.take(ahead, 0);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::corrupt);
}

}  // namespace
}  // namespace aplomb::vault
