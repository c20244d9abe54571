#include "continuity/kept_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/messages.h"
#include "crypto/crypto.h"
#include "http/url.h"

namespace aplomb::continuity {
namespace {

constexpr const char* kFolder = "continuity";
constexpr const char* kList = "pages.json";
constexpr size_t kNameDigits = 12, kPagesMax = 10'000, kPathMax = http::kUrlSizeMax, kTypeMax = 1024;
constexpr uint64_t kListMax = 16 << 20, kBodyMax = 64 << 20, kAllMax = 512ULL << 20;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_copy_name(std::string_view name) {
  return name.size() == kNameDigits && is_hex(name);
}

struct PageLine {
  std::string url_path, content_type, sha256, file;
};

struct PageList {
  std::string snapshot;
  Time captured;
  std::vector<PageLine> pages;
};

std::string text_of(const nlohmann::json& object, const char* key, size_t size_max) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  std::string text = found->get<std::string>();
  return text.size() <= size_max ? text : std::string();
}

bool is_file_name(std::string_view name) {
  return name.size() >= 4 && name.size() <= 6 && name.find_first_not_of("0123456789") == name.npos;
}

Error damaged(const std::string& name) {
  return make_error(Code::corrupt, tr("the list of a kept copy is damaged"))
      .at(fmt::format("{}/{}/{}", kFolder, name, kList));
}

Result<PageList> read_list(fs::Dir& state, const std::string& name) {
  Bytes bytes = TRY(fs::read_file(state, fmt::format("{}/{}/{}", kFolder, name, kList), kListMax));
  nlohmann::json json = nlohmann::json::parse(as_text(bytes), nullptr, false);
  if (!json.is_object() || !json.contains("captured_ns") || !json["captured_ns"].is_number_integer() ||
      !json.contains("pages") || !json["pages"].is_array() || json["pages"].size() > kPagesMax)
    return fail(damaged(name));
  PageList list{text_of(json, "snapshot", 64), Time{json["captured_ns"].get<int64_t>()}, {}};
  if (list.snapshot.substr(0, kNameDigits) != name || !is_hex(list.snapshot)) return fail(damaged(name));
  for (const nlohmann::json& line : json["pages"]) {
    if (!line.is_object()) return fail(damaged(name));
    PageLine page{text_of(line, "url_path", kPathMax), text_of(line, "content_type", kTypeMax),
                  text_of(line, "sha256", 64), text_of(line, "file", 6)};
    if (!page.url_path.starts_with('/') || !is_file_name(page.file)) return fail(damaged(name));
    list.pages.push_back(std::move(page));
  }
  return list;
}

Result<std::vector<std::string>> copy_names(fs::Dir& state) {
  auto folder = state.open_dir(kFolder);
  if (!folder && folder.error().code == Code::not_found) return std::vector<std::string>();
  if (!folder) return fail(std::move(folder).error());
  std::vector<std::string> names;
  for (const fs::Entry& entry : TRY((*folder)->list()))
    if (entry.type == fs::FileType::directory && is_copy_name(entry.name)) names.push_back(entry.name);
  return names;
}

// Of those whose list can be read, the one captured last first; the others are named in `unreadable`.
Result<std::vector<PageList>> lists_by_age(fs::Dir& state, std::vector<Error>& unreadable) {
  std::vector<PageList> lists;
  for (const std::string& name : TRY(copy_names(state))) {
    auto list = read_list(state, name);
    list ? lists.push_back(std::move(*list)) : unreadable.push_back(std::move(list).error());
  }
  std::ranges::stable_sort(lists, std::ranges::greater{}, &PageList::captured);
  return lists;
}

// ---- writing ----

Status write_new(fs::Dir& dir, const std::string& name, ByteView body) {
  auto file = TRY(dir.open(name, fs::Open::create_new));
  TRY(file->write_at(0, body));
  return file->sync();
}

Status write_copy(fs::Dir& dir, const std::string& snapshot, Time captured,
                  const std::vector<CrawledPage>& pages) {
  std::map<Sha256, std::string> files;
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const CrawledPage& page : pages) {
    const Sha256 hash = crypto::sha256(page.body);
    auto [place, fresh] = files.try_emplace(hash, fmt::format("{:04}", files.size() + 1));
    if (fresh) TRY(write_new(dir, place->second, page.body));
    lines.push_back({{"url_path", http::canonical_target(page.url_path)},
                     {"content_type", printable(page.content_type)},
                     {"sha256", hash.hex()},
                     {"file", place->second}});
  }
  nlohmann::ordered_json json = {{"snapshot", snapshot}, {"captured_ns", captured.ns}, {"pages", lines}};
  TRY(write_new(dir, kList, as_bytes(json.dump(1) + "\n")));
  return dir.sync();
}

