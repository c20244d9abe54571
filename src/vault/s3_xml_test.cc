#include "vault/s3_xml.h"

#include <gtest/gtest.h>

namespace aplomb::vault {
namespace {

constexpr char kList[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix>
<MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated><NextKeyMarker>p%2Fpacks%20x</NextKeyMarker>
<NextVersionIdMarker>v2</NextVersionIdMarker>
<Version><Key>p%2Fvault</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-03-02T10:11:12.345Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>17</Size>
<Owner><ID>o</ID></Owner></Version>
<DeleteMarker><Key>p%2Fvault</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>
<LastModified>2026-03-02T10:11:13.000Z</LastModified></DeleteMarker></ListVersionsResult>)";

TEST(VersionPage, IsReadInFull) {
  auto page = parse_version_page(as_bytes(kList));
  ASSERT_TRUE(page) << page.error().what;
  ASSERT_EQ(page->versions.size(), 2u);
  EXPECT_EQ(page->versions[0],
            (S3Version{"p/vault", "v1", "\"abc\"", *parse_iso("2026-03-02T10:11:12.345Z"), 17, false}));
  EXPECT_TRUE(page->versions[1].marker);
  EXPECT_TRUE(page->truncated);
  EXPECT_EQ(page->next_key, "p/vault") << "the last name in the list, not what the server calls the marker";
  EXPECT_EQ(page->next_id, "v2");
}

TEST(VersionPage, IsReadWhateverNamesAnAttackerGivesHisObjects) {
  for (std::string_view name :
       {"\x01", "&#x01;", "&#1;", "&#xFFFE;", "\xff\xfe", "&#99999999999999;", "&#", "&#x;"}) {
    std::string text(kList);
    text.replace(text.find("p%2Fpacks%20x"), 13, name);
    auto page = parse_version_page(as_bytes(text));
    ASSERT_TRUE(page) << name;
    EXPECT_EQ(page->next_key, "p/vault");
  }
}

TEST(VersionPage, OfEveryTruncationIsRefused) {
  std::string_view whole(kList);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_version_page(as_bytes(whole.substr(0, length)))) << length;
}

TEST(Xml, RefusesWhatGrows) {
  EXPECT_FALSE(parse_xml(as_bytes("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")));
  std::string deep, wide = "<a>";
  for (size_t i = 0; i < kXmlDepthMax + 1; ++i) deep += "<a>";
  for (size_t i = 0; i < kXmlDepthMax + 1; ++i) deep += "</a>";
  EXPECT_FALSE(parse_xml(as_bytes(deep)));
  for (size_t i = 0; i < kXmlNodesMax; ++i) wide += "<a/>";
  EXPECT_FALSE(parse_xml(as_bytes(wide + "</a>")));
  EXPECT_FALSE(parse_xml(Bytes(kXmlBytesMax + 1, ' ')));
  EXPECT_FALSE(parse_xml({}));
}

TEST(Answers, AreReadForWhatTheVaultNeeds) {
  auto rule = parse_lock_rule(as_bytes(
      "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
      "<Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>"));
  ASSERT_TRUE(rule);
  EXPECT_EQ(*rule, (S3LockRule{true, true, 30}));
  rule = parse_lock_rule(as_bytes("<ObjectLockConfiguration/>"));
  ASSERT_TRUE(rule);
  EXPECT_EQ(*rule, S3LockRule());
  auto retention =
      parse_retention(as_bytes("<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2026-05-01T00:00:00Z</"
                               "RetainUntilDate></Retention>"));
  ASSERT_TRUE(retention);
  EXPECT_FALSE(retention->compliance);
  auto fault = parse_fault(as_bytes("<Error><Code>AccessDenied</Code><Message>no</Message></Error>"));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, "AccessDenied");
  EXPECT_FALSE(parse_fault(as_bytes("<html>bad gateway</html>")));
  EXPECT_FALSE(parse_upload_id(as_bytes("<Error><Code>x</Code></Error>")));
}

}  // namespace
}  // namespace aplomb::vault
