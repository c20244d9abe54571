// docs/format/vault.md against the code.
#include "vault/format.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

using Table = std::map<std::string, std::string>;

std::vector<std::string> lines_below(const std::string& heading) {
  std::ifstream page(APLOMB_FORMAT_PAGES "/vault.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("#")) inside = line == heading;
    if (inside) lines.push_back(line);
  }
  return lines;
}

// The rows of two cells below a heading, without the titles.
Table table_below(const std::string& heading) {
  Table table;
  int rows = 0;
  for (std::string line : lines_below(heading)) {
    if (!line.starts_with("| ") || ++rows == 1) continue;
    std::erase(line, '`');
    size_t middle = line.find(" | ");
    EXPECT_TRUE(
        table.emplace(line.substr(2, middle - 2), line.substr(middle + 3, line.size() - middle - 5)).second)
        << line;
  }
  return table;
}

// The hexadecimal lines below a heading, as bytes.
Bytes block_below(const std::string& heading) {
  std::string hex;
  for (const std::string& line : lines_below(heading))
    if (line.starts_with("    ")) hex += line.substr(4);
  return from_hex(hex).value_or(Bytes());
}

TEST(VaultPage, HasTheConstantsOfTheCode) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  const Table code{{"kFormat", number(kFormat)},
                   {"kHeaderMagic", kHeaderMagic},
                   {"kPackMagic", kPackMagic},
                   {"kLogMagic", kLogMagic},
                   {"kIndexMagic", kIndexMagic},
                   {"kWriterKeyMagic", kWriterKeyMagic},
                   {"kKeeperKeyMagic", kKeeperKeyMagic},
                   {"kMagicSize", number(kMagicSize)},
                   {"kFooterSize", number(kFooterSize)},
                   {"kFrameTarget", number(kFrameTarget)},
                   {"kFrameMax", number(kFrameMax)},
                   {"kPackTarget", number(kPackTarget)},
                   {"kPackMax", number(kPackMax)},
                   {"kChunkMax", number(kChunkMax)},
                   {"kTableTarget", number(kTableTarget)},
                   {"kTableChunk", number(kTableChunk)},
                   {"kTableMax", number(kTableMax)},
                   {"kSegmentMask", number(kSegmentMask)},
                   {"kSegmentMax", number(kSegmentMax)},
                   {"kLogEntryMax", number(kLogEntryMax)},
                   {"kTreeMax", number(kTreeMax)},
                   {"kXattrsMax", number(kXattrsMax)},
                   {"kExtentsMax", number(kExtentsMax)},
                   {"kHashHolesMax", number(kHashHolesMax)},
                   {"kDepthMax", number(kDepthMax)},
                   {"kKeepAllDays", number(kKeepAllDays)},
                   {"kKeepHourlyDays", number(kKeepHourlyDays)},
                   {"kKeepDailyDays", number(kKeepDailyDays)},
                   {"kKeepWeeklyDays", number(kKeepWeeklyDays)},
                   {"kKeepMonthlyDays", number(kKeepMonthlyDays)},
                   {"kKeepFloorDays", number(kKeepFloorDays)},
                   {"kGraceDays", number(kGraceDays)},
                   {"kFrameZstd", number(kFrameZstd)},
                   {"kFramePlain", number(kFramePlain)},
                   {"kInfoSession", kInfoSession},
                   {"kInfoPack", kInfoPack},
                   {"kInfoFrame", kInfoFrame},
                   {"kInfoCommit", kInfoCommit},
                   {"kInfoRecord", kInfoRecord},
                   {"kInfoLog", kInfoLog},
                   {"kInfoGear", kInfoGear}};
  EXPECT_EQ(table_below("## Constants"), code);
}

TEST(VaultPage, LeavesOutNoConstantOfTheCode) {
  std::ifstream header(APLOMB_SOURCES "/vault/format.h");
  const std::regex constant("^constexpr .* (k[A-Za-z]+)(\\[\\])? =.*");
  std::set<std::string> in_code, in_page;
  std::smatch match;
  for (std::string line; std::getline(header, line);)
    if (std::regex_match(line, match, constant)) in_code.insert(match[1]);
  for (const auto& [name, value] : table_below("## Constants")) in_page.insert(name);
  EXPECT_GT(in_code.size(), 20u);
  EXPECT_EQ(in_page, in_code);
}

struct Example {
  crypto::BoxKeyPair recovery, session;
  PackTable table;
  crypto::Secret id_key{32}, session_secret, key;
  Bytes sealed_raw, plain_raw, pack;
  std::vector<Bytes> chunks{text_bytes("Mairie\n"), text_bytes("<?php echo 'ouvert';\n")};

