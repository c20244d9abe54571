#include "vendor/apt_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/messages.h"
#include "crypto/crypto.h"
#include "proc/command.h"
#include "site/dpkg.h"
#include "site/packed_files.h"
#include "site/paths.h"
#include "site/recogniser.h"

namespace aplomb::vendor {
namespace {

constexpr uint64_t kIndexMax = 512ull << 20, kReleaseMax = 8 << 20, kListMax = 64 << 20;
constexpr size_t kSample = 20, kLinksMax = 2000, kFoldersMax = 1000;
constexpr unsigned kLinkDepth = 3;
constexpr char kOf[] = "of";

bool has_web_software(const std::vector<std::string>& paths) {
  return std::ranges::any_of(paths, [](const std::string& path) {
    return place_in_tree(path.substr(1)) && site::is_executable_name(fs::split_path(path).second);
  });
}

// What links of a site lead to, as absolute paths.
void find_links(fs::Dir& dir, const std::string& path, unsigned depth, std::vector<std::string>& targets) {
  auto entries = dir.list();
  if (!entries) return;
  for (const fs::Entry& entry : *entries) {
    if (targets.size() >= kLinksMax) return;
    if (entry.type == fs::FileType::symlink) {
      if (auto target = dir.read_link(entry.name))
        targets.push_back(site::normal_path(target->starts_with('/') ? *target : path + "/" + *target));
    } else if (entry.type == fs::FileType::directory && depth < kLinkDepth) {
      if (auto child = dir.open_dir(entry.name))
        find_links(**child, path + "/" + entry.name, depth + 1, targets);
    }
  }
}

// Half of some of its executable files, at the same places.
bool is_copy(fs::Dir& dir, const PackagedTree& tree) {
  size_t tried = 0, found = 0;
  for (const auto& [path, hash] : tree.files) {
    if (tried == kSample) break;
    if (!site::is_executable_name(fs::split_path(path).second)) continue;
    ++tried;
    if (dir.stat(path)) ++found;
  }
  return found > 0 && found * 2 >= tried;
}

std::string tree_name(const PackagedTree& tree) {
  size_t comma = tree.product.find(", ");
  return comma == std::string::npos ? tree.product.substr(0, tree.product.find(' '))
                                    : tree.product.substr(0, comma);
}

// The text of one of apt's lists, unpacked by apt's own helper where it keeps them compressed.
Result<Bytes> list_text(fs::Dir& lists, const std::string& folder, const std::string& name) {
  if (name.ends_with("_Packages")) return fs::read_file(lists, name, kIndexMax);
  Bytes text;
  proc::Command command;
  command.argv = {"/usr/lib/apt/apt-helper", "cat-file", folder + "/" + name};
  command.output = [&text](ByteView part) -> Status {
    if (text.size() + part.size() > kIndexMax) return fail(Code::limit, tr("an index of apt is too large"));
    text.insert(text.end(), part.begin(), part.end());
    return {};
  };
  proc::CommandResult result = TRY(proc::run(command));
  if (!result.ok())
    return fail(make_error(Code::io, tr("apt's list cannot be read")).at(folder + "/" + name));
  return text;
}

struct Witness {
  std::string index_name, release_name;  // in the store
};

class Keeping {
 public:
  Keeping(fs::Fs& fs, std::unique_ptr<fs::Dir> store, const AptPlaces& places,
          const std::vector<std::string>& roots, Log& log)
      : fs_(fs), store_(std::move(store)), places_(places), roots_(roots), log_(log) {}

