#include "archive/manifest.h"

#include <algorithm>
#include <span>

#include "base/messages.h"

namespace aplomb::archive {
namespace {

constexpr uint64_t kFactsMax = 64 * 1024 * 1024, kListMax = 1 << 20;
constexpr uint64_t kObjectPathMax = 1 << 20, kReasonMax = 4096;
// The site decides how much there is to skip; the list must stay one that can be read again.
constexpr size_t kSkippedMax = 100'000;

void encode_skipped(ByteWriter& writer, const std::vector<Skipped>& list) {
  size_t count = std::min(list.size(), kSkippedMax);
  size_t more = list.size() - count;
  writer.varint(count + (more > 0 ? 1 : 0));
  for (const Skipped& skipped : std::span(list).first(count)) {
    writer.text(std::string_view(skipped.path).substr(0, kObjectPathMax));
    writer.text(std::string_view(skipped.reason).substr(0, kReasonMax));
  }
  if (more == 0) return;
  writer.text("");
  writer.text(tr("and {} more", more));
}

Result<uint64_t> list_size(ByteReader& reader) {
  uint64_t count = TRY(reader.varint());
  if (count > kListMax || count > reader.remaining())
    return fail(Code::corrupt, tr("a list of the snapshot is too long"));
  return count;
}

// Labels and names become parts of paths when a snapshot is restored.
bool is_component(const std::string& name) {
  return !name.empty() && fs::valid_path(name) && name.find('/') == std::string::npos;
}

Result<std::vector<Skipped>> decode_skipped(ByteReader& reader) {
  std::vector<Skipped> list;
  uint64_t count = TRY(list_size(reader));
  for (uint64_t i = 0; i < count; ++i) {
    std::string path = TRY(reader.text(kObjectPathMax));
    list.push_back({std::move(path), TRY(reader.text(kReasonMax))});
  }
  return list;
}

// Behind everything else, and only when there are some: manifests of before they existed end without.
Result<std::vector<VoucherEntry>> decode_vouchers(ByteReader& reader) {
  std::vector<VoucherEntry> vouchers;
  uint64_t count = TRY(list_size(reader));
  if (count == 0) return fail(Code::corrupt, tr("a list of the snapshot is empty and should not be there"));
  for (uint64_t i = 0; i < count; ++i) {
    VoucherEntry voucher;
    voucher.name = TRY(reader.text(kTextMax));
    voucher.hash = TRY(reader.id<Sha256>());
    voucher.content = TRY(vault::decode_object(reader));
    vouchers.push_back(std::move(voucher));
  }
  return vouchers;
}

}  // namespace

Bytes encode(const Manifest& manifest) {
  ByteWriter writer;
  writer.text(manifest.site);
  writer.i64(manifest.taken.ns);
  writer.text(manifest.tool);
  writer.text(manifest.facts_json);
  writer.u8(manifest.evidence ? 1 : 0);
  writer.varint(manifest.files);
  writer.varint(manifest.bytes);
  writer.varint(manifest.roots.size());
  for (const RootEntry& root : manifest.roots) {
    writer.text(root.path);
    writer.text(root.label);
    encode(writer, root.node);
  }
  writer.varint(manifest.databases.size());
  for (const DatabaseEntry& database : manifest.databases) {
    writer.text(database.name);
    writer.text(database.engine);
    writer.text(database.path);
    writer.text(database.object_path);
    encode(writer, database.node);
  }
  writer.varint(manifest.pages.size());
  for (const PageEntry& page : manifest.pages) {
    writer.text(page.url_path);
    writer.text(page.content_type);
    writer.id(page.hash);
    vault::encode(writer, page.content);
  }
  encode_skipped(writer, manifest.skipped);
  encode_skipped(writer, manifest.alerts);
  if (manifest.vouchers.empty()) return writer.take();
  writer.varint(manifest.vouchers.size());
  for (const VoucherEntry& voucher : manifest.vouchers) {
    writer.text(voucher.name);
    writer.id(voucher.hash);
    vault::encode(writer, voucher.content);
  }
  return writer.take();
}

Result<Manifest> decode_manifest(ByteView bytes) {
  ByteReader reader(bytes);
  Manifest manifest;
  manifest.site = TRY(reader.text(kTextMax));
  manifest.taken.ns = TRY(reader.i64());
  manifest.tool = TRY(reader.text(kTextMax));
  manifest.facts_json = TRY(reader.text(kFactsMax));
  uint8_t evidence = TRY(reader.u8());
  if (evidence > 1) return fail(Code::corrupt, tr("a snapshot holds unknown flags"));
  manifest.evidence = evidence == 1;
  manifest.files = TRY(reader.varint());
  manifest.bytes = TRY(reader.varint());
  uint64_t count = TRY(list_size(reader));
  for (uint64_t i = 0; i < count; ++i) {
    RootEntry root;
    root.path = TRY(reader.text(kPathMax));
    root.label = TRY(reader.text(kTextMax));
    if (!root.label.empty() && !is_component(root.label))
      return fail(Code::corrupt, tr("a snapshot holds a file name that cannot be"));
    root.node = TRY(vault::decode_node(reader));
    manifest.roots.push_back(std::move(root));
  }
  count = TRY(list_size(reader));
  for (uint64_t i = 0; i < count; ++i) {
    DatabaseEntry database;
    database.name = TRY(reader.text(kTextMax));
    database.engine = TRY(reader.text(kTextMax));
    database.path = TRY(reader.text(kPathMax));
    database.object_path = TRY(reader.text(kPathMax));
    if (!is_component(database.name) || !fs::valid_path(database.object_path))
      return fail(Code::corrupt, tr("a snapshot holds a file name that cannot be"));
    database.node = TRY(vault::decode_node(reader));
    manifest.databases.push_back(std::move(database));
  }
  count = TRY(list_size(reader));
  for (uint64_t i = 0; i < count; ++i) {
    PageEntry page;
    page.url_path = TRY(reader.text(kPathMax));
    page.content_type = TRY(reader.text(kTextMax));
    page.hash = TRY(reader.id<Sha256>());
    page.content = TRY(vault::decode_object(reader));
    manifest.pages.push_back(std::move(page));
  }
  manifest.skipped = TRY(decode_skipped(reader));
  manifest.alerts = TRY(decode_skipped(reader));
  if (!reader.at_end()) manifest.vouchers = TRY(decode_vouchers(reader));
  TRY(reader.finish());
  return manifest;
}

std::string object_path(std::string_view label, std::string_view relative) {
  if (label.empty()) return std::string(relative);
  if (relative.empty()) return std::string(label);
  return std::string(label) + "/" + std::string(relative);
}

}  // namespace aplomb::archive
