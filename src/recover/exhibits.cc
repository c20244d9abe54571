#include "recover/exhibits.h"

#include <fmt/format.h>

#include "base/messages.h"
#include "trace/log_files.h"

namespace aplomb::recover {
namespace {

constexpr size_t kPathMax = 4000;

std::string dump(const nlohmann::json& json) {
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Exhibits::Exhibits(const archive::Machine& machine, const site::SiteConfig& site,
                   const std::string& site_state, evidence::Items held, const std::string& top)
    : machine_(machine) {
  std::vector<std::string> elsewhere = site.roots;
  elsewhere.push_back(site_state);
  for (const site::DatabaseSpec& spec : site.databases) elsewhere.push_back(spec.path);
  held.list_machine(machine.fs, elsewhere, top);
  const trace::LogFiles logs = trace::find_logs(machine.fs, {site.roots, site.logs}, top);
  held.add_logs(machine.fs, trace::newest_first(logs.files), top);
  items_ = held.take();
  left_out_ = held.left_out();
}

Result<std::optional<archive::Page>> Exhibits::next() {
  while (at_ < items_.size()) {
    evidence::Item item = std::move(items_[at_++]);
    if (auto page = read(item)) return page;
  }
  if (list_given_) return std::optional<archive::Page>();
  list_given_ = true;
  for (const evidence::LeftOut& left_out : left_out_)
    list_.push_back({{"source", left_out.what}, {"not_read", left_out.why}});
  const std::string text = dump(list_);
  return archive::Page{evidence::kExhibitPage + std::string("items.json"), "application/json",
                       Bytes(text.begin(), text.end())};
}

std::optional<archive::Page> Exhibits::read(const evidence::Item& item) {
  const std::string path = std::to_string(static_cast<int>(item.exhibit)) + "/" + item.path;
  nlohmann::json entry = {{"exhibit", static_cast<int>(item.exhibit)},
                          {"source", printable(item.source)},
                          {"how", item.how},
                          {"taken", to_iso(machine_.clock.now())}};
  auto taken = path.size() <= kPathMax
                   ? evidence::read_item(item)
                   : Result<evidence::Taken>(fail(Code::limit, tr("its path is too long")));
  if (!taken) {
    entry["not_read"] = printable(taken.error().what);
    list_.push_back(std::move(entry));
    return std::nullopt;
  }
  entry["file"] = "exhibits/" + path;
  entry["size"] = taken->bytes.size();
  entry["sha256"] = crypto::sha256(taken->bytes).hex();
  entry["mode"] = fmt::format("{:04o}", taken->stat.mode);
  entry["uid"] = taken->stat.uid;
  entry["gid"] = taken->stat.gid;
  entry["modified"] = to_iso(Time{taken->stat.mtime_ns});
  entry["changed"] = to_iso(Time{taken->stat.ctime_ns});
  if (item.cut) entry["cut"] = true;
  if (taken->another_state) entry["changed_meanwhile"] = true;
  list_.push_back(std::move(entry));
  return archive::Page{evidence::kExhibitPage + path, "application/octet-stream", std::move(taken->bytes)};
}

}  // namespace aplomb::recover
