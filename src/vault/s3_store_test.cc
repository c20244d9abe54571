// The attacker at the S3 store, with the writer's S3 credentials and without: everything the page says he can
// and cannot do (docs/format/s3-layout.md), over an S3 server in this process. The real one is met by
// tests/scenarios/s3_object_lock.sh.
#include "vault/s3_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "vault/test_s3.h"
#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

constexpr char kStart[] = "town/one/";

struct S3StoreTest : testing::Test {
  TestVault vault;
  std::unique_ptr<FakeS3> server = std::make_unique<FakeS3>();

  S3StoreTest() { EXPECT_TRUE(vault.memory.make_dirs("/cache", 0700)); }

  std::unique_ptr<fs::Dir> cache() { return std::move(*vault.memory.open_dir("/cache")); }
  void forget() {  // another machine, or this one without its state
    for (const char* part : {"log", "index", "junk"}) EXPECT_TRUE(fs::remove_tree(*cache(), part));
  }
  std::unique_ptr<S3Store> ready() {
    auto store =
        S3Store::create(server->client(vault.clock), vault.header, cache(), {vault.clock, vault.log});
    EXPECT_TRUE(store) << (store ? "" : store.error().what);
    EXPECT_TRUE((*store)->append_record(vault.domain_record(vault.writer)));
    return std::move(*store);
  }
  Result<std::unique_ptr<S3Store>> open() {
    return S3Store::open(server->client(vault.clock), cache(), {vault.clock, vault.log});
  }
  std::unique_ptr<S3Store> opened() {
    auto store = open();
    EXPECT_TRUE(store) << (store ? "" : store.error().what);
    return std::move(*store);
  }
  Saved saved(S3Store& store, const Files& files) {
    auto made = save(store, vault.writer, vault.random, files, vault.clock.now());
    EXPECT_TRUE(made) << (made ? "" : made.error().what);
    return std::move(*made);
  }
  // Every snapshot comes back, byte for byte, and nothing else is a snapshot.
  void expect_restores(const std::vector<Saved>& expected) {
    auto store = opened();
    auto reader = vault.reader(*store);
    ASSERT_TRUE(reader) << reader.error().what;
    ASSERT_EQ((*reader)->snapshots().size(), expected.size());
    EXPECT_TRUE((*reader)->log_damage().empty());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ((*reader)->snapshots()[i].id, expected[i].id);
      auto files = load(**reader, (*reader)->snapshots()[i]);
      ASSERT_TRUE(files) << files.error().what;
      EXPECT_EQ(*files, expected[i].files);
    }
    VerifyReport report = vault.verified(*store, reader->get());
    EXPECT_TRUE(report.ok()) << report.damaged.front().what << ": " << report.damaged.front().reason;
  }
};

using S3Vault = S3StoreTest;
using S3Attack = S3StoreTest;
using S3Locks = S3StoreTest;
using S3Index = S3StoreTest;

