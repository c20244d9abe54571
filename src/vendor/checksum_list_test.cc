#include "vendor/checksum_list.h"

#include <gtest/gtest.h>

#include "vendor/test_publisher.h"

namespace aplomb::vendor {
namespace {

TEST(ChecksumList, ReadsWhatIsPublishedOfTheCore) {
  auto listing =
      parse_core_checksums(as_bytes(core_list_of({{"wp-load.php", "a"}, {"wp-includes/version.php", "b"}})));
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->size(), 2u);
  EXPECT_EQ(listing->at("wp-load.php").md5, std::vector{md5_of(as_bytes("a"))});
  EXPECT_TRUE(listing->at("wp-load.php").sha256.empty());
}

TEST(ChecksumList, ReadsOneSumAndSeveralOfAPlugin) {
  std::string sum = crypto::sha256(as_bytes("a")).hex(), other = crypto::sha256(as_bytes("b")).hex();
  std::string text =
      R"({"plugin":"x","files":{"x.php":{"md5":"0cc175b9c0f1b6a831c399e269772661","sha256":[")" + sum +
      R"(",")" + other + R"("]},"readme.txt":{"sha256":")" + sum + R"("}}})";
  auto listing = parse_plugin_checksums(as_bytes(text));
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->at("x.php").sha256.size(), 2u);
  EXPECT_EQ(listing->at("x.php").md5.size(), 1u);
  EXPECT_EQ(listing->at("readme.txt").sha256.size(), 1u);
}

TEST(ChecksumList, SaysNothingWhereTheVersionIsUnknown) {
  auto listing = parse_core_checksums(as_bytes(R"({"checksums":false})"));
  ASSERT_TRUE(listing);
  EXPECT_TRUE(listing->empty());
}

TEST(ChecksumList, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "<html>", "[1", R"({"checksums":{"../x.php":"0cc175b9c0f1b6a831c399e269772661"}})",
        R"({"checksums":{"/x.php":"0cc175b9c0f1b6a831c399e269772661"}})",
        R"({"checksums":{"x.php":"0cc175"}})", R"({"checksums":{"x.php":"é"}})"})
    EXPECT_FALSE(parse_core_checksums(as_bytes(bad))) << bad;
  std::string deep(1'000'000, '[');
  EXPECT_FALSE(parse_core_checksums(as_bytes(deep)));
  EXPECT_FALSE(parse_plugin_checksums(as_bytes(R"({"files":{"x.php":{"sha256":"12"}}})")));
}

TEST(ChecksumList, EveryPrefixIsRefusedOrAList) {
  std::string text = plugin_list_of({{"a.php", "1"}, {"b/c.php", "2"}});
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_plugin_checksums(as_bytes(std::string_view(text).substr(0, size)))) << size;
}

TEST(Listing, ReadsBackWhatWasWritten) {
  auto listing = parse_plugin_checksums(as_bytes(plugin_list_of({{"a.php", "1"}, {"b/c.php", "2"}})));
  ASSERT_TRUE(listing);
  ByteWriter writer;
  encode(writer, *listing);
  ByteReader reader(writer.view());
  EXPECT_EQ(decode_listing(reader), *listing);
  for (size_t size = 0; size < writer.size(); ++size) {
    ByteReader cut(writer.view().first(size));
    EXPECT_FALSE(decode_listing(cut)) << size;
  }
}

}  // namespace
}  // namespace aplomb::vendor
