// Every target over its corpus: as it is, cut off everywhere, and with mutations that are the same in each
// run.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/random.h"
#include "fuzz/targets.h"

namespace aplomb::fuzz {
namespace {

constexpr int kMutations = 300;
constexpr size_t kCutsMax = 400;

std::vector<Target> all_targets() {
  std::vector<Target> targets;
  for (auto part : {crypto_targets(), vault_targets(), archive_targets(), keeper_targets(), php_targets(),
                    trace_targets(), site_targets(), vendor_targets()})
    targets.insert(targets.end(), part.begin(), part.end());
  return targets;
}

std::vector<std::filesystem::path> corpus_of(const Target& target) {
  std::vector<std::filesystem::path> paths;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(APLOMB_FUZZ_CORPUS) / target.name, ignored))
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

Bytes read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

Bytes mutated(Bytes bytes, Random& random) {
  for (uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
    size_t at = static_cast<size_t>(random.below(bytes.size() + 1));
    switch (random.below(4)) {
      case 0:
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), static_cast<uint8_t>(random.below(256)));
        break;
      case 1:
        if (at < bytes.size()) bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 2:
        if (at < bytes.size())
          bytes[at] = random.below(2) == 0 ? 0xff : static_cast<uint8_t>(random.below(256));
        break;
      default:
        if (at < bytes.size()) bytes[at] ^= static_cast<uint8_t>(1 << random.below(8));
        break;
    }
  }
  return bytes;
}

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, BreaksNoPromise) {
  const Target target = GetParam();
  target.run({});
  const auto paths = corpus_of(target);
  ASSERT_FALSE(paths.empty()) << "a target without a corpus is hardly tested";
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    const Bytes seed = read_all(path);
    target.run(seed);
    for (size_t size = 0; size < std::min(seed.size(), kCutsMax); ++size)
      target.run(ByteView(seed).first(size));
    SeededRandom random(seed.size());
    for (int i = 0; i < kMutations; ++i) target.run(mutated(seed, random));
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(all_targets()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Corpus, HasNoFolderWithoutATarget) {
  std::set<std::string> names;
  for (const Target& target : all_targets()) names.insert(target.name);
  for (const auto& entry : std::filesystem::directory_iterator(APLOMB_FUZZ_CORPUS))
    EXPECT_TRUE(names.contains(entry.path().filename().string())) << entry.path();
}

}  // namespace
}  // namespace aplomb::fuzz