TEST_F(S3Attack, OverwritesDeleteMarkersAndAFloodChangeNothing) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}}),
                            saved(*store, {{"a", random_bytes(2, 300'000)}, {"b", text_bytes("x")}})};
  for (const std::string& key : server->keys()) {
    server->put(key, text_bytes("junk"));
    server->mark_deleted(key);
    for (int i = 0; i < 40; ++i) server->put(key, random_bytes(static_cast<uint64_t>(i), 100));
    server->put(key, {});
    server->mark_deleted(key);
  }
  for (uint64_t i = 0; i < 30; ++i) {
    Bytes junk = random_bytes(i, 500);
    Sha256 hash = crypto::sha256(junk);
    PackId pack;
    pack.bytes = random_bytes(i, 32).size() == 32 ? hash.bytes : pack.bytes;
    server->put(kStart + pack_path(pack), junk);
    server->put(kStart + ("log/" + hash.hex()) + (i % 2 ? ".commit" : ".record"), junk);
    server->put(kStart + ("packs/strange\x01name" + std::to_string(i)), junk);
  }
  expect_restores(all);
  forget();
  expect_restores(all);
  auto writer = opened();
  all.push_back(saved(*writer, {{"c", text_bytes("after the attack")}}));
  expect_restores(all);
}

TEST_F(S3Attack, NothingThatIsLockedCanBeTakenAway) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  for (const std::string& key : server->keys())
    for (const auto& version : server->versions(key)) {
      EXPECT_FALSE(server->remove_version(key, version.id)) << key;
      auto client = server->client(vault.clock);
      EXPECT_FALSE(client->extend(key, version.id, vault.clock.now())) << key;
    }
  expect_restores(all);
}

TEST_F(S3Attack, AReplayedEntryStaysWhereItWas) {
  auto store = ready();
  Bytes approval = vault.record(RecordKind::approval, vault.writer.domain, text_bytes("a"), vault.owner);
  ASSERT_TRUE(store->append_record(approval));
  std::vector<Saved> all = {saved(*store, {{"a", text_bytes("x")}})};
  auto before = opened()->log_entry({2, EntryKind::record});
  for (const std::string& key : server->keys(std::string(kStart) + "log/"))
    server->put(key, server->versions(key)[0].bytes);            // again, later
  S3LogObject wrapped{{}, EntryKind::record, {}, approval, {}};  // the same content, in another wrapping
  Bytes bytes = encode(wrapped);
  server->put(kStart + s3_log_name(wrapped.name, wrapped.kind), bytes);
  forget();
  auto again = opened();
  ASSERT_EQ(again->log()->size(), 3u);
  EXPECT_EQ(again->log_entry({2, EntryKind::record})->received, before->received);
  expect_restores(all);
}

// He may know the bytes before they are written (root on the machine), and put junk under their name first.
TEST_F(S3Attack, JunkThatCameFirstIsPassedOver) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  for (const std::string& key : server->keys(kStart)) {
    auto right = server->versions(key)[0];
    server->remove_every_version(key);
    server->put(key, text_bytes("junk"));
    server->put(key, right.bytes);
  }
  forget();
  expect_restores(all);
}

TEST_F(S3Vault, ShowsThatAnEntryWasTakenFromTheMiddle) {
  auto store = ready();
  saved(*store, {{"a", text_bytes("1")}});
  saved(*store, {{"a", text_bytes("2")}});
  auto entry = store->log_entry({2, EntryKind::commit});
  server->remove_every_version(kStart + s3_log_name(entry->hash, EntryKind::commit));
  auto again = opened();
  VerifyReport report = vault.verified(*again, nullptr);
  ASSERT_EQ(report.damaged.size(), 1u);
  EXPECT_NE(report.damaged[0].reason.find("chain"), std::string::npos);
}

TEST_F(S3Vault, CommitsNothingWhenAPackItNeedsWasTakenAway) {
  auto store = ready();
  saved(*store, {{"a", random_bytes(1, 300'000)}});
  auto writer = opened();  // counts on what is there
  for (const std::string& key : server->keys(std::string(kStart) + "packs/"))
    server->remove_every_version(key);
  auto made = save(*writer, vault.writer, vault.random, {{"a", random_bytes(1, 300'000)}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::corrupt);
  EXPECT_EQ(opened()->log()->size(), 2u);
  EXPECT_TRUE(save(*writer, vault.writer, vault.random, {{"a", random_bytes(1, 300'000)}}));
}

TEST_F(S3Vault, IsOfNoUseUntilTheCommitIsPut) {
  auto store = ready();
  server->break_with([](const http::Request& request) {
    bool commit = request.method == "PUT" && request.path.ends_with(".commit");
    return commit ? FakeS3::Fault::cut : FakeS3::Fault::none;
  });
  auto made = save(*store, vault.writer, vault.random, {{"a", text_bytes("x")}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::network);
  server->break_with(nullptr);
  EXPECT_EQ(opened()->log()->size(), 1u);
}

TEST_F(S3Vault, EntersASnapshotOnceWhenTheAnswerWasLost) {
  auto store = ready();
  int lost = 0;
  server->break_with([&](const http::Request& request) {
    return request.method == "PUT" && lost++ < 5 ? FakeS3::Fault::lost_answer : FakeS3::Fault::none;
  });
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  server->break_with(nullptr);
  expect_restores(all);
  forget();
  expect_restores(all);
}

// Every k-th request fails for good: each snapshot that was acknowledged restores, and the rest are whole or
// absent.
TEST_F(S3Vault, LosesNothingWhereverTheNetworkBreaksOff) {
  for (int k = 1;; ++k) {
    server = std::make_unique<FakeS3>();
    forget();
    auto store = ready();
    std::vector<Saved> acknowledged = {saved(*store, {{"a", text_bytes("before")}})};
    int count = 0;
    server->break_with(
        [&](const http::Request&) { return ++count >= k ? FakeS3::Fault::cut : FakeS3::Fault::none; });
    auto made = save(*store, vault.writer, vault.random, {{"a", random_bytes(3, 200'000)}});
    server->break_with(nullptr);
    if (made) acknowledged.push_back(*made);
    auto again = opened();
    auto reader = vault.reader(*again);
    ASSERT_TRUE(reader);
    ASSERT_GE((*reader)->snapshots().size(), acknowledged.size());
    for (const SnapshotInfo& info : (*reader)->snapshots()) ASSERT_TRUE(load(**reader, info)) << k;
    if (made && count < k) break;
    ASSERT_LT(k, 100);
  }
}

TEST_F(S3Index, IsMadeOnceAndThenComesFromTheCache) {
  auto store = ready();
  saved(*store, {{"a", random_bytes(1, 300'000)}});
  auto asked_for_packs = [&] {
    auto lines = server->requests();
    return std::ranges::count_if(lines, [](const std::string& line) {
      return line.starts_with("GET /bucket/town/one/packs/") || line.starts_with("GET /bucket/town/one/log/");
    });
  };
  auto before = asked_for_packs();
  opened();
  EXPECT_EQ(asked_for_packs(), before) << "what this machine put or read, it need not read";
  forget();
  opened();
  EXPECT_GT(asked_for_packs(), before);
}

TEST_F(S3Index, CountsOnNoPackThatWasReplacedAfterItsLockRanOut) {
  auto store = ready();
  saved(*store, {{"a", random_bytes(1, 300'000)}});
  for (const std::string& key : server->keys(std::string(kStart) + "packs/")) {
    auto bytes = server->versions(key)[0].bytes;
    server->remove_every_version(key);
    std::ranges::fill(bytes, uint8_t{7});
    server->put(key, bytes);  // the same name and size
  }
  auto again = opened();
  ChunkId id = chunk_id(vault.writer.id_key, crypto::sha256(random_bytes(1, 300'000)));
  EXPECT_TRUE(again->packs()->empty());
  Saved second = saved(*again, {{"a", random_bytes(1, 300'000)}});
  EXPECT_GT(second.bytes_stored, 300'000u);
  auto reader = vault.reader(*again);
  ASSERT_TRUE(reader);
  EXPECT_EQ(*load(**reader, (*reader)->snapshots()[1]), second.files);
  (void)id;
}

TEST_F(S3Index, StaysTrueWhenManyRunsAreMerged) {
  auto store = ready();
  std::vector<Saved> all;
  for (uint64_t i = 0; i < 20; ++i) {
    auto writer = opened();
    all.push_back(saved(*writer, {{"a", random_bytes(i, 3000)}}));
  }
  EXPECT_LE(cache()->open_dir("index").value()->list()->size(), 9u);
  auto again = opened();
  Saved same = saved(*again, {{"a", random_bytes(3, 3000)}});
  EXPECT_LT(same.bytes_stored, 2000u);
  all.push_back(same);
  expect_restores(all);
}

TEST_F(S3Locks, HoldEverythingThatIsPut) {
  auto store = ready();
  saved(*store, {{"a", random_bytes(1, 300'000)}});
  EXPECT_EQ(store->lock().days, 90u);
  for (const std::string& key : server->keys())
    for (const auto& version : server->versions(key)) {
      ASSERT_TRUE(version.locked_until) << key;
      EXPECT_EQ(version.locked_until->ns, vault.clock.now().ns + 90 * kDay) << key;
    }
  EXPECT_EQ(store->locked_until()->value().ns, vault.clock.now().ns + 90 * kDay);
}

TEST_F(S3Locks, AreLeftToTheBucketsOwnRuleWhenItIsComplianceMode) {
  EXPECT_TRUE(choose_lock({true, true, 30}, {}).by_rule);
  EXPECT_EQ(choose_lock({true, true, 30}, {}).days, 30u);
  EXPECT_FALSE(choose_lock({true, true, 30}, 60).by_rule);
  EXPECT_EQ(choose_lock({true, true, 30}, 60).days, 60u);
  EXPECT_FALSE(choose_lock({true, false, 30}, {}).by_rule);
  EXPECT_EQ(choose_lock({true, false, 30}, {}).days, 90u);
  EXPECT_EQ(choose_lock({false, false, 0}, 60).days, 0u);
  server = std::make_unique<FakeS3>(S3LockRule{true, true, 30});
  auto store = ready();
  saved(*store, {{"a", text_bytes("x")}});
  for (const std::string& key : server->keys())
    EXPECT_EQ(server->versions(key)[0].locked_until->ns, server->versions(key)[0].date.ns + 30 * kDay);
}

TEST_F(S3Locks, AreNotClaimedWithoutObjectLock) {
  server = std::make_unique<FakeS3>(S3LockRule{});
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", text_bytes("x")}})};
  EXPECT_EQ(store->lock().days, 0u);
  EXPECT_FALSE(store->lock().rule.enabled);
  EXPECT_EQ(*store->locked_until(), std::nullopt);
  expect_restores(all);
}

TEST_F(S3Locks, AreExtendedForWhatSnapshotsReferToAndForNothingElse) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  auto sink = store->begin_pack(vault.writer.domain);  // an upload that nobody refers to
  PackTable table;
  table.domain = vault.writer.domain;
  PackId lonely = *(*sink)->finish(table);
  for (const std::string& key : server->keys()) server->put(key, text_bytes("junk"));
  vault.clock.advance(60 * kDay);
  auto keeper = opened();
  auto living = keeper->packs_in_use();
  ASSERT_TRUE(living) << living.error().what;
  auto extended = keeper->extend_locks(90, *living);
  ASSERT_TRUE(extended) << extended.error().what;
  EXPECT_EQ(extended->entries, 2u);
  EXPECT_GE(extended->packs, 1u);
  EXPECT_FALSE(living->contains(lonely));
  for (const std::string& key : server->keys()) {
    bool lives = key != kStart + pack_path(lonely);
    auto versions = server->versions(key);
    EXPECT_EQ(versions[0].locked_until->ns, vault.clock.now().ns + (lives ? 90 : 30) * kDay) << key;
    EXPECT_FALSE(versions[1].locked_until) << "junk is not locked for longer: " << key;
  }
  EXPECT_TRUE(keeper->extend_locks(30, *living)) << "a later date stays";
}

struct S3Collect : S3StoreTest {
  // Long after all that is there was put; the locks of what lives are moved forward first, as prune does.
  Collected prune() {
    auto keeper = opened();
    EXPECT_TRUE(keeper->extend_locks(90, *keeper->packs_in_use()));
    auto collected = keeper->collect();
    EXPECT_TRUE(collected) << (collected ? "" : collected.error().what);
    return collected.value_or(Collected());
  }
  void later(int64_t ns) {
    vault.clock.advance(ns);
    server->advance(ns);
  }
  PackId lonely_pack(S3Store& store) {  // of a backup that did not end
    auto sink = store.begin_pack(vault.writer.domain);
    PackTable table;
    table.domain = vault.writer.domain;
    return *(*sink)->finish(table);
  }
};

TEST_F(S3Collect, RemovesJunkAndMarkersAndNothingThatCounts) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}}),
                            saved(*store, {{"a", random_bytes(2, 300'000)}, {"b", text_bytes("x")}})};
  const std::vector<std::string> keys = server->keys();
  for (const std::string& key : keys) {
    server->mark_deleted(key);
    server->put(key, text_bytes("junk"));
    server->put(key, server->versions(key)[0].bytes);  // the same again: the first counts
  }
  const Bytes junk = random_bytes(5, 500);
  const std::string name = crypto::sha256(junk).hex();
  for (const std::string& key :
       {"packs/" + name.substr(0, 2) + "/" + name + ".pack", "log/" + name + ".commit"})
    server->put(kStart + key, junk);
  S3LogObject unsigned_record{
      {},
      EntryKind::record,
      {},
      vault.record(RecordKind::approval, vault.writer.domain, text_bytes("a"), vault.writer.signing),
      {}};
  Bytes bytes = encode(unsigned_record);
  server->put(kStart + s3_log_name(unsigned_record.name, unsigned_record.kind), bytes);
  server->put(std::string(kStart) + "notes.txt", junk);  // whose it is nobody knows
  EXPECT_EQ(prune().versions, keys.size() * 3 + 3);
  for (const std::string& key : keys) EXPECT_EQ(server->versions(key).size(), 1u) << key;
  EXPECT_EQ(server->keys().size(), keys.size() + 1);
  expect_restores(all);
  forget();
  expect_restores(all);
  EXPECT_EQ(prune().versions, 0u);
}

TEST_F(S3Collect, RemovesAPackThatNoCommitNeedsWhenItsLockHasRunOut) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  PackId lonely = lonely_pack(*store);
  EXPECT_EQ(prune().versions, 0u) << "it is young: its commit may be on the way";
  later(8 * kDay);
  EXPECT_EQ(prune().locked, 1u) << "the server holds it for ninety days";
  expect_restores(all);
  later(90 * kDay);
  Collected last = prune();
  EXPECT_EQ(last.versions, 1u);
  EXPECT_GT(last.bytes, 0u);
  EXPECT_TRUE(server->keys(kStart + pack_path(lonely)).empty());
  expect_restores(all);
  auto writer = opened();
  all.push_back(saved(*writer, {{"a", random_bytes(1, 300'000)}, {"c", text_bytes("more")}}));
  expect_restores(all);
}

TEST_F(S3Collect, LetsGoWhatRetentionDoesAndFreesItAfterGraceAndLock) {
  auto store = ready();
  std::vector<Saved> nights;
  for (uint64_t i = 0; i < 4; ++i) {
    nights.push_back(
        saved(*store, {{"always", random_bytes(1, 100'000)}, {"night", random_bytes(50 + i, 90'000)}}));
    later(15 * kMinute);
  }
  later(3 * kDay);
  nights.push_back(saved(*store, {{"always", random_bytes(1, 100'000)}}));
  const std::vector<Saved> stay{nights[0], nights[4]};
  auto keeper = opened();
  auto gone = keeper->apply_retention();
  ASSERT_TRUE(gone) << gone.error().what;
  EXPECT_EQ(*gone, (std::vector<SnapshotId>{nights[1].id, nights[2].id, nights[3].id}));
  EXPECT_TRUE(keeper->apply_retention()->empty()) << "again changes nothing";
  expect_restores(stay);
  EXPECT_EQ(prune().bytes, 0u) << "in its grace";
  auto in_grace = opened();
  EXPECT_EQ(in_grace->packs_in_use()->size(), in_grace->packs()->size());
  later(8 * kDay);
  EXPECT_GE(prune().locked, 3u) << "out of its grace, and locked still";
  for (int month = 0; month < 4; ++month) {
    later(30 * kDay);
    prune();
  }
  auto after = opened();
  EXPECT_EQ(after->packs_in_use()->size(), after->packs()->size());
  EXPECT_EQ(server->keys(std::string(kStart) + "log/").size(), 7u) << "the entries stay";
  expect_restores(stay);
  forget();
  expect_restores(stay);
}

// With the writer's credentials he can put a removal too.
TEST_F(S3Attack, ARemovalTakesNothingThatRetentionKeeps) {
  auto store = ready();
  std::vector<Saved> all;
  for (uint64_t i = 0; i < 3; ++i) all.push_back(saved(*store, {{"a", random_bytes(i, 50'000)}}));
  S3LogObject object;
  object.kind = EntryKind::removal;
  object.content = encode(Removal{{all[0].id, all[1].id, all[2].id}});
  Bytes bytes = encode(object);
  server->put(kStart + s3_log_name(object.name, object.kind), bytes);
  expect_restores(all);
}

TEST_F(S3Collect, KeepsWhatALaterEpochTookOver) {
  auto store = ready();
  const Files files{{"a", random_bytes(1, 700'000)}, {"b", text_bytes("Mairie")}};
  saved(*store, files);
  WriterKey next = make_writer_key(vault.random, vault.header.id, "mairie", 2, vault.recovery.public_key);
  next.cut_key = vault.writer.cut_key.clone();
  ASSERT_TRUE(store->append_record(vault.domain_record(next)));
  auto reader = *vault.reader(*store);
  Import import(*reader, vault.writer.domain, next.domain, [&](const ChunkId& listing) -> Status {
    TRY(store->append_record(vault.import_record(next.domain, listing, vault.owner)));
    return {};
  });
  auto made = save(*store, next, vault.random, files, vault.clock.now(), &import);
  ASSERT_TRUE(made) << made.error().what;
  auto keeper = opened();
  EXPECT_EQ(keeper->packs_in_use()->size(), keeper->packs()->size()) << "its list too";
  later(100 * kDay);
  EXPECT_EQ(prune().versions, 0u);
}

TEST_F(S3Collect, LeavesWhatMayBeOfALaterFormat) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", text_bytes("x")}})};
  Bytes later_object = text_bytes("APLMS3L1 of days to come");
  server->put(kStart + ("log/" + crypto::sha256(later_object).hex() + ".commit"), later_object);
  Bytes content = vault.record(RecordKind::approval, vault.writer.domain, text_bytes("a"), vault.owner);
  content[1] = 200;  // a kind of record to come
  S3LogObject object{{}, EntryKind::record, {}, content, {}};
  Bytes bytes = encode(object);
  server->put(kStart + s3_log_name(object.name, object.kind), bytes);
  const size_t keys = server->keys().size();
  later(8 * kDay);
  EXPECT_EQ(prune().versions, 0u);
  EXPECT_EQ(server->keys().size(), keys);
  expect_restores(all);
}

// Whoever knew the bytes beforehand put something under the pack's name that looked like a pack while it was
// alone.
TEST_F(S3Collect, RemovesNoVersionForTheSakeOfAFalseOne) {
  auto store = ready();
  PackId lonely = lonely_pack(*store);
  const std::string other = kStart + pack_path(lonely);
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  std::vector<std::pair<std::string, Bytes>> rights;
  for (const std::string& key : server->keys(std::string(kStart) + "packs/")) {
    if (key == other) continue;
    rights.emplace_back(key, server->versions(key)[0].bytes);
    server->remove_every_version(key);
    server->put(key, server->versions(other)[0].bytes);
  }
  forget();
  opened();  // a machine that now remembers the false ones
  for (const auto& [key, bytes] : rights) server->put(key, bytes);
  later(8 * kDay);
  prune();
  for (const auto& [key, bytes] : rights)
    EXPECT_TRUE(std::ranges::any_of(server->versions(key), [&](const auto& v) { return v.bytes == bytes; }));
  forget();
  expect_restores(all);
}

TEST_F(S3Collect, RemovesNoPackWhileTheListsOfACommitCannotBeRead) {
  auto store = ready();
  std::vector<Saved> all = {saved(*store, {{"a", random_bytes(1, 300'000)}})};
  PackId lonely = lonely_pack(*store);
  later(100 * kDay);
  for (const std::string& key : server->keys(std::string(kStart) + "packs/"))
    if (key != kStart + pack_path(lonely)) server->remove_every_version(key);
  forget();
  auto keeper = opened();
  ASSERT_TRUE(keeper->collect());
  EXPECT_FALSE(server->keys(kStart + pack_path(lonely)).empty());
}

TEST(S3Page, HasTheConstantsOfTheCode) {
  std::ifstream file(APLOMB_FORMAT_PAGES "/s3-layout.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  S3ClientOptions options;
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"kS3LogMagic", kS3LogMagic},
                                          {"kVersionsLookedAt", std::to_string(kVersionsLookedAt)},
                                          {"whole_max", std::to_string(options.whole_max)},
                                          {"part_size", std::to_string(options.part_size)}})
    EXPECT_NE(page.find("| `" + name + "` | " + value + " |"), std::string::npos) << name;
}

}  // namespace
}  // namespace aplomb::vault
