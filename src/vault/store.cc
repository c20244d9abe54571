#include "vault/store.h"

#include <algorithm>

namespace aplomb::vault {

Status ReaderStore::read_pack(const PackId& pack, uint64_t size, const std::function<void(ByteView)>& take) {
  constexpr uint64_t kStep = 512 * 1024;
  for (uint64_t position = 0; position < size; position += kStep)
    take(TRY(pack_range(pack, position, std::min(kStep, size - position))));
  return {};
}

}  // namespace aplomb::vault
