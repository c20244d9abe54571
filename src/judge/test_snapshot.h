// A snapshot made in a test: files, links and databases by path. For tests only.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "archive/snapshot_view.h"
#include "crypto/crypto.h"
#include "site/test_database.h"

namespace aplomb::judge {

class TestSnapshot final : public archive::SnapshotView {
 public:
  explicit TestSnapshot(std::vector<std::string> labels = {""}) {
    for (const std::string& label : labels) manifest_.roots.push_back({"/site/" + label, label, {}});
  }
  Time received() const override { return at; }
  TestSnapshot& file(const std::string& path, std::string_view text, uint32_t mode = 0644) {
    vault::Node& node = nodes_[path];
    node.name = fs::split_path(path).second;
    node.mode = mode;
    node.size = text.size();
    node.hash = crypto::sha256(as_bytes(text));
    bytes_[path] = Bytes(text.begin(), text.end());
    return *this;
  }
  Status check_hash(const std::string& path, const vault::Node& node) override {
    if (crypto::sha256(bytes_.at(path)) == node.hash) return {};
    return fail(Code::corrupt, "its bytes do not hash to what its snapshot says");
  }
  TestSnapshot& link(const std::string& path, const std::string& target) {
    vault::Node& node = nodes_[path];
    node.type = fs::FileType::symlink;
    node.target = target;
    return *this;
  }
  TestSnapshot& database(const std::string& sql, const std::string& name = "town.db") {
    Bytes image = site::image_of(sql);
    archive::DatabaseEntry entry;
    entry.name = name;
    entry.node.size = image.size();
    entry.node.hash = crypto::sha256(image);
    std::erase_if(manifest_.databases, [&](const archive::DatabaseEntry& old) { return old.name == name; });
    manifest_.databases.push_back(entry);
    bytes_["db:" + name] = std::move(image);
    return *this;
  }
  void remove(const std::string& path) { nodes_.erase(path); }
  // The snapshot's author lies: the file is listed with the hash of other bytes.
  void claim(const std::string& path, std::string_view text) {
    nodes_[path].hash = crypto::sha256(as_bytes(text));
  }
  archive::Manifest& written() { return manifest_; }

  const archive::Manifest& manifest() const override { return manifest_; }
  Status for_each(const Visit& visit) override {
    for (const auto& [path, node] : nodes_) TRY(visit(path, node));
    return {};
  }
  Result<Bytes> read(const std::string& path, const vault::Node&, uint64_t offset, uint64_t limit) override {
    ++reads;
    if (unreadable == path) return fail(Code::corrupt, "damaged");
    const Bytes& all = bytes_.at(path);
    size_t from = std::min<size_t>(offset, all.size()), count = std::min<uint64_t>(limit, all.size() - from);
    return Bytes(all.begin() + static_cast<ptrdiff_t>(from),
                 all.begin() + static_cast<ptrdiff_t>(from + count));
  }

  std::string unreadable;
  int reads = 0;
  Time at{INT64_MAX};

 private:
  std::map<std::string, vault::Node> nodes_;
  std::map<std::string, Bytes> bytes_;
  archive::Manifest manifest_;
};

}  // namespace aplomb::judge
