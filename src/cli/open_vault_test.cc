#include "cli/open_vault.h"

#include <gtest/gtest.h>

namespace aplomb::cli {
namespace {

TEST(OpenVault, OnlyAFileVaultLiesOnThisMachine) {
  EXPECT_EQ(local_folder("file:/srv/vault/"), "/srv/vault");
  EXPECT_EQ(local_folder("ssh://user@host/x"), std::nullopt);
  EXPECT_EQ(local_folder("s3://bucket/x"), std::nullopt);
  EXPECT_EQ(local_folder("nonsense"), std::nullopt);
}

TEST(OpenVault, ProtectsFromRootOnlyOnAnotherMachine) {
  site::Config config;
  for (const char* near : {"file:/srv/vault", "ssh://a@localhost/v", "ssh://a@127.0.0.1:2222/v",
                           "ssh://a@[::1]/v", "s3://bucket/x", "nonsense"}) {
    config.vault = near;
    EXPECT_EQ(name(protection_of(config)), "none-against-root") << near;
  }
  config.vault = "ssh://aplomb@backup.example.org/srv/vault";
  EXPECT_EQ(name(protection_of(config)), "append-only");
  EXPECT_NE(describe(Protection::append_only), describe(Protection::none_against_root));
}

}  // namespace
}  // namespace aplomb::cli
