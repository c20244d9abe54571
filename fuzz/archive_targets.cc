// The formats of a snapshot, and the list beside it.
#include <algorithm>
#include <array>

#include "archive/file_list.h"
#include "archive/manifest.h"
#include "fs/memory_fs.h"
#include "fuzz/targets.h"

namespace aplomb::fuzz {
namespace {

void manifest(ByteView bytes) {
  auto decoded = archive::decode_manifest(bytes);
  if (!decoded) return;
  Bytes encoded = encode(*decoded);
  // The encoder shortens lists that only an attacker makes so long.
  if (decoded->skipped.size() < 100'000 && decoded->alerts.size() < 100'000)
    APLOMB_CHECK(std::ranges::equal(encoded, bytes));
  else
    APLOMB_CHECK(archive::decode_manifest(encoded).has_value());
}

// Behind magic, time and binding, which the reader compares and nothing else.
void file_list(ByteView bytes) {
  fs::MemoryFs memory;
  auto dir = memory.make_dirs("/state", 0700);
  ByteWriter list;
  list.bytes(as_bytes("APLMFLS1"));
  list.i64(0);
  list.id(Sha256());
  list.bytes(bytes);
  auto file = (*dir)->open("files.list", fs::Open::create);
  APLOMB_CHECK((*file)->write_at(0, list.view()).has_value());
  auto reader = archive::FileListReader::open(**dir, "files.list", Sha256());
  size_t records = 0;
  while (reader->next()) ++records;
  APLOMB_CHECK(records <= bytes.size());
  auto seeker = archive::FileListReader::open(**dir, "files.list", Sha256());
  auto found = seeker->seek("m");
  APLOMB_CHECK(!found || found->path == "m");
}

constexpr std::array kTargets = {Target{"manifest", manifest}, Target{"file_list", file_list}};

}  // namespace

std::span<const Target> archive_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
