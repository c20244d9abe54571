#include "vendor/deployment.h"

#include "base/messages.h"
#include "fs/fs.h"
#include "vendor/commit_signature.h"

namespace aplomb::vendor {
namespace {

constexpr std::string_view kMagic = "APLMDEP0";
constexpr uint64_t kPathMax = 4096, kSignersMax = 1 << 20, kObjectMax = 64 << 20, kTreesMax = 200'000;
constexpr size_t kDepthMax = 128;
constexpr size_t kVisitsMax = 500'000;  // a few trees that hold each other often would make endless paths

std::unexpected<Error> corrupt() {
  return fail(Code::corrupt, tr("the note of a deployed commit cannot be read"));
}

class Walk {
 public:
  Walk(const Deployment& deployment, Deployed& out) : deployment_(deployment), out_(out) {
    for (const Bytes& tree : deployment.trees) trees_.emplace(git_id("tree", tree, deployment.id), &tree);
  }

  Status run(const std::string& root) {
    std::string at = root;
    std::string_view rest = deployment_.inside;
    while (!rest.empty()) {
      size_t slash = rest.find('/');
      at = TRY(folder_named(at, rest.substr(0, slash)));
      rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    }
    return visit(at, deployment_.folder, 0);
  }

 private:
  Result<std::vector<GitEntry>> entries(const std::string& id) const {
    auto tree = trees_.find(id);
    if (tree == trees_.end()) return fail(Code::corrupt, tr("a folder of the commit is missing"));
    return parse_tree(*tree->second, id);
  }

  Result<std::string> folder_named(const std::string& id, std::string_view name) const {
    const std::vector<GitEntry> all = TRY(entries(id));
    for (const GitEntry& entry : all)
      if (entry.name == name && entry.kind == GitEntry::Kind::folder) return entry.id;
    return fail(Code::not_found, tr("the commit has no folder {}", deployment_.inside));
  }

  Status visit(const std::string& id, const std::string& path, size_t depth) {
    if (depth > kDepthMax) return fail(Code::limit, tr("folders are nested too deeply"));
    const std::vector<GitEntry> all = TRY(entries(id));
    for (const GitEntry& entry : all) {
      if (++visits_ > kVisitsMax) return fail(Code::limit, tr("the commit has too many files"));
      std::string below = fs::join_path(path, entry.name);
      if (entry.kind == GitEntry::Kind::folder) TRY(visit(entry.id, below, depth + 1));
      if (entry.kind == GitEntry::Kind::file) out_.files[below] = entry.id;
    }
    return {};
  }

  const Deployment& deployment_;
  Deployed& out_;
  std::map<std::string, const Bytes*> trees_;
  size_t visits_ = 0;
};

}  // namespace

Bytes encode(const Deployment& deployment) {
  ByteWriter writer;
  writer.bytes(as_bytes(kMagic));
  writer.text(deployment.folder);
  writer.text(deployment.inside);
  writer.sized(deployment.signers);
  writer.text(deployment.id);
  writer.sized(deployment.commit);
  writer.varint(deployment.trees.size());
  for (const Bytes& tree : deployment.trees) writer.sized(tree);
  return writer.take();
}

Result<Deployment> decode_deployment(ByteView bytes) {
  ByteReader reader(bytes);
  auto sized = [&reader](uint64_t limit) -> Result<Bytes> {
    ByteView view = TRY(reader.sized(limit));
    return Bytes(view.begin(), view.end());
  };
  if (as_text(TRY(reader.bytes(kMagic.size()))) != kMagic) return corrupt();
  Deployment deployment;
  deployment.folder = TRY(reader.text(kPathMax));
  deployment.inside = TRY(reader.text(kPathMax));
  if (!fs::valid_path(deployment.folder) || !fs::valid_path(deployment.inside)) return corrupt();
  deployment.signers = TRY(sized(kSignersMax));
  deployment.id = TRY(reader.text(64));
  if (!is_git_id(deployment.id)) return corrupt();
  deployment.commit = TRY(sized(kObjectMax));
  uint64_t count = TRY(reader.varint());
  if (count > kTreesMax) return corrupt();
  for (uint64_t i = 0; i < count; ++i) deployment.trees.push_back(TRY(sized(kObjectMax)));
  TRY(reader.finish());
  return deployment;
}

namespace {

Result<Deployed> files_of(const Deployment& deployment, const GitCommit& commit) {
  Deployed deployed;
  deployed.commit = deployment.id;
  TRY(Walk(deployment, deployed).run(commit.tree));
  return deployed;
}

}  // namespace

Result<Deployed> files_of(const Deployment& deployment) {
  GitCommit commit = TRY(parse_commit(deployment.commit, deployment.id));
  return files_of(deployment, commit);
}

Result<Deployed> prove(const Deployment& deployment) {
  GitCommit commit = TRY(parse_commit(deployment.commit, deployment.id));
  std::string signer = TRY(signer_of(commit, deployment.signers));
  Deployed deployed = TRY(files_of(deployment, commit));
  deployed.signer = std::move(signer);
  return deployed;
}

}  // namespace aplomb::vendor
