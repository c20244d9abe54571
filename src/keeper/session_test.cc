// The honest case: a backup, a restore and the owner's records over the wire, and what a connection that
// breaks costs.
#include <gtest/gtest.h>

#include "keeper/test_keeper.h"

namespace aplomb::keeper {
namespace {

const Files kFiles{{"index.php", text_bytes("<?php echo 'ouvert';")}, {"logo.png", random_bytes(1, 300'000)}};

Files many_files(uint64_t seed, int count) {
  Files files;
  for (int i = 0; i < count; ++i)
    files["f" + std::to_string(i)] = random_bytes(seed * 1000 + static_cast<uint64_t>(i), 40'000);
  return files;
}

TEST(Session, SavesAndReadsBackOverTheWire) {
  TestKeeper vault;
  vault.set_up();
  auto writer = vault.remote_writer();
  auto saved = vault::save(*writer, vault.writer, vault.random, kFiles);
  ASSERT_TRUE(saved) << saved.error().what;
  auto store = vault.remote_reader();
  auto reader = vault.reader(*store);
  ASSERT_TRUE(reader) << reader.error().what;
  auto info = (*reader)->find(saved->id.hex());
  ASSERT_TRUE(info);
  EXPECT_EQ(*vault::load(**reader, *info), kFiles);
  EXPECT_TRUE(vault.verified(*store, reader->get()).ok());
}

TEST(Session, AVaultThatLostAHeaderFileIsServedAndTakesNoOther) {
  TestKeeper vault;
  vault.set_up();
  ASSERT_TRUE(vault.folder()->remove("vault"));
  auto writer = vault.remote_writer();
  EXPECT_EQ(header_of(writer->client())->id, vault.header.id);
  EXPECT_EQ(vault.remote_owner()->create(vault.header).error().code, Code::exists);
  ASSERT_TRUE(vault::save(*writer, vault.writer, vault.random, kFiles));
  EXPECT_TRUE(vault.folder()->stat("vault"));
}

TEST(Session, GivesWhatTheKeeperInProcessGives) {
  TestKeeper vault;
  vault.set_up();
  auto writer = vault.remote_writer();
  ASSERT_TRUE(vault::save(*writer, vault.writer, vault.random, many_files(1, 20)));
  ASSERT_TRUE(vault::save(*writer, vault.writer, vault.random, kFiles));
  auto local = *vault.open();
  auto remote = vault.remote_reader();
  auto heads = *local->log();
  auto remote_heads = *remote->log();
  ASSERT_EQ(remote_heads.size(), heads.size());
  for (size_t i = 0; i < heads.size(); ++i) {
    EXPECT_EQ(remote_heads[i].sequence, heads[i].sequence);
    EXPECT_EQ(remote->log_entry(heads[i])->hash, local->log_entry(heads[i])->hash);
  }
  EXPECT_EQ(remote->log_entry({99, vault::EntryKind::commit}).error().code, Code::not_found);
  EXPECT_EQ(*remote->packs(), *local->packs());
  auto packs = *local->packs();
  for (const vault::PackId& pack : packs) {
    uint64_t size = *local->pack_size(pack);
    EXPECT_EQ(*remote->pack_size(pack), size);
    for (auto [offset, length] : {std::pair<uint64_t, uint64_t>{0, 100},
                                  {size - vault::kFooterSize, vault::kFooterSize},
                                  {size - 200, 100},
                                  {0, size}})
      EXPECT_EQ(*remote->pack_range(pack, offset, length), *local->pack_range(pack, offset, length));
    EXPECT_FALSE(remote->pack_range(pack, size - 1, 2));
    auto table = vault::read_pack_table(
        size, [&](uint64_t offset, uint64_t length) { return remote->pack_range(pack, offset, length); });
    ASSERT_TRUE(table);
    for (const auto& frame : table->table.frames)
      for (const auto& chunk : frame.chunks) {
        auto here = *local->locate(table->table.domain, chunk.id);
        auto there = *remote->locate(table->table.domain, chunk.id);
        ASSERT_EQ(there.size(), here.size());
        EXPECT_EQ(there[0].pack, here[0].pack);
        EXPECT_EQ(there[0].offset, here[0].offset);
      }
  }
  EXPECT_TRUE(remote->locate(vault.writer.domain, vault::ChunkId())->empty());
}

TEST(Session, AnEpochTakesOverWhatTheOneBeforeHas) {
  TestKeeper vault;
  vault.set_up();
  const Files files = many_files(1, 30);
  auto writer = vault.remote_writer();
  ASSERT_TRUE(vault::save(*writer, vault.writer, vault.random, files));
  auto owner = vault.remote_owner();
  vault::WriterKey next =
      vault::make_writer_key(vault.random, vault.header.id, "mairie", 2, vault.recovery.public_key);
  next.cut_key = vault.writer.cut_key.clone();
  vault.keys[next.domain] = &next;
  ASSERT_TRUE(owner->append_record(vault.domain_record(next)));
  auto store = vault.remote_reader();
  auto reader = vault.reader(*store);
  ASSERT_TRUE(reader);
  vault::Import import(**reader, vault.writer.domain, next.domain,
                       [&](const vault::ChunkId& listing) -> Status {
                         TRY(owner->append_record(vault.import_record(next.domain, listing, vault.owner)));
                         return {};
                       });
  auto made = vault::save(*writer, next, vault.random, files, vault.clock.now(), &import);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(import.chunks(), 30u);
  EXPECT_LT(made->bytes_stored, 10'000u);
  auto later = vault::save(*vault.remote_writer(), next, vault.random, files, vault.clock.now());
  ASSERT_TRUE(later) << later.error().what;
  EXPECT_LT(later->bytes_stored, 10'000u);
  auto after = vault.remote_reader();
  auto again = vault.reader(*after);
  ASSERT_TRUE(again);
  auto info = (*again)->find(made->id.hex());
  ASSERT_TRUE(info);
  EXPECT_EQ(*vault::load(**again, *info), files);
  EXPECT_TRUE(vault.verified(*after, again->get()).ok());
}

TEST(Session, TellsTheKeeperWhatAReaderFoundDamagedOrSound) {
  TestKeeper vault;
  vault.set_up();
  ASSERT_TRUE(vault::save(*vault.remote_writer(), vault.writer, vault.random, kFiles));
  auto reader = vault.remote_reader();
  const std::vector<vault::PackId> packs = *reader->packs();
  EXPECT_TRUE(reader->doubtful()->empty());
  for (const vault::PackId& pack : packs) ASSERT_TRUE(reader->doubt({pack, vault::Doubt::false_chunks}));
  ASSERT_EQ(reader->doubtful()->size(), packs.size());
  EXPECT_EQ(reader->doubtful()->at(0).pack, packs[0]);
  EXPECT_EQ(reader->doubtful()->at(0).doubt, vault::Doubt::false_chunks);
  auto again = vault::save(*vault.remote_writer(), vault.writer, vault.random, kFiles);
  ASSERT_TRUE(again);
  EXPECT_GT(again->bytes_stored, 300'000u) << "what is doubtful is not known";
  for (const vault::PackId& pack : packs) ASSERT_TRUE(reader->trust({pack, vault::Doubt::false_chunks}));
  EXPECT_TRUE(reader->doubtful()->empty());
}

TEST(Session, AsksForTheKnownIdsOnceAndNotForEachChunk) {
  TestKeeper vault;
  vault.set_up();
  Files files = many_files(1, 200);
  {
    auto writer = vault.remote_writer();
    ASSERT_TRUE(vault::save(*writer, vault.writer, vault.random, files));
  }
  auto writer = vault.remote_writer();
  auto again = vault::save(*writer, vault.writer, vault.random, files);
  ASSERT_TRUE(again);
  EXPECT_LT(again->bytes_stored, 20'000u) << "the chunks are known";
  // hello, domain, known and its eight bytes an id, a small pack, the commit: no message for each chunk
  EXPECT_LT(vault.pipes.back().to_server(), 20'000u);
  EXPECT_LT(vault.pipes.back().to_client(), 200 * 8 + 2000u);
}

TEST(Session, AKeeperWithoutAVaultTakesOneHeader) {
  TestKeeper vault;
  {
    auto client = vault.connect(Role::writer);
    ASSERT_TRUE(client);
    EXPECT_EQ(header_of(**client).error().code, Code::not_found);
    EXPECT_EQ((*client)->call(Verb::known, vault.writer.domain.view()).error().code, Code::refused);
    DomainCall proof{vault.writer.domain, {}};
    EXPECT_EQ((*client)->call(Verb::domain, encode(proof)).error().code, Code::not_found);
  }
  auto owner = vault.remote_owner();
  vault.clock.advance(kHour);
  ASSERT_TRUE(owner->create(vault.header));
  auto made = header_of(owner->client());
  EXPECT_EQ(made->keeper_verify, vault::read_keeper_key(*vault.folder())->verify_key);
  EXPECT_EQ(made->created, vault.clock.now()) << "the keeper's own clock";
  EXPECT_EQ(owner->create(vault.header).error().code, Code::exists);
  EXPECT_EQ(vault.remote_owner()->create(vault.header).error().code, Code::exists);
}

// The connection breaks after any number of bytes, in either direction: an error for the caller, no snapshot,
// nothing left behind that is not whole, and the next run finds what was finished.
TEST(Session, ACutConnectionLosesNothing) {
  Files files = many_files(3, 30);
  uint64_t up = 0, down = 0;
  {
    TestKeeper vault;
    vault.set_up();
    {
      auto writer = vault.remote_writer();
      ASSERT_TRUE(vault::save(*writer, vault.writer, vault.random, files));
    }
    up = vault.pipes.back().to_server();
    down = vault.pipes.back().to_client();
  }
  for (int i = 0; i < 40; ++i) {
    TestKeeper vault;
    vault.set_up();
    bool cut_up = i % 2 == 0;
    uint64_t at = static_cast<uint64_t>(i + 1) * (cut_up ? up : down) / 42;
    auto client = vault.connect(Role::writer, [&](TestPipe& pipe) {
      pipe.cut_after(cut_up ? at : ~uint64_t{0}, cut_up ? ~uint64_t{0} : at);
    });
    if (client) {
      RemoteWriter writer(std::move(*client), vault.signer());
      auto saved = vault::save(writer, vault.writer, vault.random, files);
      if (saved) continue;  // every byte of a run of its own passed before the cut
      EXPECT_EQ(saved.error().code, Code::network) << i << saved.error().what;
      EXPECT_EQ(exit_status(saved.error().code), 3);
      EXPECT_FALSE(saved.error().next.empty());
    } else {
      EXPECT_EQ(client.error().code, Code::network) << i;
    }
    vault.wait_for_sessions();
    EXPECT_TRUE(vault::files_in(*vault.folder(), "packs/tmp/").empty()) << i;
    auto writer = vault.remote_writer();
    auto again = vault::save(*writer, vault.writer, vault.random, files);
    ASSERT_TRUE(again) << again.error().what;
    auto store = vault.remote_reader();
    auto reader = *vault.reader(*store);
    EXPECT_EQ(*vault::load(*reader, *reader->find(again->id.hex())), files);
    EXPECT_TRUE(vault.verified(*store, reader.get()).ok()) << i;
  }
}

TEST(Session, TheNextRunDoesNotSendFinishedPacksAgain) {
  TestKeeper vault;
  vault.set_up();
  Files files = many_files(5, 1000);  // 40 MB: several packs
  auto client = vault.connect(Role::writer, [](TestPipe& pipe) { pipe.cut_after(37'000'000, ~uint64_t{0}); });
  RemoteWriter first(std::move(*client), vault.signer());
  ASSERT_FALSE(vault::save(first, vault.writer, vault.random, files));
  vault.wait_for_sessions();
  auto local = *vault.open();
  size_t finished = local->packs()->size();
  ASSERT_GE(finished, 1u);
  auto writer = vault.remote_writer();
  auto again = vault::save(*writer, vault.writer, vault.random, files);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_LT(again->bytes_stored, 40'000'000 - finished * 16'000'000);
}

// The k-th operation on the keeper's disk fails: the client gets the keeper's own words, and nothing is lost.
TEST(Session, AFailingDiskOfTheKeeperIsAnErrorOfTheClient) {
  for (uint64_t k = 1; k < 60; k += 3) {
    TestKeeper vault;
    vault.set_up();
    vault.wait_for_sessions();
    auto client = vault.connect(Role::writer);
    ASSERT_TRUE(client);
    vault.plan.reset();
    vault.plan.fail_at(k, EIO);
    RemoteWriter writer(std::move(*client), vault.signer());
    auto saved = vault::save(writer, vault.writer, vault.random, kFiles);
    bool hit = vault.plan.triggered();
    vault.plan.reset();
    if (!saved) {
      EXPECT_TRUE(hit);
      EXPECT_EQ(exit_status(saved.error().code), 3) << saved.error().what;
    }
    auto again = vault.remote_writer();
    auto second = vault::save(*again, vault.writer, vault.random, kFiles);
    ASSERT_TRUE(second) << k << ": " << second.error().what;
    auto store = vault.remote_reader();
    auto reader = *vault.reader(*store);
    EXPECT_EQ(*vault::load(*reader, *reader->find(second->id.hex())), kFiles);
    EXPECT_TRUE(vault.verified(*store, reader.get()).ok()) << k;
  }
}

}  // namespace
}  // namespace aplomb::keeper
