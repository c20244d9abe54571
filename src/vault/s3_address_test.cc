#include "vault/s3_address.h"

#include <gtest/gtest.h>

namespace aplomb::vault {
namespace {

TEST(S3Address, OfAWS) {
  auto address = parse_s3_address("s3://mairie-vault/town/one?region=eu-west-3&days=30");
  ASSERT_TRUE(address) << address.error().what;
  EXPECT_EQ(address->bucket, "mairie-vault");
  EXPECT_EQ(address->prefix, "town/one");
  EXPECT_EQ(address->days, 30u);
  EXPECT_FALSE(address->path_style);
  EXPECT_EQ(address->url(address->key("vault")).to_string(),
            "https://mairie-vault.s3.eu-west-3.amazonaws.com/town/one/vault");
}

TEST(S3Address, OfAnotherServer) {
  auto address =
      parse_s3_address("s3://bucket/p?endpoint=http://127.0.0.1:7480&credentials=/root/s3%20key&style=path");
  ASSERT_TRUE(address) << address.error().what;
  EXPECT_EQ(address->credentials, "/root/s3 key");
  EXPECT_TRUE(address->path_style);
  EXPECT_EQ(address->url("", {{"versions", ""}, {"prefix", "p/a b"}}).to_string(),
            "http://127.0.0.1:7480/bucket?prefix=p%2Fa%20b&versions=");
  EXPECT_EQ(parse_s3_address("s3://bucket/p?endpoint=https://s3.town.fr&style=host")->url("k").to_string(),
            "https://bucket.s3.town.fr/k");
}

TEST(S3Address, RefusesWhatCannotBeRight) {
  for (const char* text :
       {"s3://", "s3://bucket", "s3://bucket/", "s3://b/p", "s3://Bucket/p", "s3://bucket/p/",
        "s3://bucket//p", "s3://bucket/../p", "s3://bucket/a b", "s3://bucket/p?endpoint=ftp://x",
        "s3://bucket/p?days=0", "s3://bucket/p?endpoint=http://s3.town.fr",
        "s3://bucket/p?endpoint=https://s3.town.fr/x", "s3://bucket/p?days=99999", "s3://bucket/p?region=",
        "s3://bucket/p?secret=x", "s3://bucket/p?style=", "s3://bucket/p?credentials=relative", "file:/x"}) {
    auto address = parse_s3_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Code::usage);
  }
}

}  // namespace
}  // namespace aplomb::vault
