#include "chunk/chunker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "base/random.h"

namespace aplomb::chunk {
namespace {

constexpr Params kSmallParams{64, 256, 1024};
constexpr Params kSmallLines{64, 256, 1024, Cut::after_line};

GearTable table_of(uint64_t seed) {
  SeededRandom random(seed);
  std::array<uint8_t, kGearKeySize> key;
  random.fill(key);
  return GearTable(key);
}

Bytes random_bytes(uint64_t seed, size_t size) {
  SeededRandom random(seed);
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

std::string sql(uint64_t seed, size_t size) {
  SeededRandom random(seed);
  std::string text;
  while (text.size() < size)
    text += "INSERT INTO `wp_posts` VALUES (" + std::to_string(random.below(100000)) + ",'" +
            std::string(random.below(300), 'x') + std::to_string(random.u64()) + "');\n";
  return text;
}

std::vector<size_t> cut_whole(ByteView data, const GearTable& table, const Params& params) {
  std::vector<size_t> sizes;
  while (!data.empty()) {
    sizes.push_back(next_cut(data, true, table, params));
    data = data.subspan(sizes.back());
  }
  return sizes;
}

// As a reader of files does: a window that grows by reads of any size, and is cut as soon as it may be.
std::vector<size_t> cut_fed(ByteView data, size_t read, const GearTable& table, const Params& params) {
  std::vector<size_t> sizes;
  Bytes window;
  while (true) {
    size_t size = next_cut(window, data.empty(), table, params);
    if (size > 0) {
      sizes.push_back(size);
      window.erase(window.begin(), window.begin() + static_cast<ptrdiff_t>(size));
    } else if (data.empty()) {
      return sizes;
    } else {
      ByteView more = data.first(std::min(read, data.size()));
      window.insert(window.end(), more.begin(), more.end());
      data = data.subspan(more.size());
    }
  }
}

std::set<std::string> contents(ByteView data, const std::vector<size_t>& sizes) {
  std::set<std::string> chunks;
  for (size_t size : sizes) {
    chunks.emplace(as_text(data.first(size)));
    data = data.subspan(size);
  }
  return chunks;
}

size_t new_chunks(ByteView before, ByteView after, const GearTable& table, const Params& params) {
  auto known = contents(before, cut_whole(before, table, params));
  auto now = contents(after, cut_whole(after, table, params));
  return static_cast<size_t>(
      std::ranges::count_if(now, [&](const std::string& chunk) { return !known.contains(chunk); }));
}

// The page's rules, written once more without any of the speed: every hash from its 64 bytes.
size_t slow_cut(ByteView window, const GearTable& table, const Params& params) {
  window = window.first(std::min<size_t>(window.size(), params.max));
  size_t cut = window.size();
  for (size_t length = params.min; length < window.size(); ++length) {
    uint64_t hash = 0;
    for (size_t k = 0; k < kGearWindow; ++k) hash += table.words()[window[length - 1 - k]] << k;
    __extension__ using Wide = unsigned __int128;
    if (Wide{hash} * (params.average - params.min) < Wide{1} << 64) {
      cut = length;
      break;
    }
  }
  if (params.cut == Cut::anywhere) return cut;
  for (size_t end = cut; end <= std::min(cut + kLineReach, window.size()); ++end)
    if (window[end - 1] == '\n') return end;
  return cut;
}

TEST(Chunker, AgreesWithASlowReadingOfThePage) {
  const GearTable table = table_of(1);
  Bytes data = random_bytes(2, 100000);
  for (size_t i = 0; i < data.size(); ++i)  // many newlines, then few, then none
    if (i < 30000 ? data[i] < 8 : data[i] == '\n' && i > 60000) data[i] = i < 30000 ? '\n' : 'n';
  const Params wide_lines{64, 4000, 20000, Cut::after_line};  // so that kLineReach is the limit, not max
  for (const Params& params : {kSmallParams, kSmallLines, wide_lines}) {
    ByteView rest = data;
    for (size_t size : cut_whole(data, table, params)) {
      ASSERT_EQ(size, slow_cut(rest, table, params)) << rest.size();
      rest = rest.subspan(size);
    }
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Chunker, KeepsEverySizeWithinItsBoundsAndLosesNothing) {
  const GearTable table = table_of(3);
  const Bytes noise = random_bytes(4, 3000000), zeros(3000000, 0);
  const std::string text = sql(5, 3000000);
  for (const Params& params : {kFileParams, kTextParams, kSmallParams, kSmallLines})
    for (ByteView data : {ByteView(noise), ByteView(zeros), as_bytes(text)}) {
      const std::vector<size_t> sizes = cut_whole(data, table, params);
      EXPECT_EQ(std::reduce(sizes.begin(), sizes.end()), data.size());
      for (size_t i = 0; i < sizes.size(); ++i) {
        ASSERT_LE(sizes[i], params.max);
        ASSERT_GE(sizes[i], i + 1 < sizes.size() ? params.min : 1);
      }
    }
}

TEST(Chunker, DoesNotDependOnHowItIsFed) {
  const GearTable table = table_of(6);
  const std::string text = sql(7, 40000);
  const Bytes noise = random_bytes(8, 40000);
  for (const Params& params : {kSmallParams, kSmallLines})
    for (ByteView data : {ByteView(noise), as_bytes(text)})
      for (size_t read : {1u, 63u, 1000u, 1023u, 1024u, 1025u, 40000u})
        EXPECT_EQ(cut_fed(data, read, table, params), cut_whole(data, table, params)) << read;
}

TEST(Chunker, AsksForMoreUntilTheAnswerCannotChange) {
  const GearTable table = table_of(9);
  const Bytes data = random_bytes(10, kSmallParams.max);
  EXPECT_EQ(next_cut(ByteView(data).first(kSmallParams.max - 1), false, table, kSmallParams), 0u);
  EXPECT_GT(next_cut(data, false, table, kSmallParams), 0u);
  EXPECT_EQ(next_cut({}, false, table, kSmallParams), 0u);
  EXPECT_EQ(next_cut({}, true, table, kSmallParams), 0u);
}

TEST(Chunker, LeavesAShortEndWhole) {
  const GearTable table = table_of(11);
  const Bytes data = random_bytes(12, kFileParams.min);
  for (size_t size : {size_t{1}, kGearWindow - 1, kGearWindow, data.size() - 1, data.size()})
    EXPECT_EQ(next_cut(ByteView(data).first(size), true, table, kFileParams), size);
}

TEST(Chunker, ChangesFewChunksAfterAnInsertionAtTheStart) {
  const GearTable table = table_of(13);
  const Bytes before = random_bytes(14, 8 << 20);
  const std::string text = sql(15, 1 << 20);
  const size_t files = cut_whole(before, table, kFileParams).size();
  const size_t texts = cut_whole(as_bytes(text), table, kTextParams).size();
  ASSERT_GT(files, 50u);
  ASSERT_GT(texts, 50u);
  for (size_t inserted : {1u, 2u, 77u, 5000u}) {
    Bytes after = random_bytes(16, inserted);
    after.insert(after.end(), before.begin(), before.end());
    EXPECT_LE(new_chunks(before, after, table, kFileParams), 4u) << inserted;
    EXPECT_LE(new_chunks(as_bytes(text), as_bytes("-- a new line\n" + text.substr(0, inserted) + text), table,
                         kTextParams),
              4u)
        << inserted;
  }
}

TEST(Chunker, ChangesFewChunksAfterAnEditInTheMiddle) {
  const GearTable table = table_of(17);
  const Bytes before = random_bytes(18, 8 << 20);
  Bytes after = before;
  after.erase(after.begin() + (4 << 20), after.begin() + (4 << 20) + 10);
  EXPECT_LE(new_chunks(before, after, table, kFileParams), 3u);
}

TEST(Chunker, MakesChunksOfTheAverageAskedFor) {
  const GearTable table = table_of(19);
  const Bytes data = random_bytes(20, 24 << 20);
  for (const Params& params : {kFileParams, kTextParams, Params{32768, 65536, 524288}}) {
    ByteView part = ByteView(data).first(std::min(data.size(), size_t{params.average} * 192));
    double average =
        static_cast<double>(part.size()) / static_cast<double>(cut_whole(part, table, params).size());
    EXPECT_NEAR(average, params.average, 0.2 * params.average);
  }
}

TEST(Chunker, CutsDifferentlyWithAnotherKey) {
  const Bytes data = random_bytes(21, 4 << 20);
  const auto one = contents(data, cut_whole(data, table_of(22), kFileParams));
  const auto other = contents(data, cut_whole(data, table_of(23), kFileParams));
  for (const std::string& chunk : one) EXPECT_FALSE(other.contains(chunk));
}

TEST(Chunker, CutsSqlAfterALine) {
  const std::string text = sql(24, 4 << 20);
  ByteView rest = as_bytes(text);
  size_t at_line = 0;
  const std::vector<size_t> sizes = cut_whole(rest, table_of(25), kTextParams);
  for (size_t size : sizes) {
    at_line += rest[size - 1] == '\n';
    rest = rest.subspan(size);
  }
  EXPECT_GE(at_line * 1000, sizes.size() * 995);
}

TEST(Chunker, CutsLinesThatAreTooLongWithoutWaitingForTheirEnd) {
  const GearTable table = table_of(26);
  Bytes data = random_bytes(27, 200000);
  std::ranges::replace(data, uint8_t{'\n'}, uint8_t{'n'});
  Params anywhere = kTextParams;
  anywhere.cut = Cut::anywhere;
  EXPECT_EQ(cut_whole(data, table, kTextParams), cut_whole(data, table, anywhere));
}

TEST(GearTable, ReadsItsKeyAsLittleEndianWords) {
  std::array<uint8_t, kGearKeySize> key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  const GearTable table(key);
  EXPECT_EQ(table.words()[0], 0x0706050403020100u);
  EXPECT_EQ(table.words()[255], 0xfffefdfcfbfaf9f8u);
}

}  // namespace
}  // namespace aplomb::chunk
