#include "vault/vault_url.h"

#include <gtest/gtest.h>

namespace aplomb::vault {
namespace {

const std::string kKey(64, 'a'), kOther = std::string(62, '0') + "1f";

TEST(VaultUrl, SaysWhereAFileVaultLies) {
  EXPECT_EQ(*parse_vault_url("file:/srv/vault"), VaultUrl(FileUrl{"/srv/vault"}));
  for (const char* text : {"", "file:", "file:relative", "/srv/vault", "http://host/x", "s3://"})
    EXPECT_EQ(parse_vault_url(text).error().code, Code::usage) << text;
}

TEST(VaultUrl, ReadsAndWritesEveryPartOfAnSshAddress) {
  for (const std::string& text :
       {std::string("ssh://aplomb@backup.example.org/srv/vault"),
        std::string("ssh://aplomb@backup.example.org:2222/srv/vault"), "ssh://a@10.0.0.1/v?keeper=" + kKey,
        "ssh://a@[2001:db8::1]:22022/v?keeper=" + kKey + "&host=" + kOther, "ssh://a@b/v?host=" + kOther}) {
    auto url = parse_vault_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(to_text(std::get<SshUrl>(*url)), text);
  }
  auto url =
      std::get<SshUrl>(*parse_vault_url("ssh://a@[2001:db8::1]:22022/v?keeper=" + kKey + "&host=" + kOther));
  EXPECT_EQ(url.user, "a");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 22022);
  EXPECT_EQ(url.path, "/v");
  EXPECT_EQ(url.keeper->hex(), kKey);
  EXPECT_EQ(url.host_key->hex(), kOther);
}

TEST(VaultUrl, RefusesWhatSshWouldTakeForSomethingElse) {
  for (const std::string& text :
       {std::string("ssh://host/x"), std::string("ssh://@host/x"),
        std::string("ssh://-oProxyCommand=x@host/x"), std::string("ssh://a@-oProxyCommand=x/x"),
        std::string("ssh://a@host"), std::string("ssh://a@/x"), std::string("ssh://a@host:0/x"),
        std::string("ssh://a@host:65536/x"), std::string("ssh://a@host:/x"), std::string("ssh://a b@host/x"),
        std::string("ssh://a@ho st/x"), std::string("ssh://a@host/x y"), std::string("ssh://a@host/x;y"),
        std::string("ssh://a@host/$x"), std::string("ssh://a@[::1/x"), std::string("ssh://a@[::1]x/x"),
        std::string("ssh://a@host/x?keeper=12"), "ssh://a@b/v?other=" + kKey,
        "ssh://a@b/v?keeper=" + kKey + "&keeper=" + kKey})
    EXPECT_EQ(parse_vault_url(text).error().code, Code::usage) << text;
}

}  // namespace
}  // namespace aplomb::vault
