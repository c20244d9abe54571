#include "archive/diff.h"

#include <algorithm>
#include <map>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::archive {
namespace {

struct Walk {
  VaultSnapshot& before;
  VaultSnapshot& after;
  Difference& out;

  // The author of a snapshot may be the attacker: nesting must not exhaust the stack.
  static Status check_depth(unsigned depth, const std::string& path) {
    if (depth <= vault::kDepthMax) return {};
    return fail(make_error(Code::corrupt, tr("folders are nested too deeply")).at(path));
  }

  static Status collect(VaultSnapshot& view, const vault::Node& node, const std::string& path,
                        std::vector<std::string>& list, unsigned depth) {
    TRY(check_depth(depth, path));
    list.push_back(path);
    if (!node.is_dir()) return {};
    vault::Tree tree = TRY(view.tree(node));
    for (const vault::Node& child : tree.nodes)
      TRY(collect(view, child, object_path(path, child.name), list, depth + 1));
    return {};
  }

  // Only within an epoch: in another, the same folder has other ids.
  bool same_tree(const vault::Node& a, const vault::Node& b) const {
    return a.content == b.content && before.info().domain == after.info().domain;
  }

  Status compare_nodes(const vault::Node& a, const vault::Node& b, const std::string& path, unsigned depth) {
    if (a.type != b.type) {
      TRY(collect(before, a, path, out.removed, depth));
      return collect(after, b, path, out.added, depth);
    }
    if (!vault::same(a, b, vault::Times::ignore)) out.changed.push_back(path);
    return a.is_dir() ? compare_trees(a, b, path, depth + 1) : Status();
  }

  Status compare_trees(const vault::Node& a, const vault::Node& b, const std::string& path, unsigned depth) {
    if (same_tree(a, b)) return {};
    TRY(check_depth(depth, path));
    vault::Tree left = TRY(before.tree(a)), right = TRY(after.tree(b));
    size_t i = 0, j = 0;
    while (i < left.nodes.size() || j < right.nodes.size()) {
      if (j == right.nodes.size() || (i < left.nodes.size() && left.nodes[i].name < right.nodes[j].name)) {
        TRY(collect(before, left.nodes[i], object_path(path, left.nodes[i].name), out.removed, depth));
        ++i;
      } else if (i == left.nodes.size() || right.nodes[j].name < left.nodes[i].name) {
        TRY(collect(after, right.nodes[j], object_path(path, right.nodes[j].name), out.added, depth));
        ++j;
      } else {
        TRY(compare_nodes(left.nodes[i], right.nodes[j], object_path(path, left.nodes[i].name), depth));
        ++i, ++j;
      }
    }
    return {};
  }
};

}  // namespace

Result<Difference> diff(VaultSnapshot& before, VaultSnapshot& after) {
  Difference out;
  Walk walk{before, after, out};
  for (const RootEntry& root : after.manifest().roots) {
    auto other = std::ranges::find(before.manifest().roots, root.label, &RootEntry::label);
    if (other == before.manifest().roots.end()) {
      TRY(Walk::collect(after, root.node, root.label.empty() ? "." : root.label, out.added, 0));
    } else {
      TRY(walk.compare_trees(other->node, root.node, root.label, 0));
    }
  }
  for (const RootEntry& root : before.manifest().roots)
    if (std::ranges::find(after.manifest().roots, root.label, &RootEntry::label) ==
        after.manifest().roots.end())
      TRY(Walk::collect(before, root.node, root.label.empty() ? "." : root.label, out.removed, 0));
  std::map<std::string, Sha256> databases;
  for (const DatabaseEntry& database : before.manifest().databases)
    databases[database.name] = database.node.hash;
  for (const DatabaseEntry& database : after.manifest().databases) {
    auto old = databases.find(database.name);
    std::string path = "db:" + database.name;
    if (old == databases.end()) {
      out.added.push_back(path);
    } else {
      if (old->second != database.node.hash) out.changed.push_back(path);
      databases.erase(old);
    }
  }
  for (const auto& [name, hash] : databases) out.removed.push_back("db:" + name);
  for (auto* list : {&out.added, &out.removed, &out.changed}) std::ranges::sort(*list);
  return out;
}

}  // namespace aplomb::archive