  Result<std::vector<std::string>> run(const std::vector<std::string>& debs) {
    std::map<Sha256, std::pair<std::string, Bytes>> wanted;  // by hash: the file's name, its bytes
    for (const std::string& path : debs) {
      auto [folder, name] = fs::split_path(path);
      if (!name.ends_with(".deb") || !may_be_web(name)) continue;
      auto dir = TRY(fs_.open_dir(folder.empty() ? "/" : folder));
      Bytes deb = TRY(fs::read_file(*dir, name, site::PackedFiles::kArchiveMax));
      auto trees = trees_of_package(deb, {name.substr(0, name.find('_')), "", ""});
      if (!trees) {
        log_.warn(tr("{} cannot be read: {}", printable(path), trees.error().what));
        continue;
      }
      if (!is_of_sites(fs_, *trees, roots_)) continue;
      Sha256 hash = crypto::sha256(deb);
      wanted[hash] = {name, std::move(deb)};
    }
    if (wanted.empty()) return std::vector<std::string>();
    std::map<Sha256, Witness> witnesses = TRY(find_witnesses(wanted));
    std::vector<std::string> kept;
    for (const auto& [hash, deb] : wanted) {
      const auto& [name, bytes] = deb;
      auto witness = witnesses.find(hash);
      if (witness == witnesses.end()) {
        log_.warn(tr("no signed index of apt names {}: it will not be proven", printable(name)));
        continue;
      }
      TRY(fs::write_file_durably(*store_, name, bytes));
      TRY(fs::write_file_durably(
          *store_, std::string(kOf) + "/" + name,
          as_bytes(witness->second.index_name + "\n" + witness->second.release_name + "\n")));
      kept.push_back(name);
    }
    TRY(tidy(kept));
    return kept;
  }

 private:
  // What is installed already says by its list whether it is worth unpacking.
  bool may_be_web(const std::string& deb) {
    std::string package = deb.substr(0, deb.find('_'));
    auto info = fs_.open_dir(places_.dpkg_info);
    if (!info) return true;
    auto list = fs::read_file(**info, package + ".list", kListMax);
    return !list || has_web_software(site::parse_file_list(as_text(*list)));
  }

  Result<std::map<Sha256, Witness>> find_witnesses(
      const std::map<Sha256, std::pair<std::string, Bytes>>& wanted) {
    std::set<Sha256> hashes;
    for (const auto& [hash, deb] : wanted) hashes.insert(hash);
    std::map<Sha256, Witness> found;
    auto lists = TRY(fs_.open_dir(places_.lists));
    std::vector<fs::Entry> entries = TRY(lists->list());
    for (const fs::Entry& entry : entries) {
      if (entry.type != fs::FileType::regular || entry.name.find("_Packages") == std::string::npos) continue;
      std::string release = release_of(entry.name, entries);
      if (release.empty()) continue;
      auto text = list_text(*lists, places_.lists, entry.name);
      if (!text) {
        log_.warn(text.error().what);
        continue;
      }
      auto packages = packages_of_index(as_text(*text), hashes);
      if (packages.empty()) continue;
      Bytes signed_text = TRY(fs::read_file(*lists, release, kReleaseMax));
      Witness witness{crypto::sha256(*text).hex() + ".Packages",
                      crypto::sha256(signed_text).hex() + ".InRelease"};
      TRY(fs::write_file_durably(*store_, witness.index_name, *text));
      TRY(fs::write_file_durably(*store_, witness.release_name, signed_text));
      for (const auto& [hash, package] : packages) found[hash] = witness;
    }
    return found;
  }

  // "…_dists_bookworm_InRelease" of "…_dists_bookworm_main_binary-amd64_Packages.lz4": the longest that fits.
  static std::string release_of(const std::string& index, const std::vector<fs::Entry>& entries) {
    std::string best;
    for (const fs::Entry& entry : entries) {
      constexpr std::string_view kEnd = "InRelease";
      if (!entry.name.ends_with("_InRelease") || entry.name.size() <= best.size()) continue;
      if (index.starts_with(entry.name.substr(0, entry.name.size() - kEnd.size()))) best = entry.name;
    }
    return best;
  }

