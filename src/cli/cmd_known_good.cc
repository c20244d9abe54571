// `aplomb known-good import FILE|DIR`: every file of a release, by its path in the release and its hash,
// signed with the owner key. The signature says "this came from the vendor", so the archive or folder must
// have. `packages` keeps Debian's packages that the sites are made of, with what vouches for them; `hook` has
// apt call that by itself.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/files.h"
#include "cli/known_good_commit.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "site/packed_files.h"
#include "vault/vault_url.h"
#include "vendor/apt_store.h"

namespace aplomb::cli {
namespace {

constexpr unsigned kDepthMax = 256;
constexpr size_t kFilesMax = 1'000'000;

Status collect(fs::Dir& dir, const std::string& path, unsigned depth, judge::Release& release) {
  if (depth > kDepthMax) return fail(make_error(Code::limit, tr("folders are nested too deeply")).at(path));
  for (const fs::Entry& entry : TRY(dir.list())) {
    std::string below = fs::join_path(path, entry.name);
    if (entry.type == fs::FileType::directory) {
      auto child = TRY(dir.open_dir(entry.name));
      TRY(collect(*child, below, depth + 1, release));
    } else if (entry.type == fs::FileType::regular) {
      if (release.files.size() == kFilesMax) return fail(Code::limit, tr("the release has too many files"));
      release.files.emplace_back(below, TRY(hash_file(dir, entry.name)));
    }
  }
  return {};
}

// "wordpress-6.4.3.tar.gz" -> "wordpress-6.4.3".
std::string without_endings(std::string name) {
  for (const char* ending : {".gz", ".bz2", ".xz", ".zst", ".tar", ".tgz", ".zip"})
    if (name.ends_with(ending) && name.size() > std::string_view(ending).size())
      name.resize(name.size() - std::string_view(ending).size());
  return name;
}

// Publishers pack a release under one folder, which is not part of it.
void strip_common_folder(judge::Release& release) {
  const std::string& first = release.files.front().first;
  const std::string top = first.substr(0, first.find('/') + 1);
  if (top.empty() ||
      !std::ranges::all_of(release.files, [&](const auto& file) { return file.first.starts_with(top); }))
    return;
  for (auto& file : release.files) file.first.erase(0, top.size());
}

// The checksum list that a publisher put beside a release, as sha256sum writes it: "HASH  path", "HASH
// *path".
Result<judge::Release> read_list(const std::string& path, std::string_view text, std::string product) {
  judge::Release release;
  release.product = product.empty() ? fs::split_path(path).second : std::move(product);
  constexpr size_t kDigits = 64;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto hash = Sha256::parse(line.substr(0, kDigits));
    if (!hash || line.size() < kDigits + 3 || line[kDigits] != ' ') continue;
    std::string_view file = line.substr(kDigits + 2);
    if (file.starts_with("./")) file.remove_prefix(2);
    if (!file.empty() && fs::valid_path(file)) release.files.emplace_back(file, *hash);
  }
  if (release.files.empty())
    return fail(make_error(Code::usage, tr("there is no SHA-256 in this file")).at(path));
  std::ranges::sort(release.files);
  strip_common_folder(release);
  return release;
}

bool is_hash_list(const std::string& name) {
  return name.ends_with(".sha256") || name.ends_with("SHA256SUMS") || name.ends_with("sha256sums.txt");
}

Result<judge::Release> read_packed(App& app, const std::string& path, std::string product) {
  auto [folder, name] = fs::split_path(path);
  auto dir = TRY(app.fs().open_dir(folder.empty() ? "/" : folder));
  const Bytes bytes = TRY(fs::read_file(*dir, name, site::PackedFiles::kArchiveMax));
  if (is_hash_list(name)) return read_list(path, as_text(bytes), std::move(product));
  auto packed = site::PackedFiles::open(bytes);
  if (!packed) return fail(std::move(packed).error().at(path));
  judge::Release release;
  release.product = product.empty() ? without_endings(name) : std::move(product);
  for (;;) {
    auto file = packed->next();
    if (!file) return fail(std::move(file).error().at(path));
    if (!*file) break;
    release.files.emplace_back((*file)->path, crypto::sha256((*file)->content));
  }
  if (release.files.empty())
    return fail(make_error(Code::usage, tr("there is no file in this archive"))
                    .at(path)
                    .then(tr("give another one")));
  std::ranges::sort(release.files);
  strip_common_folder(release);
  return release;
}

Result<judge::Release> read_release(App& app, const std::string& path, std::string product) {
  auto dir = app.fs().open_dir(path);
  if (!dir && dir.error().sys_errno == ENOTDIR) return read_packed(app, path, std::move(product));
  if (!dir) return fail(std::move(dir).error().in(tr("the release cannot be read")).at(path));
  judge::Release release;
  release.product = product.empty() ? fs::split_path(path).second : std::move(product);
  TRY(collect(**dir, "", 0, release));
  if (release.files.empty())
    return fail(make_error(Code::usage, tr("there is no file in this folder"))
                    .at(path)
                    .then(tr("unpack the release into it")));
  return release;
}

// Signed once; the judge of every site on this machine has its own copy of the record.
Status keep_for_other_sites(App& app, const Session& session) {
  const auto& sites = session.config().sites;
  auto first = TRY(app.fs().open_dir(session.state(sites.front()).path + "/trust"));
  std::vector<fs::Entry> entries = TRY(first->list());
  auto newest = std::find_if(entries.rbegin(), entries.rend(),
                             [](const fs::Entry& e) { return e.name.ends_with(".release"); });
  if (newest == entries.rend()) return {};
  constexpr uint64_t kRecordMax = 512ull * 1024 * 1024;
  Bytes body = TRY(fs::read_file(*first, newest->name, kRecordMax));
  for (size_t i = 1; i < sites.size(); ++i) {
    auto trust = TRY(app.fs().make_dirs(session.state(sites[i]).path + "/trust", 0700));
    TRY(fs::write_file_durably(*trust, newest->name, body));
  }
  return {};
}

Result<int> import_release(App& app, Session* session, const Arguments& arguments) {
  if (arguments.words.size() != 2)
    return fail(make_error(Code::usage, tr("the release to import is missing"))
                    .then("aplomb known-good import FILE|DIR"));
  std::string path = absolute_path(arguments.word(1));
  judge::Release release = TRY(read_release(app, path, arguments.value("--name")));
  const crypto::SigningKey* owner = TRY(session->owner_key());
  vault::VaultHeader header = TRY(session->header());
  vault::OwnerStore* store = TRY(session->owner_store());
  TRY(judge::sign_release(app.machine(), *store, *owner, header,
                          session->state(session->config().sites.front()).path, release));
  TRY(keep_for_other_sites(app, *session));
  app.out().say(tr("{}: {} files are known as published by their vendor", printable(release.product),
                   release.files.size()));
  app.out().say(tr("the next backup is judged with it"));
  app.out().document({{"product", printable(release.product)}, {"files", release.files.size()}});
  return 0;
}

// apt's hook gives the paths on standard input, one a line; a person gives them as words.
Result<std::vector<std::string>> given_packages(const Arguments& arguments) {
  std::vector<std::string> paths;
  for (size_t i = 1; i < arguments.words.size(); ++i) paths.push_back(absolute_path(arguments.words[i]));
  if (!paths.empty()) return paths;
  std::string line;
  while (std::getline(std::cin, line))
    if (line.starts_with('/')) paths.push_back(line);
  return paths;
}

Result<int> keep_packages(App& app, Session* session, const Arguments& arguments) {
  std::vector<std::string> paths = TRY(given_packages(arguments)), roots;
  for (const site::SiteConfig& site : session->config().sites)
    roots.insert(roots.end(), site.roots.begin(), site.roots.end());
  std::vector<std::string> kept =
      TRY(vendor::keep_packages(app.fs(), session->vouchers_path(), {}, paths, roots, app.log()));
  nlohmann::json names = nlohmann::json::array();
  for (const std::string& name : kept) {
    app.out().say(tr("{} is kept for the next backup, with what vouches for it", printable(name)));
    names.push_back(printable(name));
  }
  if (kept.empty()) app.out().say(tr("none of these packages is part of a site"));
  app.out().document({{"kept", names}});
  return 0;
}

Result<int> install_hook(App& app, const Arguments& arguments) {
  constexpr char kFolder[] = "/etc/apt/apt.conf.d", kName[] = "80aplomb";
  std::string folder = arguments.has("--to") ? absolute_path(arguments.value("--to")) : kFolder;
  std::error_code unknown;
  std::string program = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
  for (const std::string& path : {program, app.options().config})
    if (!vault::is_plain_path(path))
      return fail(
          make_error(Code::usage, tr("a path with this character cannot stand in apt's configuration"))
              .at(path));
  auto dir = app.fs().open_dir(folder);
  if (!dir) return fail(std::move(dir).error().in(tr("the hook of apt cannot be written")).at(folder));
  TRY(fs::write_file_durably(**dir, kName, as_bytes(vendor::apt_hook(program, app.options().config)), 0644));
  app.out().say(
      tr("{} is written: from now on packages of websites are kept with their proof", folder + "/" + kName));
  app.out().document({{"hook", printable(folder + "/" + kName)}});
  return 0;
}

}  // namespace

Result<int> cmd_known_good(App& app, const Arguments& arguments) {
  auto session = TRY(Session::open(app));
  if (session->config().sites.empty())
    return fail(make_error(Code::config, tr("the configuration has no site")).then(tr("run aplomb init")));
  std::string_view what = arguments.word(0);
  if (what == "import") return import_release(app, session.get(), arguments);
  if (what == "commit") return approve_commit(app, *session, arguments);
  if (what == "packages") return keep_packages(app, session.get(), arguments);
  if (what == "hook") return install_hook(app, arguments);
  return fail(make_error(Code::usage, tr("known-good does not understand \"{}\"", arguments.word(0)))
                  .then("aplomb known-good import FILE|DIR"));
}

}  // namespace aplomb::cli
