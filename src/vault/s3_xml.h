// The XML of an S3 server's answers, by expat, under limits, and what the vault needs of it. The server is
// believed; names in a list come from whoever may put objects, and may hold any byte. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace aplomb::vault {

constexpr size_t kXmlBytesMax = 8 << 20;  // a list of 1000 versions has about 500 KB
constexpr size_t kXmlNodesMax = 50'000;
constexpr size_t kXmlDepthMax = 16;

struct XmlNode {
  std::string name, text;  // the text of the node itself
  std::vector<XmlNode> children;

  const XmlNode* child(std::string_view name) const;            // the first; nullptr when there is none
  std::string_view text_of(std::string_view child_name) const;  // "" when there is none
};

// Code::corrupt; a document type is refused, so that no entity is ever expanded.
Result<XmlNode> parse_xml(ByteView bytes);

// One version of an object, or a delete marker.
struct S3Version {
  std::string key, id, etag;
  Time date;  // the server's
  uint64_t size = 0;
  bool marker = false;
  bool operator==(const S3Version&) const = default;
};

struct S3VersionPage {
  std::vector<S3Version> versions;  // as the server lists them: of one key, the newest first
  bool truncated = false;
  std::string next_key, next_id;
};

// Of ListObjectVersions with encoding-type=url.
Result<S3VersionPage> parse_version_page(ByteView bytes);

struct S3Fault {
  std::string code, message;
};
// nullopt when the bytes are not an error of S3.
std::optional<S3Fault> parse_fault(ByteView bytes);

Result<std::string> parse_upload_id(ByteView bytes);

struct S3LockRule {
  bool enabled = false;     // Object Lock, on the bucket
  bool compliance = false;  // the default rule's mode
  uint32_t days = 0;        // of the default rule; 0: there is none
  bool operator==(const S3LockRule&) const = default;
};
Result<S3LockRule> parse_lock_rule(ByteView bytes);

struct S3Retention {
  bool compliance = false;
  Time until;
};
Result<S3Retention> parse_retention(ByteView bytes);

}  // namespace aplomb::vault
