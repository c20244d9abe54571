#include "recover/rebuilt_check.h"

#include "base/messages.h"
#include "recover/rebuild.h"
#include "site/database_repair.h"

namespace aplomb::recover {
namespace {

constexpr size_t kStep = 1 << 20;

class Checker {
 public:
  explicit Checker(fs::Dir& target) : target_(target) {}

  Status check(const std::string& path, const vault::Node& node) {
    if (node.is_dir()) {
      if (!target_.open_dir(path)) wrong(path, tr("it is missing"));
    } else if (node.is_file()) {
      TRY(check_file(path, node));
    } else if (node.type == fs::FileType::symlink) {
      auto link = target_.read_link(path);
      if (!link || *link != node.target) wrong(path, tr("it leads elsewhere"));
    }
    return {};
  }

  Status check(const StagedDatabase& database) {
    const std::string path = place_in_rebuilt(database.entry);
    const size_t before = out_.problems.size();
    TRY(check_file(path, database.entry.node));
    ++out_.databases;
    if (out_.problems.size() > before) return {};
    // One that is too large to be looked into: the judge says so, at the gate.
    if (database.image.empty()) return {};
    Bytes image = TRY(fs::read_file(target_, path, database.image.size()));
    site::RepairOptions options;
    options.kind = site::engine_of(database.entry.engine);
    options.image_bytes_max = image.size();
    auto whole = site::repair_database(image, {}, options);  // an empty repair is the check alone
    if (!whole && whole.error().code == Code::unsupported) return fail(std::move(whole).error());
    if (!whole) wrong(path, whole.error().what);
    return {};
  }

  RebuiltCheck take() { return std::move(out_); }

 private:
  void wrong(const std::string& path, const std::string& why) {
    out_.problems.push_back(tr("{}: {}", printable(path), printable(why)));
  }

  Status check_file(const std::string& path, const vault::Node& node) {
    auto file = target_.open(path, fs::Open::read);
    if (!file) {
      wrong(path, file.error().what);
      return {};
    }
    crypto::Sha256Stream hash;
    Bytes buffer(kStep);
    uint64_t offset = 0;
    for (size_t count = kStep; count == kStep; offset += count) {
      count = TRY((*file)->read_at(offset, buffer));
      hash.update(ByteView(buffer).first(count));
    }
    if (offset != node.size || hash.finish() != node.hash)
      wrong(path, tr("its bytes are not those of the point"));
    ++out_.files;
    out_.bytes += offset;
    return {};
  }

  fs::Dir& target_;
  RebuiltCheck out_;
};

}  // namespace

Result<RebuiltCheck> check_rebuilt(const Case& incident, fs::Dir& target) {
  Checker checker(target);
  StagedView future = incident.future();
  TRY(future.for_each(
      [&](const std::string& path, const vault::Node& node) { return checker.check(path, node); }));
  for (const StagedDatabase& database : incident.databases()) TRY(checker.check(database));
  return checker.take();
}

}  // namespace aplomb::recover