Status remove_old(fs::Dir& state, const std::string& just_kept) {
  std::vector<Error> unreadable;
  std::vector<PageList> lists = TRY(lists_by_age(state, unreadable));
  std::vector<std::string> stay = {just_kept};
  for (const PageList& list : lists) {
    const std::string name = list.snapshot.substr(0, kNameDigits);
    if (name != just_kept && stay.size() < kCopiesKept) stay.push_back(name);
  }
  for (const std::string& name : TRY(copy_names(state)))
    if (std::ranges::find(stay, name) == stay.end())
      TRY(fs::remove_tree(state, fs::join_path(kFolder, name)));
  return {};
}

// ---- reading ----

Result<CrawledPage> read_page(fs::Dir& state, const std::string& folder, const PageLine& line) {
  Bytes body = TRY(fs::read_file(state, fs::join_path(folder, line.file), kBodyMax));
  if (crypto::sha256(body).hex() != line.sha256)
    return fail(Code::corrupt, tr("it is not what was kept of the snapshot"));
  return CrawledPage{line.url_path, line.content_type, std::move(body)};
}

KeptCopy read_copy(fs::Dir& state, const PageList& list) {
  KeptCopy copy{list.snapshot, list.captured, {}, {}};
  const std::string folder = fs::join_path(kFolder, list.snapshot.substr(0, kNameDigits));
  uint64_t bytes = 0;
  for (const PageLine& line : list.pages) {
    auto page = read_page(state, folder, line);
    if (page) bytes += page->body.size();
    if (page && bytes <= kAllMax) {
      copy.pages.push_back(std::move(*page));
      continue;
    }
    const std::string why = page ? tr("the copy is too large") : page.error().what;
    copy.warnings.push_back(
        tr("the page {} of the citizens' copy is left out: {}", printable(line.url_path), why));
  }
  return copy;
}

}  // namespace

Status keep_pages(fs::Dir& site_state, const std::string& snapshot, Time captured,
                  const std::vector<CrawledPage>& pages) {
  if (snapshot.size() < kNameDigits || !is_hex(snapshot))
    return fail(make_error(Code::usage, tr("this is not the name of a snapshot")).at(printable(snapshot)));
  if (pages.empty()) return {};
  if (pages.size() > kPagesMax) return fail(Code::limit, tr("the citizens' copy has too many pages"));
  const std::string context = tr("the pages for the citizens' copy cannot be kept");
  TRY_IN(fs::make_dirs(site_state, kFolder, 0700), context);
  TRY_IN(site_state.sync(), context);
  auto copies = TRY_IN(site_state.open_dir(kFolder), context);
  const std::string name = snapshot.substr(0, kNameDigits);
  const std::string building = std::string(fs::kTemporaryPrefix) + name;
  TRY_IN(fs::remove_tree(*copies, building), context);  // what a crash left
  TRY_IN(copies->make_dir(building, 0700), context);
  auto fresh = TRY_IN(copies->open_dir(building), context);
  TRY_IN(write_copy(*fresh, snapshot, captured, pages), context);
  TRY_IN(fs::remove_tree(*copies, name), context);  // the same snapshot kept again
  TRY_IN(copies->rename(building, *copies, name, fs::Replace::no), context);
  TRY_IN(copies->sync(), context);
  return remove_old(site_state, name);
}

Result<std::optional<KeptCopy>> load_copy(fs::Dir& site_state, std::string_view snapshot_prefix) {
  std::vector<Error> unreadable;
  std::vector<PageList> lists = TRY(lists_by_age(site_state, unreadable));
  std::vector<std::string> warnings;
  for (const Error& error : unreadable) warnings.push_back(fmt::format("{} ({})", error.what, error.where));
  for (const PageList& list : lists) {
    if (!list.snapshot.starts_with(snapshot_prefix)) continue;
    KeptCopy copy = read_copy(site_state, list);
    copy.warnings.insert(copy.warnings.begin(), warnings.begin(), warnings.end());
    if (!copy.pages.empty()) return copy;
    warnings = std::move(copy.warnings);
  }
  return std::nullopt;
}

}  // namespace aplomb::continuity
