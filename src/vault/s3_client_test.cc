#include "vault/s3_client.h"

#include <gtest/gtest.h>

#include "vault/test_s3.h"
#include "vault/test_vault.h"

namespace aplomb::vault {
namespace {

using Fault = FakeS3::Fault;

struct S3ClientTest : testing::Test {
  FakeS3 server;
  ManualClock clock{Time{1'700'000'000 * kSecond}};
  std::vector<int64_t> pauses;
  S3ClientOptions options;

  S3ClientTest() {
    options.pause = [this](int64_t ms) { pauses.push_back(ms); };
    options.stall_seconds = 1;
  }
  std::unique_ptr<S3Client> client() { return server.client(clock, options); }
  std::map<std::string, std::vector<S3Version>> list(S3Client& client, const std::string& prefix) {
    S3VersionList list([](std::string_view) { return true; });
    Status listed = client.list_versions(prefix, list);
    EXPECT_TRUE(listed) << (listed ? "" : listed.error().what);
    return list.take();
  }
  // Each of the first `count` requests fails so.
  void fail_first(int count, Fault fault) {
    server.break_with(
        [count, fault](const http::Request&) mutable { return count-- > 0 ? fault : Fault::none; });
  }
};

using S3Requests = S3ClientTest;

TEST_F(S3Requests, PutListAndReadByVersion) {
  auto s3 = client();
  Bytes bytes = random_bytes(1, 100'000);
  ASSERT_TRUE(s3->put("town/one/a b+c", bytes, clock.now()));
  for (int i = 0; i < 7; ++i) server.put("town/one/a b+c", text_bytes("junk"));
  auto versions = list(*s3, "town/")["town/one/a b+c"];
  ASSERT_EQ(versions.size(), 8u) << "pages of three are put together";
  EXPECT_EQ(versions[0].size, bytes.size());
  EXPECT_EQ(*s3->get("town/one/a b+c", versions[0].id, 200'000), bytes);
  EXPECT_EQ(*s3->get_range("town/one/a b+c", versions[0].id, 10, 20),
            Bytes(bytes.begin() + 10, bytes.begin() + 30));
  EXPECT_EQ(s3->get_range("town/one/a b+c", versions[0].id, 99'990, 20).error().code, Code::corrupt);
  EXPECT_EQ(s3->get("town/one/a b+c", versions[0].id, 1000).error().code, Code::limit);
  EXPECT_EQ(s3->get("town/one/a b+c", "v99", 1000).error().code, Code::not_found);
}

TEST_F(S3Requests, SendLargeObjectsInParts) {
  options.whole_max = 1000;
  options.part_size = 300;
  auto s3 = client();
  for (size_t size : {1001, 1200, 1337}) {
    std::string key = "town/" + std::to_string(size);
    Bytes bytes = random_bytes(size, size);
    Time until{clock.now().ns + kDay};
    ASSERT_TRUE(s3->put(key, bytes, until));
    ASSERT_EQ(server.versions(key).size(), 1u);
    EXPECT_EQ(server.versions(key)[0].bytes, bytes);
    EXPECT_EQ(server.versions(key)[0].locked_until, until);
  }
}

TEST_F(S3Requests, AreTriedAgainUntilTheServerIsBack) {
  for (Fault fault : {Fault::status_503, Fault::cut, Fault::lost_answer}) {
    pauses.clear();
    auto s3 = client();
    fail_first(6, fault);
    std::string key = "town/" + std::to_string(static_cast<int>(fault));
    ASSERT_TRUE(s3->put(key, text_bytes("x"), std::nullopt));
    EXPECT_EQ(pauses.size(), 6u);
    EXPECT_GE(server.versions(key).size(), 1u);
    for (const auto& version : server.versions(key)) EXPECT_EQ(version.bytes, text_bytes("x"));
  }
}

TEST_F(S3Requests, AreGivenUpAfterAllTriesAsANetworkError) {
  for (Fault fault : {Fault::status_503, Fault::cut}) {
    auto s3 = client();
    fail_first(1000, fault);
    auto got = s3->get("town/x", "v1", 10);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::network);
  }
}

TEST_F(S3Requests, GoOnAfterAServerThatFellSilent) {
  auto s3 = client();
  fail_first(1, Fault::slow);
  EXPECT_TRUE(s3->put("town/x", text_bytes("x"), std::nullopt));
  EXPECT_GE(pauses.size(), 1u);
}

TEST_F(S3Requests, AreNotRepeatedWhenTheServerSaysNo) {
  auto s3 = client();
  EXPECT_EQ(s3->get("town/x", "v1", 10).error().code, Code::not_found);
  EXPECT_TRUE(pauses.empty());
}

TEST_F(S3Requests, WithOtherCredentialsAreRefusedWithoutShowingThem) {
  SeededRandom seed(1);
  S3Client thief(server.address(), {"AK", crypto::Secret(as_bytes("not-the-secret")), {}}, clock, seed,
                 options);
  auto got = thief.get("town/x", "v1", 10);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::key);
  for (const std::string& text : {got.error().what, got.error().where, got.error().next}) {
    EXPECT_EQ(text.find("not-the-secret"), std::string::npos);
    EXPECT_EQ(text.find("Signature="), std::string::npos);
  }
}

TEST_F(S3Requests, MoveALockForwardAndNeverBack) {
  auto s3 = client();
  Time soon{clock.now().ns + kDay}, later{clock.now().ns + 9 * kDay};
  ASSERT_TRUE(s3->put("town/x", text_bytes("x"), soon));
  std::string id = list(*s3, "town/")["town/x"][0].id;
  ASSERT_TRUE(s3->extend("town/x", id, later));
  EXPECT_EQ(s3->retention("town/x", id)->until, later);
  EXPECT_EQ(s3->extend("town/x", id, soon).error().code, Code::refused);
}

TEST(Backoff, GrowsIsBoundedAndSpread) {
  S3ClientOptions options;
  SeededRandom random(1);
  int64_t most = 0;
  for (int failures = 1; failures < 70; ++failures) {
    int64_t whole = std::min<int64_t>(options.pause_ms_max, failures > 7 ? 20'000 : 100 << failures);
    int64_t pause = backoff_ms(failures, options, random);
    EXPECT_GE(pause, whole / 2) << failures;
    EXPECT_LE(pause, whole) << failures;
    most = std::max(most, pause);
  }
  EXPECT_GT(most, 15'000);
}

}  // namespace
}  // namespace aplomb::vault
