#include "vault/doubtful.h"

#include "base/messages.h"

namespace aplomb::vault {
namespace {

constexpr char kFolder[] = "doubtful";

std::string suffix(Doubt doubt) {
  return doubt == Doubt::damaged ? ".damaged" : ".false";
}

std::string mark_path(const DoubtfulPack& doubtful) {
  return std::string(kFolder) + "/" + doubtful.pack.hex() + suffix(doubtful.doubt);
}

std::optional<DoubtfulPack> parse_mark(std::string_view name) {
  for (Doubt doubt : {Doubt::damaged, Doubt::false_chunks}) {
    std::string end = suffix(doubt);
    if (!name.ends_with(end)) continue;
    if (auto pack = PackId::parse(name.substr(0, name.size() - end.size())))
      return DoubtfulPack{*pack, doubt};
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<DoubtfulPack>> DoubtfulPacks::read(fs::Dir& vault) {
  std::vector<DoubtfulPack> marks;
  auto folder = vault.open_dir(kFolder);
  if (!folder && folder.error().code == Code::not_found) return marks;
  if (!folder) return fail(std::move(folder).error());
  for (const fs::Entry& entry : TRY((*folder)->list()))
    if (auto mark = parse_mark(entry.name)) marks.push_back(*mark);
  return marks;
}

Status DoubtfulPacks::mark_on_disk(fs::Dir& vault, const DoubtfulPack& doubtful) {
  TRY(fs::make_dirs(vault, kFolder, 0700));
  TRY(vault.open(mark_path(doubtful), fs::Open::create));
  auto folder = TRY(vault.open_dir(kFolder));
  TRY(folder->sync());
  return vault.sync();
}

Status DoubtfulPacks::clear_on_disk(fs::Dir& vault, const DoubtfulPack& doubtful) {
  Status removed = vault.remove(mark_path(doubtful));
  if (!removed && removed.error().code == Code::not_found) return {};
  return removed;
}

void DoubtfulPacks::set_marks(const std::vector<DoubtfulPack>& marks) {
  marks_.clear();
  for (const DoubtfulPack& mark : marks) marks_[mark.pack].insert(mark.doubt);
  collect();
}

void DoubtfulPacks::mark(const DoubtfulPack& doubtful) {
  marks_[doubtful.pack].insert(doubtful.doubt);
  packs_.insert(doubtful.pack);
}

void DoubtfulPacks::clear(const DoubtfulPack& doubtful) {
  auto found = marks_.find(doubtful.pack);
  if (found == marks_.end()) return;
  found->second.erase(doubtful.doubt);
  if (found->second.empty()) marks_.erase(found);
  collect();
}

void DoubtfulPacks::has_wrong_size(const PackId& pack) {
  wrong_size_.insert(pack);
  packs_.insert(pack);
}

void DoubtfulPacks::collect() {
  packs_ = wrong_size_;
  for (const auto& [pack, doubts] : marks_) packs_.insert(pack);
}

}  // namespace aplomb::vault