  // Earlier versions of what was kept now lie in the snapshots; one of them stays, for a snapshot that is on
  // its way. Then what no package refers to goes.
  Status tidy(const std::vector<std::string>& kept) {
    std::set<std::string> used;
    for (const std::string& name : kept) {
      std::vector<std::pair<int64_t, std::string>> older;
      for (const fs::Entry& entry : TRY(store_->list())) {
        bool same = entry.name.ends_with(".deb") && entry.name != name &&
                    entry.name.substr(0, entry.name.find('_')) == name.substr(0, name.find('_'));
        if (same) older.emplace_back(-TRY(store_->stat(entry.name)).mtime_ns, entry.name);
      }
      std::ranges::sort(older);
      for (size_t i = 1; i < older.size(); ++i) {
        TRY(store_->remove(older[i].second));
        std::string of = std::string(kOf) + "/" + older[i].second;
        if (store_->stat(of)) TRY(store_->remove(of));
      }
    }
    std::vector<fs::Entry> entries = TRY(store_->list());
    for (const fs::Entry& entry : entries) {
      if (!entry.name.ends_with(".deb")) continue;
      auto text = fs::read_file(*store_, std::string(kOf) + "/" + entry.name, 4096);
      if (!text) continue;
      std::string_view names = as_text(*text);
      size_t end = std::min(names.find('\n'), names.size());
      used.emplace(names.substr(0, end));
      names.remove_prefix(std::min(end + 1, names.size()));
      used.emplace(names.substr(0, names.find('\n')));
    }
    for (const fs::Entry& entry : entries)
      if ((entry.name.ends_with(".Packages") || entry.name.ends_with(".InRelease")) &&
          !used.contains(entry.name))
        TRY(store_->remove(entry.name));
    return {};
  }

  fs::Fs& fs_;
  std::unique_ptr<fs::Dir> store_;
  const AptPlaces& places_;
  const std::vector<std::string>& roots_;
  Log& log_;
};

}  // namespace

bool is_of_sites(fs::Fs& fs, const std::vector<PackagedTree>& trees, const std::vector<std::string>& roots) {
  for (const std::string& root : roots) {
    auto dir = fs.open_dir(root);
    if (!dir) continue;
    std::vector<std::string> places{site::normal_path(root)};
    find_links(**dir, root, 0, places);
    for (const PackagedTree& tree : trees) {
      for (std::string_view top : {"/usr/share/", "/var/lib/", "/usr/lib/"}) {
        std::string home = std::string(top) + tree_name(tree);
        for (const std::string& place : places)
          if (place == home || site::is_beneath(place, home) || site::is_beneath(home, place)) return true;
      }
      if (is_copy(**dir, tree)) return true;
      auto entries = (*dir)->list();
      if (!entries) continue;
      size_t folders = 0;
      for (const fs::Entry& entry : *entries) {
        if (entry.type != fs::FileType::directory || ++folders > kFoldersMax) continue;
        auto child = (*dir)->open_dir(entry.name);
        if (child && is_copy(**child, tree)) return true;
      }
    }
  }
  return false;
}

Result<std::vector<std::string>> keep_packages(fs::Fs& fs, const std::string& store, const AptPlaces& places,
                                               const std::vector<std::string>& debs,
                                               const std::vector<std::string>& roots, Log& log) {
  auto dir = TRY(fs.make_dirs(store, 0700));
  TRY(fs::make_dirs(*dir, kOf, 0700));
  return Keeping(fs, std::move(dir), places, roots, log).run(debs);
}

// apt gives the packages that it is about to unpack on standard input; whatever happens here, it goes on.
std::string apt_hook(const std::string& program, const std::string& config) {
  return fmt::format(
      "// Written by \"aplomb known-good hook\". Before packages are unpacked, Aplomb keeps those that "
      "websites are made\n"
      "// of, with the signed lists that vouch for them, for the next backup. Remove this file to end that.\n"
      "DPkg::Pre-Install-Pkgs {{\"if [ -x {0} ]; then {0} --config {1} known-good packages >/dev/null || "
      "true; "
      "else cat >/dev/null; fi\";}};\n",
      program, config);
}

}  // namespace aplomb::vendor
