// scrypt with limits checked before anything is allocated. The limits on memory and on work stand apart,
// because p multiplies the work and hardly the memory: 2^24 blocks of work are 32 times the default, some
// seconds.
#include <openssl/evp.h>

#include "base/messages.h"
#include "crypto/crypto.h"

namespace aplomb::crypto {
namespace {

Status check_cost(const ScryptCost& cost) {
  bool small = cost.log2_n < 32 && cost.r <= kScryptRMax && cost.p <= kScryptPMax;
  uint64_t blocks = small ? uint64_t{cost.r} << cost.log2_n : 0;  // below 2^37, so nothing overflows
  if (!small || 128 * (blocks + uint64_t{cost.r} * cost.p) > kScryptMemoryMax ||
      blocks * cost.p > kScryptWorkMax)
    return fail(Code::limit, tr("the passphrase settings ask for too much memory or time (N = 2^{}, r = {}, "
                                "p = {}); Aplomb does not write such key files",
                                cost.log2_n, cost.r, cost.p));
  // N > 1 and N < 2^(128 r / 8): RFC 7914, section 6.
  if (cost.log2_n == 0 || cost.r == 0 || cost.p == 0 || cost.log2_n >= 16 * cost.r)
    return fail(Code::corrupt, tr("the passphrase settings of the key file make no sense"));
  return {};
}

}  // namespace

Result<Secret> scrypt(std::string_view passphrase, ByteView salt, const ScryptCost& cost, size_t size) {
  TRY(check_cost(cost));
  Secret out(size);
  // OpenSSL counts a little more than the table itself, hence the room above our own limit.
  uint64_t room = kScryptMemoryMax + kScryptMemoryMax / 16;
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), salt.data(), salt.size(), 1ull << cost.log2_n,
                     cost.r, cost.p, room, out.writable().data(), out.size()) != 1)
    return fail(make_error(Code::limit, tr("there is not enough free memory to check the passphrase"))
                    .then(tr("free {} MiB of memory and try again",
                             (uint64_t{cost.r} << cost.log2_n) / (8 * 1024) + 1)));
  return out;
}

}  // namespace aplomb::crypto
