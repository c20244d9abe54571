#include "cli/keeper_folder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aplomb::cli {
namespace {

std::vector<Login> three_logins(uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Login> logins;
  for (keeper::Role role : {keeper::Role::writer, keeper::Role::reader, keeper::Role::owner})
    logins.push_back({role, crypto::make_signing_key(random).verify_key});
  return logins;
}

TEST(KeeperLogins, AreReadFromTheLineThatInitShows) {
  std::vector<Login> logins = three_logins(1);
  std::vector<std::string> words;
  for (const Login& login : logins)
    words.push_back(std::string(name(login.role)) + "=" + keeper::public_word(login.key));
  auto read = parse_logins(words);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 3u);
  EXPECT_EQ((*read)[2].key, logins[2].key);
  EXPECT_EQ((*read)[2].role, keeper::Role::owner);
  std::string same = "owner=" + keeper::public_word(logins[0].key);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{},
        {"writer"},
        {"writer="},
        {"root=" + keeper::public_word(logins[0].key)},
        {words[0], words[0]},
        {words[0], same},
        {words[0] + "x"},
        {"writer=" + keeper::public_word(logins[0].key) + "\" ssh-ed25519"}})
    EXPECT_FALSE(parse_logins(wrong));
}

TEST(KeeperLogins, ReplaceTheirOwnLinesAndLeaveOthersAlone) {
  std::string others =
      "# mine\nssh-ed25519 AAAA somebody\nrestrict,command=\"/usr/bin/borg serve\" ssh-rsa AAAA";
  std::string first = with_logins(others, "/usr/bin/aplomb", "/srv/vault", three_logins(1));
  EXPECT_TRUE(first.starts_with(others + "\n"));
  EXPECT_EQ(std::ranges::count(first, '\n'), 6);
  std::string elsewhere = with_logins(first, "/usr/bin/aplomb", "/srv/vault2", three_logins(2));
  EXPECT_EQ(std::ranges::count(elsewhere, '\n'), 9);
  std::string again = with_logins(elsewhere, "/usr/bin/aplomb", "/srv/vault", three_logins(3));
  EXPECT_EQ(std::ranges::count(again, '\n'), 9);
  EXPECT_EQ(again.find(keeper::public_word(three_logins(1)[0].key)), std::string::npos);
  EXPECT_NE(again.find(keeper::public_word(three_logins(2)[0].key)), std::string::npos);
}

}  // namespace
}  // namespace aplomb::cli
