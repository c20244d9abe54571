#include "fs/memory_content.h"

#include <algorithm>

namespace aplomb::fs {

size_t MemoryContent::read(uint64_t offset, std::span<uint8_t> out) const {
  if (offset >= size_) return 0;
  out = out.first(std::min<uint64_t>(out.size(), size_ - offset));
  size_t done = 0;
  while (done < out.size()) {
    uint64_t at = offset + done;
    size_t count = std::min<uint64_t>(out.size() - done, kPageSize - at % kPageSize);
    auto page = pages_.find(at / kPageSize);
    if (page == pages_.end()) {
      std::fill_n(out.data() + done, count, uint8_t{0});
    } else {
      std::copy_n(page->second->data() + at % kPageSize, count, out.data() + done);
    }
    done += count;
  }
  return done;
}

MemoryContent::Page& MemoryContent::writable_page(uint64_t index) {
  std::shared_ptr<Page>& page = pages_[index];
  if (!page) {
    page = std::make_shared<Page>();
    page->fill(0);
  } else if (page.use_count() > 1) {
    page = std::make_shared<Page>(*page);
  }
  return *page;
}

void MemoryContent::write(uint64_t offset, ByteView data) {
  if (data.empty()) return;
  size_ = std::max(size_, offset + data.size());
  while (!data.empty()) {
    size_t count = std::min<uint64_t>(data.size(), kPageSize - offset % kPageSize);
    std::copy_n(data.data(), count, writable_page(offset / kPageSize).data() + offset % kPageSize);
    data = data.subspan(count);
    offset += count;
  }
}

void MemoryContent::truncate(uint64_t size) {
  if (size < size_) {
    pages_.erase(pages_.lower_bound((size + kPageSize - 1) / kPageSize), pages_.end());
    if (size % kPageSize != 0 && has_page_at(size)) {
      Page& last = writable_page(size / kPageSize);
      std::fill(last.begin() + static_cast<ptrdiff_t>(size % kPageSize), last.end(), uint8_t{0});
    }
  }
  size_ = size;
}

std::vector<Extent> MemoryContent::extents() const {
  std::vector<Extent> out;
  for (const auto& [index, page] : pages_) {
    uint64_t start = index * kPageSize;
    uint64_t length = std::min(kPageSize, size_ - start);
    if (!out.empty() && out.back().offset + out.back().length == start) {
      out.back().length += length;
    } else {
      out.push_back({start, length});
    }
  }
  return out;
}

}  // namespace aplomb::fs
