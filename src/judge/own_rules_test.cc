#include "judge/own_rules.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"
#include "fs/memory_fs.h"

namespace aplomb::judge {
namespace {

Sha256 hash(char c) {
  return crypto::sha256(as_bytes(std::string(1, c)));
}

TEST(OwnRules, ReadListsAsSha256sumWritesThem) {
  auto list =
      parse_hash_list("# bad\n" + hash('a').hex() + "  shell.php\n\\" + hash('b').hex() + " *a\\nb\r\n" +
                      hash('c').hex() + "\nnot " + hash('d').hex() + "\n" + hash('e').hex().substr(1));
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, (std::vector<Sha256>{hash('a'), hash('b'), hash('c')}));
  EXPECT_FALSE(parse_hash_list("nothing\n"));
}

TEST(OwnRules, AreThoseOfTheFolder) {
  fs::MemoryFs fs;
  EXPECT_TRUE(load_own_rules(fs, "/var/lib/aplomb/rules")->yara.empty());
  auto folder = *fs.make_dirs("/var/lib/aplomb/rules", 0700);
  ASSERT_TRUE(fs::write_file_durably(*folder, "own.yar", as_bytes("rule A { condition: false }")));
  ASSERT_TRUE(fs::write_file_durably(*folder, "bad.sha256", as_bytes(hash('a').hex() + "\n")));
  ASSERT_TRUE(fs::write_file_durably(*folder, "README", as_bytes("notes")));
  auto rules = load_own_rules(fs, own_rules_path("/var/lib/aplomb/sites/mairie"));
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->yara.size(), 1U);
  EXPECT_EQ(rules->yara.front().name, "own.yar");
  EXPECT_EQ(rules->known_bad, (std::map<Sha256, std::string>{{hash('a'), "bad.sha256"}}));
}

}  // namespace
}  // namespace aplomb::judge
