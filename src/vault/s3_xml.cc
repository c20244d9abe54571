#include "vault/s3_xml.h"

#include <expat.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/messages.h"
#include "http/url.h"

namespace aplomb::vault {
namespace {

struct Builder {
  XML_Parser parser = nullptr;
  XmlNode root;
  std::vector<XmlNode*> open;  // pointers stay good: only the last child of each grows
  size_t nodes = 0;
  bool over = false;

  void stop() {
    over = true;
    XML_StopParser(parser, XML_FALSE);
  }
};

void on_start(void* context, const char* name, const char**) {
  auto& builder = *static_cast<Builder*>(context);
  if (builder.over) return;
  if (++builder.nodes > kXmlNodesMax || builder.open.size() >= kXmlDepthMax) return builder.stop();
  XmlNode* node = &builder.root;
  if (!builder.open.empty()) node = &builder.open.back()->children.emplace_back();
  node->name = name;
  builder.open.push_back(node);
}

void on_end(void* context, const char*) {
  auto& builder = *static_cast<Builder*>(context);
  if (!builder.over && !builder.open.empty()) builder.open.pop_back();
}

void on_text(void* context, const char* text, int length) {
  auto& builder = *static_cast<Builder*>(context);
  if (!builder.over && !builder.open.empty())
    builder.open.back()->text.append(text, static_cast<size_t>(length));
}

void on_doctype(void* context, const char*, const char*, const char*, int) {
  static_cast<Builder*>(context)->stop();
}

// Is "&#…;" at the start of `text` a character that XML allows and we might need? Its length in `length`.
bool is_plain_reference(std::string_view text, size_t& length) {
  constexpr size_t kReferenceMax = 12;
  length = text.substr(0, kReferenceMax).find(';');
  if (length == std::string_view::npos) return length = 2, false;
  std::string_view digits = text.substr(2, length++ - 2);
  int base = digits.starts_with('x') ? 16 : 10;
  if (base == 16) digits.remove_prefix(1);
  uint32_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return error == std::errc() && end == digits.data() + digits.size() && value >= 0x20 && value < 0x7f;
}

// Whoever may put objects may give them names that no XML can hold, and some servers repeat them raw (Ceph in
// NextKeyMarker): one such name must not make the list unreadable. All that is needed of an answer is ASCII.
std::string harmless(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size());
  std::string_view rest = as_text(bytes);
  while (!rest.empty()) {
    auto c = static_cast<unsigned char>(rest.front());
    size_t length = 1;
    bool blank = c == '\t' || c == '\n' || c == '\r';
    bool plain = rest.starts_with("&#") ? is_plain_reference(rest, length) : blank || (c >= 0x20 && c < 0x7f);
    if (plain)
      text += rest.substr(0, length);
    else
      text += '?';
    rest.remove_prefix(length);
  }
  return text;
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<Error> strange() {
  return fail(Code::corrupt, tr("the S3 server's answer is not what it must be"));
}

Result<S3Version> parse_version(const XmlNode& node) {
  S3Version version;
  version.marker = node.name == "DeleteMarker";
  version.key = http::percent_decode(node.text_of("Key"));
  version.id = node.text_of("VersionId");
  version.etag = node.text_of("ETag");
  auto date = parse_iso(node.text_of("LastModified"));
  if (version.key.empty() || version.id.empty() || !date) return strange();
  version.date = *date;
  if (version.marker) return version;
  auto size = number<uint64_t>(node.text_of("Size"));
  if (!size) return strange();
  version.size = *size;
  return version;
}

}  // namespace

const XmlNode* XmlNode::child(std::string_view wanted) const {
  auto found = std::ranges::find(children, wanted, &XmlNode::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlNode::text_of(std::string_view child_name) const {
  const XmlNode* found = child(child_name);
  return found ? std::string_view(found->text) : std::string_view();
}

Result<XmlNode> parse_xml(ByteView bytes) {
  if (bytes.size() > kXmlBytesMax) return strange();
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), &XML_ParserFree);
  if (!parser) return strange();
  Builder builder;
  builder.parser = parser.get();
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), &on_start, &on_end);
  XML_SetCharacterDataHandler(parser.get(), &on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &on_doctype);
  const std::string text = harmless(bytes);
  auto status = XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
  if (status != XML_STATUS_OK || builder.over) return strange();
  return std::move(builder.root);
}

Result<S3VersionPage> parse_version_page(ByteView bytes) {
  XmlNode root = TRY(parse_xml(bytes));
  if (root.name != "ListVersionsResult") return strange();
  S3VersionPage page;
  for (const XmlNode& node : root.children)
    if (node.name == "Version" || node.name == "DeleteMarker")
      page.versions.push_back(TRY(parse_version(node)));
  page.truncated = root.text_of("IsTruncated") == "true";
  if (!page.truncated) return page;
  // Servers differ in how they spell the marker of a strange name; the last name itself is in one spelling.
  if (page.versions.empty()) return strange();
  page.next_key = page.versions.back().key;
  page.next_id = page.versions.back().id;
  return page;
}

std::optional<S3Fault> parse_fault(ByteView bytes) {
  auto root = parse_xml(bytes);
  if (!root || root->name != "Error") return std::nullopt;
  return S3Fault{std::string(root->text_of("Code")), std::string(root->text_of("Message"))};
}

Result<std::string> parse_upload_id(ByteView bytes) {
  XmlNode root = TRY(parse_xml(bytes));
  std::string id(root.text_of("UploadId"));
  if (root.name != "InitiateMultipartUploadResult" || id.empty()) return strange();
  return id;
}

Result<S3LockRule> parse_lock_rule(ByteView bytes) {
  XmlNode root = TRY(parse_xml(bytes));
  if (root.name != "ObjectLockConfiguration") return strange();
  S3LockRule rule;
  rule.enabled = root.text_of("ObjectLockEnabled") == "Enabled";
  const XmlNode* node = root.child("Rule");
  const XmlNode* usual = node ? node->child("DefaultRetention") : nullptr;
  if (!usual) return rule;
  rule.compliance = usual->text_of("Mode") == "COMPLIANCE";
  rule.days = number<uint32_t>(usual->text_of("Days")).value_or(0);
  if (auto years = number<uint32_t>(usual->text_of("Years"))) rule.days = std::min(*years, 100u) * 365;
  return rule;
}

Result<S3Retention> parse_retention(ByteView bytes) {
  XmlNode root = TRY(parse_xml(bytes));
  auto until = parse_iso(root.text_of("RetainUntilDate"));
  if (root.name != "Retention" || !until) return strange();
  return S3Retention{root.text_of("Mode") == "COMPLIANCE", *until};
}

}  // namespace aplomb::vault
