// When a FaultFs fails. A sweep runs the code under test with fail_at(1), fail_at(2), … until a run ends
// without triggered(); or it counts the operations of a good run first.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

namespace aplomb::fs {

// The calls of the seam. Some stand for several: `attributes` sets a mode, an owner, a time or an extended
// attribute; `make` is a directory, a symlink or a node; `create` is an open that may make a file.
enum class Op : uint8_t {
  open,
  open_dir,
  read,
  read_link,
  read_xattrs,
  stat,
  list,
  extents,
  free_bytes,
  lock,
  create,  // from here on: changes
  write,
  truncate,
  make,
  link,
  rename,
  remove,
  attributes,
  sync_file,
  sync_dir,
};

constexpr bool is_change(Op op) {
  return op >= Op::create;
}  // syncs too: they change what survives
constexpr bool is_sync(Op op) {
  return op == Op::sync_file || op == Op::sync_dir;
}

// Thread-safe. Outlives the FaultFs that use it and their handles. Numbers start at 1 and count only what
// passes the filter; planning a fault or setting the filter starts the counts anew.
class FaultPlan {
 public:
  enum class Span { once, from_then_on };
  using Filter = std::function<bool(Op op, std::string_view path)>;

  // Paths are absolute, from the one that the Fs was opened with; a sync of a directory has the directory's.
  void set_filter(Filter filter);
  // The k-th operation fails with this errno. A failing write first writes half of its bytes. A failing sync
  // of a file makes later syncs of that handle lie: they succeed and do nothing, as Linux does (fsyncgate,
  // 2018).
  void fail_at(uint64_t k, int sys_errno, Span span = Span::once);
  // The k-th read returns half of what it could.
  void short_read_at(uint64_t k);
  // The process dies just before the k-th change, or the k-th sync: that and all that follows fails with EIO,
  // whatever the filter says. Then MemoryFs::crash(), and open anew with a fresh plan.
  void crash_at(uint64_t k);
  void crash_at_sync(uint64_t k);
  void clear();  // no faults any more, and not crashed
  void reset();  // and no counts, no filter

  uint64_t operations() const;
  uint64_t changes() const;
  uint64_t syncs() const;
  bool triggered() const;  // whether any fault happened
  bool crashed() const;

  // For FaultFs: counts the operation and says what to do with it.
  struct Verdict {
    int sys_errno = 0;  // 0: let it pass
    bool shorten = false;
    bool dead = false;  // nothing at all may reach the disk any more
  };
  Verdict next(Op op, std::string_view path);

 private:
  struct Faults {
    uint64_t fail_at = 0, short_read_at = 0, crash_at = 0, crash_at_sync = 0;  // 0: never
    int sys_errno = 0;
    Span span = Span::once;
    bool triggered = false, crashed = false;
  };
  struct Counts {
    uint64_t operations = 0, reads = 0, changes = 0, syncs = 0;
  };

  mutable std::mutex mutex_;
  Filter filter_;
  Faults faults_;
  Counts counts_;
};

}  // namespace aplomb::fs
