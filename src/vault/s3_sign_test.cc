// The examples of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
#include "vault/s3_sign.h"

#include <gtest/gtest.h>

#include "vault/s3_address.h"

namespace aplomb::vault {
namespace {

constexpr char kAddress[] = "s3://examplebucket/unused";

S3Credentials example() {
  return {"AKIAIOSFODNN7EXAMPLE", crypto::Secret(as_bytes("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")), {}};
}

std::string authorization(const std::string& method, std::string_view key, const S3Query& query,
                          const http::Headers& headers, std::string_view body = "") {
  auto address = parse_s3_address(kAddress);
  EXPECT_TRUE(address);
  address->endpoint = *http::Url::parse("https://s3.amazonaws.com/");
  S3Request request{method, address->url(key, query), headers, crypto::sha256(as_bytes(body))};
  http::Headers made = sign_s3_request(request, example(), "us-east-1", *parse_iso("2013-05-24T00:00:00Z"));
  return *http::find_header(made, "authorization");
}

std::string expected(std::string_view names, std::string_view signature) {
  return "AWS4-HMAC-SHA256 "
         "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=" +
         std::string(names) + ",Signature=" + std::string(signature);
}

TEST(S3Signature, OfGetObjectIsTheOneOfTheBook) {
  EXPECT_EQ(authorization("GET", "test.txt", {}, {{"Range", "bytes=0-9"}}),
            expected("host;range;x-amz-content-sha256;x-amz-date",
                     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST(S3Signature, OfPutObjectIsTheOneOfTheBook) {
  EXPECT_EQ(authorization(
                "PUT", "test$file.text", {},
                {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"X-Amz-Storage-Class", " REDUCED_REDUNDANCY "}},
                "Welcome to Amazon S3."),
            expected("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(S3Signature, OfASubresourceIsTheOneOfTheBook) {
  EXPECT_EQ(authorization("GET", "", {{"lifecycle", ""}}, {}),
            expected("host;x-amz-content-sha256;x-amz-date",
                     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(S3Signature, OfAListIsTheOneOfTheBook) {
  EXPECT_EQ(authorization("GET", "", {{"prefix", "J"}, {"max-keys", "2"}}, {}),
            expected("host;x-amz-content-sha256;x-amz-date",
                     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(S3Signature, HasNoSecretInIt) {
  S3Credentials credentials = example();
  credentials.session_token = crypto::Secret(as_bytes("token"));
  S3Request request{"GET", parse_s3_address(kAddress)->url("x"), {}, crypto::sha256({})};
  std::string all;
  for (const auto& [name, value] : sign_s3_request(request, credentials, "us-east-1", Time{})) all += value;
  EXPECT_EQ(all.find("wJalrXUtnFEMI"), std::string::npos);
  EXPECT_NE(all.find("token"), std::string::npos);  // is sent as it is: TLS alone hides it
  EXPECT_NE(all.find("x-amz-security-token"), std::string::npos) << "and it is signed";
}

TEST(S3Credentials, AreReadFromTheUsualFile) {
  auto found = parse_s3_credentials(
      "[other]\naws_access_key_id = NO\n[default]\r\n# a remark = 1\n"
      "aws_access_key_id=AK\n aws_secret_access_key = a/b+c=\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->access_key, "AK");
  EXPECT_EQ(as_text(found->secret_key.view()), "a/b+c=");
  EXPECT_TRUE(found->session_token.empty());
}

TEST(S3Credentials, ThatAreIncompleteShowNothing) {
  for (const char* text : {"", "aws_access_key_id=AK", "[default]\naws_secret_access_key=verysecret",
                           "[work]\naws_access_key_id=AK\naws_secret_access_key=verysecret"}) {
    auto found = parse_s3_credentials(text);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::key);
    EXPECT_EQ(found.error().what.find("verysecret"), std::string::npos);
  }
}

}  // namespace
}  // namespace aplomb::vault
