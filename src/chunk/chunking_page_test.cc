// docs/format/chunking.md against the code.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/random.h"
#include "chunk/content.h"

namespace aplomb::chunk {
namespace {

using Table = std::map<std::string, std::string>;

std::string cell(std::string text) {
  std::erase(text, '`');
  size_t first = text.find_first_not_of(' ');
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The rows of two cells below a heading, without the first (the titles and the line under them).
Table table_below(const std::string& heading) {
  std::ifstream page(APLOMB_FORMAT_PAGES "/chunking.md");
  Table table;
  bool inside = false;
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("#")) inside = line == heading;
    if (!inside || !line.starts_with("| ") || ++rows == 1) continue;
    size_t middle = line.find(" | "), end = line.rfind(" |");
    EXPECT_TRUE(
        table.emplace(cell(line.substr(1, middle)), cell(line.substr(middle + 3, end - middle - 3))).second)
        << line;
  }
  return table;
}

std::string words(Cut cut) {
  return cut == Cut::anywhere ? "anywhere" : "after a line";
}

void add(Table& table, const std::string& name, const Params& params) {
  table[name + ".min"] = std::to_string(params.min);
  table[name + ".average"] = std::to_string(params.average);
  table[name + ".max"] = std::to_string(params.max);
  table[name + ".cut"] = words(params.cut);
}

std::string sizes(ByteView data, const GearTable& table, const Params& params) {
  std::string text;
  while (!data.empty()) {
    size_t size = next_cut(data, true, table, params);
    text += (text.empty() ? "" : ", ") + std::to_string(size);
    data = data.subspan(size);
  }
  return text;
}

TEST(ChunkingPage, HasTheConstantsOfTheCode) {
  Table code{{"kGearWindow", std::to_string(kGearWindow)}, {"kGearKeySize", std::to_string(kGearKeySize)},
             {"kLineReach", std::to_string(kLineReach)},   {"kHead", std::to_string(kHead)},
             {"kWholeFile", std::to_string(kWholeFile)},   {"kWholePacked", std::to_string(kWholePacked)}};
  add(code, "kPackedParams", kPackedParams);
  add(code, "kFileParams", kFileParams);
  add(code, "kTextParams", kTextParams);
  EXPECT_EQ(table_below("## Constants"), code);
}

TEST(ChunkingPage, HasAnExampleThatTheCodeFollows) {
  std::array<uint8_t, kGearKeySize> key;
  SeededRandom(1).fill(key);
  const GearTable table(key);
  Bytes a(1 << 20);
  SeededRandom(2).fill(a);
  SeededRandom numbers(3);
  std::string b;
  for (int line = 0; line < 1000; ++line)
    b += fmt::format("INSERT INTO `agenda` VALUES ({},'{:016x}');\n", line, numbers.u64());
  uint64_t hash = 0;
  const size_t cut = next_cut(a, true, table, kFileParams);
  for (size_t k = 0; k < kGearWindow; ++k) hash += table.words()[a[cut - 1 - k]] << k;
  const Table code{{"T[0]", fmt::format("{:016x}", table.words()[0])},
                   {"T[1]", fmt::format("{:016x}", table.words()[1])},
                   {"T[255]", fmt::format("{:016x}", table.words()[255])},
                   {"bytes of A", std::to_string(a.size())},
                   {"hash at the first cut of A", fmt::format("{:016x}", hash)},
                   {"chunks of A, kFileParams", sizes(a, table, kFileParams)},
                   {"bytes of B", std::to_string(b.size())},
                   {"chunks of B, kTextParams", sizes(as_bytes(b), table, kTextParams)}};
  EXPECT_EQ(table_below("## Worked example"), code);
}

}  // namespace
}  // namespace aplomb::chunk
