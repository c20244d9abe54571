// What publishers answer, and Debian's texts between a signature and a file.
#include <algorithm>
#include <array>

#include "fs/fs.h"
#include "fuzz/targets.h"
#include "vendor/checksum_list.h"
#include "vendor/debian.h"
#include "vendor/deployment.h"
#include "vendor/wordpress.h"

namespace aplomb::fuzz {
namespace {

void checksum_list(ByteView bytes) {
  for (auto parse : {vendor::parse_core_checksums, vendor::parse_plugin_checksums}) {
    auto listing = parse(bytes);
    if (!listing) continue;
    ByteWriter writer;
    encode(writer, *listing);
    ByteReader reader(writer.view());
    auto again = vendor::decode_listing(reader);
    APLOMB_CHECK(again && *again == *listing && reader.at_end());
  }
}

// Whatever a file says of itself, the question that follows from it stays a plain address.
void wordpress_header(ByteView bytes) {
  std::string text(as_text(bytes));
  vendor::WordPressSites sites({"wp-includes/version.php", "wp-content/plugins/a/a.php"},
                               [&text](const std::string&) { return text; });
  for (const auto& place : sites.places_of("wp-content/plugins/a/b.php")) {
    std::string target = question_for(place.package).target;
    APLOMB_CHECK(target.starts_with('/') && target.find("..") == std::string::npos &&
                 target.find_first_of(" \n\r#@%\\") == std::string::npos);
  }
}

void debian_text(ByteView bytes) {
  std::string_view text = as_text(bytes);
  std::set<Sha256> indexes = vendor::indexes_of_release(text);
  APLOMB_CHECK(vendor::packages_of_index(text, indexes).size() <= indexes.size());
  vendor::is_one_clear_signed_message(text);
}

void deb(ByteView bytes) {
  auto data = vendor::data_of_deb(bytes);
  APLOMB_CHECK(!data ||
               (data->data() >= bytes.data() && data->data() + data->size() <= bytes.data() + bytes.size()));
}

void deployment(ByteView bytes) {
  auto kept = vendor::decode_deployment(bytes);
  if (!kept) return;
  Bytes again = encode(*kept);
  APLOMB_CHECK(std::ranges::equal(again, bytes));
  auto deployed = files_of(*kept);
  if (!deployed) return;
  for (const auto& [path, id] : deployed->files) APLOMB_CHECK(fs::valid_path(path) && vendor::is_git_id(id));
}

constexpr std::array kTargets = {
    Target{"checksum_list", checksum_list}, Target{"wordpress_header", wordpress_header},
    Target{"debian_text", debian_text}, Target{"deb", deb}, Target{"deployment", deployment}};

}  // namespace

std::span<const Target> vendor_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
