#include "vendor/debian_proof.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/messages.h"
#include "crypto/crypto.h"
#include "fs/fs.h"
#include "proc/command.h"
#include "site/packed_files.h"
#include "site/recogniser.h"
#include "vendor/gpg_status.h"

namespace aplomb::vendor {
namespace {

constexpr size_t kReleaseMax = 8 << 20;
constexpr int64_t kTimeoutMs = 30'000;

// Whether a tree is software of a website: one file is enough that a server could run.
bool is_web_software(const PackagedTree& tree) {
  return std::ranges::any_of(tree.files, [](const auto& file) {
    return site::is_executable_name(fs::split_path(file.first).second);
  });
}

}  // namespace

std::optional<VoucherKind> voucher_kind(std::string_view name) {
  if (name.ends_with(".InRelease")) return VoucherKind::release;
  if (name.ends_with(".Packages")) return VoucherKind::index;
  if (name.ends_with(".deb")) return VoucherKind::package;
  return std::nullopt;
}

std::vector<std::string> archive_keyrings() {
  if (const char* given = std::getenv("APLOMB_ARCHIVE_KEYRING")) return {given};
  std::vector<std::string> found;
  for (const char* path :
       {"/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/ubuntu-archive-keyring.gpg"})
    if (access(path, R_OK) == 0) found.emplace_back(path);
  return found;
}

Result<std::string> checked_release(ByteView in_release, const std::vector<std::string>& keyrings) {
  auto refused = [](std::string why) { return fail(Code::refused, std::move(why)); };
  if (in_release.size() > kReleaseMax || !is_one_clear_signed_message(as_text(in_release)))
    return refused(tr("this is no signed release file"));
  if (keyrings.empty()) return refused(tr("there is no keyring of Debian on this machine"));
  proc::Command command;
  command.argv = {"gpgv", "--status-fd", "2", "--output", "-"};
  for (const std::string& keyring : keyrings) {
    command.argv.push_back("--keyring");
    command.argv.push_back(keyring);
  }
  command.argv.push_back("-");
  command.timeout_ms = kTimeoutMs;
  command.output_max = kReleaseMax;
  command.input = [in_release](std::span<uint8_t> out) mutable -> Result<size_t> {
    size_t count = std::min(out.size(), in_release.size());
    std::copy_n(in_release.begin(), count, out.begin());
    in_release = in_release.subspan(count);
    return count;
  };
  proc::CommandResult result = TRY(proc::run(command));
  // Its exit status also counts signatures of keys that the keyring does not have; several sign Debian's
  // releases.
  if (!good_signer(result.err) || result.out_cut)
    return refused(tr("the release file is not signed by a key of the keyring"));
  return std::move(result.out);
}

Result<std::vector<PackagedTree>> trees_of_package(ByteView deb, const IndexedPackage& package) {
  site::PackedFiles packed = TRY(site::PackedFiles::open(TRY(data_of_deb(deb))));
  std::map<std::string, PackagedTree> trees;
  for (;;) {
    auto file = TRY(packed.next());
    if (!file) break;
    auto place = place_in_tree(file->path);
    if (place) trees[place->tree].files.emplace_back(place->path, crypto::sha256(file->content));
  }
  std::vector<PackagedTree> web;
  for (auto& [name, tree] : trees) {
    if (!is_web_software(tree)) continue;
    tree.product =
        (name == package.name ? "" : name + ", ") + package.name + " " + package.version + " (Debian)";
    web.push_back(std::move(tree));
  }
  return web;
}

Status DebianProof::add_release(ByteView in_release) {
  std::string text = TRY(checked_release(in_release, keyrings_));
  indexes_.merge(indexes_of_release(text));
  return {};
}

bool DebianProof::add_index(ByteView index, const std::set<Sha256>& packages) {
  if (!indexes_.contains(crypto::sha256(index))) return false;
  packages_.merge(packages_of_index(as_text(index), packages));
  return true;
}

Result<std::vector<PackagedTree>> DebianProof::trees(ByteView deb, const Sha256& hash) const {
  auto package = packages_.find(hash);
  if (package == packages_.end() || crypto::sha256(deb) != hash) return std::vector<PackagedTree>();
  return trees_of_package(deb, package->second);
}

}  // namespace aplomb::vendor
