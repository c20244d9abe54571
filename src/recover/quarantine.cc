#include "recover/quarantine.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/messages.h"
#include "crypto/crypto.h"

namespace aplomb::recover {
namespace {

using nlohmann::json;

constexpr char kFolder[] = "quarantine";
constexpr uint64_t kItemMax = 1024 * 1024, kContentMax = 1ull << 32;

bool valid_id(std::string_view id) {
  return !id.empty() && id.size() < 100 &&
         std::ranges::all_of(
             id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'; });
}

std::string folder_of(std::string_view id) {
  return std::string(kFolder) + "/" + std::string(id);
}

Result<QuarantineItem> parse(std::string_view text) {
  try {
    json value = json::parse(text);
    QuarantineItem item;
    item.id = value.at("id").get<std::string>();
    item.site = value.at("site").get<std::string>();
    item.time.ns = value.at("time_ns").get<int64_t>();
    auto path = from_hex(value.at("path_hex").get<std::string>());
    item.path = path ? std::string(as_text(*path)) : "";
    item.kind = value.at("kind").get<std::string>();
    item.reason.message = value.at("message").get<std::string>();
    for (const json& argument : value.at("arguments_hex")) {
      auto bytes = from_hex(argument.get<std::string>());
      item.reason.arguments.push_back(bytes ? std::string(as_text(*bytes)) : "");
    }
    item.hash = Sha256::parse(value.at("sha256").get<std::string>()).value_or(Sha256());
    item.mode = value.at("mode").get<uint32_t>();
    item.size = value.at("size").get<uint64_t>();
    return item;
  } catch (const json::exception& error) {
    return fail(Code::corrupt, tr("a quarantined item is damaged: {}", error.what()));
  }
}

}  // namespace

Status put(fs::Dir& site_state, const QuarantineItem& item, ByteView bytes) {
  APLOMB_CHECK(valid_id(item.id));
  std::string folder = folder_of(item.id);
  TRY(fs::make_dirs(site_state, folder, 0700));
  TRY(TRY(site_state.open_dir(kFolder))->sync());
  TRY(site_state.sync());
  TRY(fs::write_file_durably(site_state, folder + "/content", bytes, 0400));
  json arguments = json::array();
  for (const std::string& argument : item.reason.arguments) arguments.push_back(to_hex(as_bytes(argument)));
  json value = {{"id", item.id},
                {"site", item.site},
                {"time_ns", item.time.ns},
                {"path", printable(item.path)},
                {"path_hex", to_hex(as_bytes(item.path))},
                {"kind", item.kind},
                {"message", item.reason.message},
                {"arguments_hex", arguments},
                {"sha256", crypto::sha256(bytes).hex()},
                {"mode", item.mode},
                {"size", bytes.size()}};
  return fs::write_file_durably(site_state, folder + "/item.json", as_bytes(value.dump(1) + "\n"));
}

Result<std::vector<QuarantineItem>> list(fs::Dir& site_state) {
  std::vector<QuarantineItem> items;
  auto folder = site_state.open_dir(kFolder);
  if (!folder) return items;
  for (const fs::Entry& entry : TRY((*folder)->list())) {
    auto item = find(site_state, entry.name);
    if (item) items.push_back(std::move(*item));
  }
  return items;
}

Result<QuarantineItem> find(fs::Dir& site_state, std::string_view id) {
  Error missing = make_error(Code::not_found, tr("there is no quarantined item {}", id))
                      .then(tr("aplomb quarantine list shows them"));
  if (!valid_id(id)) return fail(std::move(missing));
  auto bytes = fs::read_file(site_state, folder_of(id) + "/item.json", kItemMax);
  if (!bytes) return fail(std::move(missing));
  return parse(as_text(*bytes));
}

Result<Bytes> content(fs::Dir& site_state, const QuarantineItem& item) {
  Bytes bytes = TRY(fs::read_file(site_state, folder_of(item.id) + "/content", kContentMax));
  if (crypto::sha256(bytes) != item.hash)
    return fail(Code::corrupt, tr("a quarantined item is not what was set aside"));
  return bytes;
}

Status release(fs::Dir& site_state, const QuarantineItem& item, fs::Dir& dir, const std::string& name) {
  Bytes bytes = TRY(content(site_state, item));
  auto file = TRY(dir.open(name, fs::Open::create_new));
  TRY(file->write_at(0, bytes));
  TRY(file->set_mode(0600));
  return file->sync();
}

}  // namespace aplomb::recover
