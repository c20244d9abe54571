// AWS Signature Version 4, as far as S3 needs it: one request, its body hashed before it is sent, the
// signature in a header. Pure. By the book: "Authenticating Requests: Using the Authorization Header (AWS
// Signature Version 4)", Amazon S3 API Reference; its examples are the tests.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/crypto.h"
#include "http/message.h"
#include "http/url.h"

namespace aplomb::vault {

struct S3Credentials {
  std::string access_key;
  crypto::Secret secret_key;
  crypto::Secret session_token;  // empty: none
};

struct S3Request {
  std::string method;
  http::Url url;  // path and query encoded as they are sent, the query sorted
  http::Headers headers;
  Sha256 body_hash;
};

// The request's headers and those that authenticate it: x-amz-date, x-amz-content-sha256, Authorization. All
// of them are signed, and so is Host, which the client adds.
http::Headers sign_s3_request(const S3Request& request, const S3Credentials& credentials,
                              std::string_view region, Time now);

// The content of a file like ~/.aws/credentials, its section [default]. Code::key names what is missing, and
// never shows a line of the file.
Result<S3Credentials> parse_s3_credentials(std::string_view text);

}  // namespace aplomb::vault