  Example() {
    SeededRandom one(1), two(2), three(3);
    recovery = crypto::make_box_key(one);
    session = crypto::make_box_key(two);
    three.fill(table.domain.bytes);
    three.fill(id_key.writable());
    Origin origin;
    three.fill(origin.salt);
    origin.session = session.public_key;
    table.origins = {origin};
    session_secret = *crypto::agree(session.secret.view(), recovery.public_key, session.public_key,
                                    recovery.public_key, kInfoSession);
    key = pack_key(session_secret, origin.salt);
    FrameEntry sealed, plain;
    Bytes ids;
    for (const Bytes& chunk : chunks) {
      ChunkId id = chunk_id(id_key, crypto::sha256(chunk));
      sealed.chunks.push_back({id, static_cast<uint32_t>(chunk.size())});
      sealed_raw.insert(sealed_raw.end(), chunk.begin(), chunk.end());
      ids.insert(ids.end(), id.bytes.begin(), id.bytes.end());
    }
    add(sealed, sealed_raw);
    plain.flags = kFramePlain;
    Bytes root = add_segment(plain, ids);
    add_segment(plain, root);
    add(plain, plain_raw);
    Bytes tail = encode_pack_tail(table, pack.size());
    pack.insert(pack.end(), tail.begin(), tail.end());
  }

  Bytes add_segment(FrameEntry& frame, const Bytes& segment) {
    const Sha256 hash = crypto::sha256(segment);
    ChunkEntry chunk;
    chunk.id.bytes = hash.bytes;
    chunk.length = static_cast<uint32_t>(segment.size());
    frame.chunks.push_back(chunk);
    plain_raw.insert(plain_raw.end(), segment.begin(), segment.end());
    return Bytes(hash.bytes.begin(), hash.bytes.end());
  }

  void add(FrameEntry& frame, ByteView raw) {
    frame.offset = pack.size();
    frame.number = static_cast<uint32_t>(table.frames.size());
    seal_frame(pack, frame, key, table.domain, table.origins[0].salt, raw);
    table.frames.push_back(frame);
  }
};

TEST(VaultPage, HasAnExampleThatTheCodeFollows) {
  Example example;
  const FrameEntry& sealed = example.table.frames.at(0);
  const FrameEntry& plain = example.table.frames.at(1);
  Bytes stored(example.pack.begin(), example.pack.begin() + sealed.stored_length);
  const Table code{{"recovery secret", to_hex(example.recovery.secret.view())},
                   {"recovery public key R", example.recovery.public_key.hex()},
                   {"session secret s", to_hex(example.session.secret.view())},
                   {"session public key S", example.session.public_key.hex()},
                   {"domain id", example.table.domain.hex()},
                   {"id key", to_hex(example.id_key.view())},
                   {"salt", to_hex(example.table.origins[0].salt)},
                   {"K_session", to_hex(example.session_secret.view())},
                   {"K_pack", to_hex(example.key.view())},
                   {"chunk 1", to_hex(example.chunks[0])},
                   {"chunk 1, SHA-256", crypto::sha256(example.chunks[0]).hex()},
                   {"chunk 1, id", sealed.chunks[0].id.hex()},
                   {"chunk 2", to_hex(example.chunks[1])},
                   {"chunk 2, SHA-256", crypto::sha256(example.chunks[1]).hex()},
                   {"chunk 2, id", sealed.chunks[1].id.hex()},
                   {"frame 0, flags", std::to_string(sealed.flags)},
                   {"frame 0, stored", to_hex(stored)},
                   {"segment, id", plain.chunks[0].id.hex()},
                   {"root segment, id", plain.chunks[1].id.hex()},
                   {"pack, bytes", std::to_string(example.pack.size())},
                   {"pack id", crypto::sha256(example.pack).hex()}};
  EXPECT_EQ(table_below("## Worked example"), code);
  EXPECT_EQ(to_hex(block_below("## Worked example")), to_hex(example.pack));
}

// The pack of the page, taken apart with what the page says and the recovery secret alone.
TEST(VaultPage, HasAPackThatTheRecoveryKeyOpens) {
  const Bytes pack = block_below("## Worked example");
  auto opened = read_pack_table(pack.size(), [&](uint64_t offset, uint64_t length) -> Result<Bytes> {
    auto first = pack.begin() + static_cast<ptrdiff_t>(offset);
    return Bytes(first, first + static_cast<ptrdiff_t>(length));
  });
  ASSERT_TRUE(opened);
  const Origin& origin = opened->table.origins.at(0);
  const Bytes secret = *from_hex(table_below("## Worked example").at("recovery secret"));
  auto recovery = crypto::box_public(secret);
  auto session = crypto::agree(secret, origin.session, origin.session, *recovery, kInfoSession);
  ASSERT_TRUE(session);
  const FrameEntry& frame = opened->table.frames.at(0);
  auto raw = open_frame(frame, pack_key(*session, origin.salt), opened->table.domain, origin.salt,
                        ByteView(pack).subspan(frame.offset, frame.stored_length));
  ASSERT_TRUE(raw);
  EXPECT_EQ(as_text(*raw), "Mairie\n<?php echo 'ouvert';\n");
}

}  // namespace
}  // namespace aplomb::vault
