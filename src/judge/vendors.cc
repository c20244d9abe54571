#include "judge/vendors.h"

#include <algorithm>

#include "base/messages.h"
#include "site/dpkg.h"

namespace aplomb::judge {
namespace {

constexpr uint64_t kContentMax = 64 << 20;  // larger files are no code that a package brings
constexpr uint32_t kSetIdBits = 06000;
constexpr size_t kCommitShown = 12;

bool contains(const auto& list, const auto& item) {
  return std::ranges::find(list, item) != list.end();
}

bool any_below(const std::set<std::string>& paths, const std::string& folder) {
  std::string prefix = folder.empty() ? "" : folder + "/";
  auto first = paths.lower_bound(prefix);
  return first != paths.end() && first->starts_with(prefix);
}

// Bytes that are what the snapshot says they are.
std::optional<Bytes> content_of(archive::SnapshotView& snapshot, const Claim& claim) {
  if (claim.node.size > kContentMax) return std::nullopt;
  auto content = snapshot.read(claim.path, claim.node, 0, kContentMax);
  if (!content || crypto::sha256(*content) != claim.node.hash) return std::nullopt;
  return std::move(*content);
}

}  // namespace

struct Vendors::Hearing {
  const Question& question;
  vendor::WordPressOrg publisher;
  vendor::WordPressSites sites;
  std::map<std::string, VendorWord> words;
};

std::optional<vendor::Md5> Vendors::md5_of(archive::SnapshotView& snapshot, const Claim& claim) {
  if (auto known = answers_.md5(claim.node.hash)) return known;
  auto content = content_of(snapshot, claim);
  if (!content) return std::nullopt;
  vendor::Md5 sum = vendor::md5_of(*content);
  answers_.keep_md5(claim.node.hash, sum);
  return sum;
}

// Empty when the content cannot be read.
std::string Vendors::git_id_of(archive::SnapshotView& snapshot, const Claim& claim, std::string_view like) {
  if (auto known = answers_.git_id(claim.node.hash, like.size())) return *known;
  auto content = content_of(snapshot, claim);
  if (!content) return {};
  std::string id = vendor::git_id("blob", *content, like);
  answers_.keep_git_id(claim.node.hash, id);
  return id;
}

VendorWord Vendors::ask_commits(const Question& question, const Claim& claim) {
  VendorWord word;
  for (const vendor::Deployed& deployed : question.deployed) {
    auto file = deployed.files.find(claim.path);
    if (file == deployed.files.end()) continue;
    std::string commit = deployed.commit.substr(0, kCommitShown);
    if (git_id_of(question.snapshot, claim, file->second) == file->second)
      return {true,
              Provenance::approved,
              Strength::exact,
              {tr_later("in the commit {}, which {} signed"), {commit, deployed.signer}}};
    word.reason = {tr_later("it is not what the commit {} has at this place"), {commit}};
  }
  return word;
}

VendorWord Vendors::ask_wordpress(Hearing& hearing, const Claim& claim) {
  VendorWord word;
  for (const auto& [package, path] : hearing.sites.places_of(claim.path)) {
    std::optional<Time> unexplained;
    for (int round = 0; round < 2; ++round) {
      auto said = hearing.publisher.ask(package, unexplained);
      using Known = vendor::WordPressOrg::Known;
      if (said.known == Known::unasked) return word;
      auto sums = said.listing ? said.listing->find(path) : vendor::Listing::const_iterator();
      bool listed = said.listing && sums != said.listing->end();
      bool exact = listed && contains(sums->second.sha256, claim.node.hash);
      bool same = exact;
      if (listed && !exact && sums->second.sha256.empty())
        if (auto sum = md5_of(hearing.question.snapshot, claim)) same = contains(sums->second.md5, *sum);
      if (same) {
        word.strength = exact ? Strength::exact : Strength::weak;
        bool at_home =
            hearing.question.approved.empty() || any_below(hearing.question.approved, package.folder);
        word.explained = at_home;
        word.reason = at_home
                          ? Reason{exact ? tr_later("published by WordPress.org: {}")
                                         : tr_later("published by WordPress.org: {} (compared by MD5)"),
                                   {package.title()}}
                          : Reason{tr_later("WordPress.org published it in {}, and nobody approved yet that "
                                            "this site has it"),
                                   {package.title()}};
        return word;
      }
      if (claim.unexplained) unexplained = Time{claim.node.ctime_ns};
      if (said.known == Known::unreachable && word.reason.message.empty())
        word.reason = {tr_later("WordPress.org could not be asked about {}: {}"),
                       {package.title(), said.why}};
      else if (listed)
        word.reason = {tr_later("it is not the file that WordPress.org published in {}"), {package.title()}};
      else if (said.known == Known::published && word.reason.message.empty())
        word.reason = {tr_later("{} of WordPress.org has no such file"), {package.title()}};
      else if (said.known == Known::unpublished && word.reason.message.empty())
        word.reason = {tr_later("WordPress.org has not published {}"), {package.title()}};
      if (!unexplained) break;
    }
  }
  return word;
}

// Only what the machine's own lists say, and they only say "the bytes that dpkg unpacked".
void Vendors::ask_dpkg(Hearing& hearing) {
  const Question& question = hearing.question;
  for (const archive::RootEntry& root : question.snapshot.manifest().roots) {
    std::string prefix = root.label.empty() ? "" : root.label + "/";
    std::map<std::string, const Claim*> open;  // by path below the root
    for (const Claim& claim : question.claims)
      if (claim.unexplained && (claim.node.mode & kSetIdBits) == 0 && claim.path.starts_with(prefix) &&
          !hearing.words[claim.path].explained)
        open[claim.path.substr(prefix.size())] = &claim;
    if (open.empty()) continue;
    std::vector<std::string> paths;  // all: a copy of a packaged tree is known by how much of it is there
    for (const std::string& path : question.present)
      if (path.starts_with(prefix)) paths.push_back(path.substr(prefix.size()));
    auto files = site::vendor_files(*dpkg_info_, root.path, paths);
    if (!files) continue;  // no Debian
    for (const auto& [path, file] : *files) {
      auto claim = open.find(path);
      if (claim == open.end() || !file.md5) continue;
      auto sum = md5_of(question.snapshot, *claim->second);
      VendorWord& word = hearing.words[claim->second->path];
      if (sum && sum->hex() == *file.md5)
        word = {
            true,
            Provenance::vendor,
            Strength::weak,
            {tr_later("installed by Debian's package {}, as this machine's own lists say"), {file.package}}};
      else
        word.reason = {tr_later("it is not what dpkg installed with the package {}"), {file.package}};
    }
  }
}

std::map<std::string, VendorWord> Vendors::hear(const Question& question) {
  std::set<std::string> paths;
  for (const auto& [path, node] : question.telling) paths.insert(path);
  auto head = [&question](const std::string& path) {
    auto text = question.snapshot.read(path, question.telling.at(path), 0, vendor::kHeadSize);
    return text ? std::string(as_text(*text)) : std::string();
  };
  Hearing hearing{question, {address_, answers_, clock_}, {std::move(paths), head}, {}};
  for (const Claim& claim : question.claims) {
    if ((claim.node.mode & kSetIdBits) != 0) continue;  // no package of a website needs that
    VendorWord word = ask_commits(question, claim);
    if (!word.explained)
      if (VendorWord published = ask_wordpress(hearing, claim);
          published.explained || word.reason.message.empty())
        word = std::move(published);
    if (word.explained || !word.reason.message.empty()) hearing.words[claim.path] = std::move(word);
  }
  if (dpkg_info_) ask_dpkg(hearing);
  return std::move(hearing.words);
}

}  // namespace aplomb::judge
