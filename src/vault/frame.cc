#include "vault/frame.h"

#include <zstd.h>

#include <memory>

#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr int kFrameLevel = 1;  // measured in shared anchors: level 3 costs twice the time for 2 % of size

struct FreeCompress {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompress {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compression_context() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeCompress> context(ZSTD_createCCtx());
  APLOMB_CHECK(context != nullptr);
  return context.get();
}

ZSTD_DCtx* decompression_context() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeDecompress> context(ZSTD_createDCtx());
  APLOMB_CHECK(context != nullptr);
  return context.get();
}

// What the tag also protects: that this frame is this frame of this pack, and how to unpack it.
Bytes associated(const FrameEntry& entry, const DomainId& domain, const std::array<uint8_t, 32>& salt) {
  ByteWriter writer;
  writer.bytes(as_bytes(kInfoFrame));
  writer.u8(kFormat);
  writer.id(domain);
  writer.bytes(salt);
  writer.u32(entry.number);
  writer.u8(entry.flags);
  writer.u32(entry.raw_length);
  return writer.take();
}

}  // namespace

crypto::Secret pack_key(const crypto::Secret& session_secret, const std::array<uint8_t, 32>& salt) {
  return crypto::hkdf_sha256(session_secret.view(), salt, kInfoPack, crypto::kSealKeySize);
}

Bytes compress(ByteView raw, int level) {
  Bytes packed(ZSTD_compressBound(raw.size()));
  size_t size =
      ZSTD_compressCCtx(compression_context(), packed.data(), packed.size(), raw.data(), raw.size(), level);
  APLOMB_CHECK(!ZSTD_isError(size));
  packed.resize(size);
  return packed;
}

Result<Bytes> decompress(ByteView packed, uint64_t limit) {
  unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > limit)
    return fail(Code::corrupt, tr("compressed data do not say a believable size"));
  Bytes raw(static_cast<size_t>(size));
  size_t got =
      ZSTD_decompressDCtx(decompression_context(), raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != raw.size()) return fail(Code::corrupt, tr("compressed data are damaged"));
  return raw;
}

void seal_frame(Bytes& out, FrameEntry& entry, const crypto::Secret& key, const DomainId& domain,
                const std::array<uint8_t, 32>& salt, ByteView raw) {
  size_t start = out.size();
  entry.raw_length = static_cast<uint32_t>(raw.size());
  if ((entry.flags & kFramePlain) != 0) {
    entry.flags = kFramePlain;
    out.insert(out.end(), raw.begin(), raw.end());
  } else {
    Bytes packed = compress(raw, kFrameLevel);
    bool gains = packed.size() < raw.size() - raw.size() / 32;
    entry.flags = gains ? kFrameZstd : 0;
    crypto::seal_into(out, key.view(), crypto::counter_nonce(entry.number), associated(entry, domain, salt),
                      gains ? ByteView(packed) : raw);
  }
  entry.stored_length = static_cast<uint32_t>(out.size() - start);
}

Result<Bytes> open_frame(const FrameEntry& entry, const crypto::Secret& key, const DomainId& domain,
                         const std::array<uint8_t, 32>& salt, ByteView stored) {
  Bytes plain = TRY(crypto::open_sealed(key.view(), crypto::counter_nonce(entry.number),
                                        associated(entry, domain, salt), stored));
  if ((entry.flags & kFrameZstd) != 0) plain = TRY(decompress(plain, entry.raw_length));
  if (plain.size() != entry.raw_length)
    return fail(Code::corrupt, tr("a frame does not have the length it says"));
  return plain;
}

Result<Bytes> open_plain_frame(const FrameEntry& entry, ByteView stored) {
  if (entry.flags != kFramePlain || stored.size() != entry.raw_length)
    return fail(Code::corrupt, tr("a frame does not have the length it says"));
  return Bytes(stored.begin(), stored.end());
}

}  // namespace aplomb::vault
