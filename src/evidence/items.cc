#include "evidence/items.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/messages.h"
#include "evidence/collector.h"

namespace aplomb::evidence {
namespace {

constexpr size_t kLeftOutMax = 1000;

// Of one exhibit: how many items, how much of one, how much of all.
struct Bound {
  uint64_t count, one, all;
};
Bound bound_of(Exhibit exhibit) {
  constexpr uint64_t kMiB = 1 << 20;
  switch (exhibit) {
    case Exhibit::processes:
      return {500, 32 * kMiB, 64 * kMiB};
    case Exhibit::temporary:
      return {100, 8 * kMiB, 16 * kMiB};
    case Exhibit::logs:
      return {2000, 32 * kMiB, 96 * kMiB};
    case Exhibit::packages:
      return {20, 16 * kMiB, 24 * kMiB};
    default:
      return {3000, 2 * kMiB, 16 * kMiB};
  }
}

class BytesFile final : public fs::File {
 public:
  BytesFile(std::string bytes, Time time) : bytes_(std::move(bytes)), time_(time) {}
  Result<size_t> read_at(uint64_t offset, std::span<uint8_t> out) override {
    if (offset >= bytes_.size()) return size_t{0};
    const size_t count = std::min(out.size(), bytes_.size() - static_cast<size_t>(offset));
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }
  Result<fs::Stat> stat() override {
    fs::Stat stat;
    stat.mode = 0400;
    stat.size = stat.allocated = bytes_.size();
    stat.mtime_ns = stat.ctime_ns = time_.ns;
    return stat;
  }
  Result<std::vector<fs::Extent>> data_extents() override {
    return std::vector<fs::Extent>{{0, bytes_.size()}};
  }
  Result<std::vector<fs::Xattr>> xattrs() override { return std::vector<fs::Xattr>(); }
  Status write_at(uint64_t, ByteView) override { return never(); }
  Status truncate(uint64_t) override { return never(); }
  Status sync() override { return never(); }
  Status set_xattr(const fs::Xattr&) override { return never(); }
  Status remove_xattr(std::string_view) override { return never(); }
  Status set_mode(uint32_t) override { return never(); }
  Status set_owner(uint32_t, uint32_t) override { return never(); }
  Status set_mtime(int64_t) override { return never(); }
  Status try_lock() override { return never(); }

 private:
  static Status never() { return fail(os_error(EROFS, "", "")); }
  const std::string bytes_;
  const Time time_;
};

bool holds_private_key(ByteView bytes) {
  return as_text(bytes).find("PRIVATE KEY-----") != std::string_view::npos;
}

}  // namespace

std::unique_ptr<fs::File> file_of(std::string bytes, Time time) {
  return std::make_unique<BytesFile>(std::move(bytes), time);
}

Item item_of(Exhibit exhibit, std::string path, std::string source, std::string how, std::string bytes,
             Time time) {
  Item item{exhibit, std::move(path), std::move(source), std::move(how), {}, {}};
  item.stat = BytesFile(bytes, time).stat().value();
  item.open = [bytes = std::move(bytes), time]() -> Result<std::unique_ptr<fs::File>> {
    return file_of(bytes, time);
  };
  return item;
}

void Items::leave_out(const std::string& what, const std::string& why) {
  if (left_out_.size() < kLeftOutMax) left_out_.push_back({shown(what), shown(why)});
}

bool Items::room(Exhibit exhibit, uint64_t size) {
  Used& used = used_[static_cast<size_t>(exhibit)];
  const Bound bound = bound_of(exhibit);
  if (size > bound.one || used.count >= bound.count || used.bytes + size > bound.all) return false;
  used.bytes += size;
  ++used.count;
  return true;
}

void Items::add(Item item) {
  const uint64_t most = bound_of(item.exhibit).one;
  // Of a log that is too long, its end. A binary one is of no use without its beginning.
  const bool tail =
      item.exhibit == Exhibit::logs && item.stat.size > most && !item.path.ends_with(".journal");
  if (!room(item.exhibit, tail ? most : item.stat.size))
    return leave_out(item.source, tr("too large, or there is more than can be kept"));
  item.cut = tail;
  if (tail) item.how += ", the last " + std::to_string(most) + " bytes";
  items_.push_back(std::move(item));
}

std::vector<Item> Items::take() {
  std::ranges::stable_sort(items_, {}, &Item::exhibit);
  std::set<std::pair<Exhibit, std::string>> used;
  for (Item& item : items_) {
    const std::string path = item.path;
    for (int i = 2; !used.emplace(item.exhibit, item.path).second; ++i)
      item.path = path + "~" + std::to_string(i);
  }
  return std::move(items_);
}

Result<Taken> read_item(const Item& item) {
  auto file = TRY(item.open());
  Taken taken;
  taken.stat = TRY(file->stat());
  const uint64_t end = item.stat.size, most = bound_of(item.exhibit).one;
  const uint64_t begin = end > most ? end - most : 0;
  taken.bytes.resize(static_cast<size_t>(end - begin));
  size_t got = 0;
  while (got < taken.bytes.size()) {
    const size_t more = TRY(file->read_at(begin + got, std::span(taken.bytes).subspan(got)));
    if (more == 0) break;
    got += more;
  }
  taken.bytes.resize(got);
  taken.another_state = taken.stat != item.stat || TRY(file->stat()) != item.stat;
  const bool configured = item.exhibit == Exhibit::configuration || item.exhibit == Exhibit::persistence;
  if (configured && holds_private_key(taken.bytes)) return fail(Code::refused, tr("it holds secrets"));
  return taken;
}

}  // namespace aplomb::evidence
