// The bytes of one file in memory: 4 KiB pages where something was written, holes elsewhere. Copies share
// their pages until one of them writes, so that keeping the durable bytes beside the current ones is cheap.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "fs/fs.h"

namespace aplomb::fs {

class MemoryContent {
 public:
  static constexpr uint64_t kPageSize = 4096;

  uint64_t size() const { return size_; }
  uint64_t allocated() const { return pages_.size() * kPageSize; }
  bool has_page_at(uint64_t offset) const { return pages_.contains(offset / kPageSize); }

  size_t read(uint64_t offset, std::span<uint8_t> out) const;
  void write(uint64_t offset, ByteView data);
  void truncate(uint64_t size);
  std::vector<Extent> extents() const;

 private:
  using Page = std::array<uint8_t, kPageSize>;
  Page& writable_page(uint64_t index);

  // Bytes of the last page beyond size_ are zero, so that growing shows zeros.
  std::map<uint64_t, std::shared_ptr<Page>> pages_;
  uint64_t size_ = 0;
};

}  // namespace aplomb::fs
