// The address of a vault on an S3 store, docs/format/s3-layout.md: where the bucket is, how it is asked, and
// where the credentials lie, which are themselves never part of it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/url.h"

namespace aplomb::vault {

using S3Query = std::vector<std::pair<std::string, std::string>>;

struct S3Address {
  std::string bucket, prefix;  // the prefix without slashes at its ends
  http::Url endpoint;          // its path is "/"
  std::string region = "us-east-1";
  bool path_style = true;        // https://host/bucket/… instead of https://bucket.host/…
  std::string credentials;       // absolute path of a file; empty: the environment
  std::optional<uint32_t> days;  // of the lock; unset: the bucket's own rule
  bool operator==(const S3Address&) const = default;

  // Of an object ("" for the bucket itself), with a query in the one spelling that is signed.
  http::Url url(std::string_view key, const S3Query& query = {}) const;
  // The endpoint is a loopback address: root of this machine may well reach the store behind it.
  bool on_this_machine() const;
  std::string key(std::string_view name) const { return prefix + "/" + std::string(name); }
};

// "s3://bucket/prefix?endpoint=…&…". Code::usage says which part is wrong.
Result<S3Address> parse_s3_address(std::string_view text);

}  // namespace aplomb::vault
