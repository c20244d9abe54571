// The formats of the vault.
#include <algorithm>
#include <array>

#include "fuzz/targets.h"
#include "vault/frame.h"
#include "vault/index.h"
#include "vault/log_entry.h"
#include "vault/pack_file.h"
#include "vault/s3_cache.h"
#include "vault/s3_log.h"
#include "vault/s3_xml.h"
#include "vault/tree.h"
#include "vault/writer_key.h"

namespace aplomb::fuzz {
namespace {

void check_same(const Bytes& encoded, ByteView bytes) {
  APLOMB_CHECK(std::ranges::equal(encoded, bytes));
}

void pack_table(ByteView bytes) {
  auto table = vault::decode_pack_table(bytes);
  if (!table) return;
  (void)vault::check_frames(*table, vault::kPackMax);
  check_same(encode(*table), bytes);
}

void pack_file(ByteView bytes) {
  auto pack = vault::read_pack_table(bytes.size(), [&](uint64_t offset, uint64_t length) -> Result<Bytes> {
    if (offset > bytes.size() || length > bytes.size() - offset) return fail(Code::corrupt, "too short");
    ByteView part = bytes.subspan(offset, length);
    return Bytes(part.begin(), part.end());
  });
  if (pack) APLOMB_CHECK(pack->frames_end <= bytes.size());
}

void header(ByteView bytes) {
  auto decoded = vault::decode_header(bytes);
  if (decoded && decoded->intact) check_same(encode(*decoded), bytes);
}

void log_entry(ByteView bytes) {
  auto entry = vault::decode_log_entry(bytes);
  if (entry && entry->intact) check_same(encode(*entry, nullptr), bytes);
}

// What is signed must be everything but the signature.
void commit(ByteView bytes) {
  auto decoded = vault::decode_commit(bytes);
  if (decoded) APLOMB_CHECK(decoded->signed_part.size() + decoded->signature.size() == bytes.size());
}

void record(ByteView bytes) {
  auto decoded = vault::decode_record(bytes);
  if (decoded) APLOMB_CHECK(decoded->signed_part.size() + decoded->signature.size() == bytes.size());
}

void removal(ByteView bytes) {
  auto decoded = vault::decode_removal(bytes);
  if (decoded) check_same(encode(*decoded), bytes);
}

// Behind its hash, which no fuzzer can find.
void index_run(ByteView bytes) {
  Bytes hashed(bytes.begin(), bytes.end());
  Sha256 hash = crypto::sha256(bytes);
  hashed.insert(hashed.end(), hash.bytes.begin(), hash.bytes.end());
  auto run = vault::decode_index_run(hashed);
  if (!run) return;
  check_same(encode(*run), hashed);
  APLOMB_CHECK(vault::merge({&*run, &*run}).packs.size() <= run->packs.size());
}

void tree(ByteView bytes) {
  auto decoded = vault::decode_tree(bytes);
  if (decoded) check_same(encode(*decoded), bytes);
}

void domain_body(ByteView bytes) {
  auto decoded = vault::decode_domain_body(bytes);
  if (decoded) check_same(encode(*decoded), bytes);
}

void compressed(ByteView bytes) {
  constexpr uint64_t kLimit = 1 << 20;
  auto raw = vault::decompress(bytes, kLimit);
  if (raw) APLOMB_CHECK(raw->size() <= kLimit);
}

// Whatever an S3 server answers: each reader of answers in turn.
void s3_answer(ByteView bytes) {
  auto page = vault::parse_version_page(bytes);
  if (page) {
    APLOMB_CHECK(page->versions.size() <= vault::kXmlNodesMax);
    for (const vault::S3Version& version : page->versions)
      APLOMB_CHECK(!version.key.empty() && !version.id.empty());
  }
  (void)vault::parse_fault(bytes);
  (void)vault::parse_upload_id(bytes);
  (void)vault::parse_lock_rule(bytes);
  (void)vault::parse_retention(bytes);
}

void s3_log_object(ByteView bytes) {
  auto object = vault::decode_s3_log_object(bytes);
  if (object) check_same(encode(*object), bytes);
}

// Behind its hash, as index_run.
void s3_cached_run(ByteView bytes) {
  Bytes hashed(bytes.begin(), bytes.end());
  Sha256 hash = crypto::sha256(bytes);
  hashed.insert(hashed.end(), hash.bytes.begin(), hash.bytes.end());
  auto run = vault::decode_s3_cached_run(hashed);
  if (run) check_same(encode(*run), hashed);
}

constexpr std::array kTargets = {
    Target{"pack_table", pack_table},
    Target{"pack_file", pack_file},
    Target{"header", header},
    Target{"log_entry", log_entry},
    Target{"commit", commit},
    Target{"record", record},
    Target{"index_run", index_run},
    Target{"tree", tree},
    Target{"domain_body", domain_body},
    Target{"compressed", compressed},
    Target{"removal", removal},
    Target{"s3_answer", s3_answer},
    Target{"s3_log_object", s3_log_object},
    Target{"s3_cached_run", s3_cached_run},
};

}  // namespace

std::span<const Target> vault_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
