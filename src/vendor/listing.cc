#include "vendor/listing.h"

#include <algorithm>

#include "base/messages.h"
#include "crypto/crypto.h"
#include "fs/fs.h"

namespace aplomb::vendor {
namespace {

constexpr size_t kSumsMax = 64;  // of one file

template <typename T>
void join(std::vector<T>& sums, const std::vector<T>& more) {
  for (const T& sum : more)
    if (sums.size() < kSumsMax && std::ranges::find(sums, sum) == sums.end()) sums.push_back(sum);
}

template <typename T>
Status decode_sums(ByteReader& reader, std::vector<T>& sums) {
  uint8_t count = TRY(reader.u8());
  if (count > kSumsMax) return fail(Code::corrupt, tr("a list of a publisher is damaged"));
  for (uint8_t i = 0; i < count; ++i) sums.push_back(TRY(reader.id<T>()));
  return {};
}

}  // namespace

Md5 md5_of(ByteView content) {
  Md5 sum;
  sum.bytes = crypto::md5(content);
  return sum;
}

bool add(Listing& listing, std::string path, Sums sums) {
  if (path.empty() || path.size() > kListedPathMax || !fs::valid_path(path)) return false;
  if (listing.size() >= kListedFilesMax && !listing.contains(path)) return false;
  Sums& all = listing[std::move(path)];
  join(all.sha256, sums.sha256);
  join(all.md5, sums.md5);
  return true;
}

void merge(Listing& listing, const Listing& more) {
  for (const auto& [path, sums] : more) add(listing, path, sums);
}

void encode(ByteWriter& writer, const Listing& listing) {
  writer.varint(listing.size());
  for (const auto& [path, sums] : listing) {
    writer.text(path);
    writer.u8(static_cast<uint8_t>(sums.sha256.size()));
    for (const Sha256& sum : sums.sha256) writer.id(sum);
    writer.u8(static_cast<uint8_t>(sums.md5.size()));
    for (const Md5& sum : sums.md5) writer.id(sum);
  }
}

Result<Listing> decode_listing(ByteReader& reader) {
  uint64_t count = TRY(reader.varint());
  if (count > kListedFilesMax) return fail(Code::corrupt, tr("a list of a publisher is damaged"));
  Listing listing;
  for (uint64_t i = 0; i < count; ++i) {
    std::string path = TRY(reader.text(kListedPathMax));
    Sums sums;
    TRY(decode_sums(reader, sums.sha256));
    TRY(decode_sums(reader, sums.md5));
    if (!add(listing, std::move(path), std::move(sums)))
      return fail(Code::corrupt, tr("a list of a publisher is damaged"));
  }
  return listing;
}

}  // namespace aplomb::vendor
