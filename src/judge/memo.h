// What was learnt about each distinct content, so that it is analysed once, however many snapshots and paths
// hold it. The key is (SHA-256, class of the name, rule set); a report that hit a limit is never remembered.
// The file is authenticated with a key of whoever judges, so that nobody else can make a malicious file look
// known and clean.
#pragma once

#include <map>
#include <optional>

#include "crypto/crypto.h"
#include "fs/fs.h"
#include "scan/analyse.h"

namespace aplomb::judge {

constexpr char kInfoMemo[] = "aplomb memo 1";  // derives the memo's key

class Memo {
 public:
  // A missing, damaged, foreign or older-rules memo is an empty one.
  // `rules`: everything that a report depends on besides content and name.
  static Memo load(fs::Dir& dir, std::string_view path, crypto::Secret key,
                   std::string rules = scan::rule_set_version());
  std::optional<scan::FileReport> find(const Sha256& hash, uint32_t content_class) const;
  void remember(const Sha256& hash, uint32_t content_class, const scan::FileReport& report);
  Status save(fs::Dir& dir, std::string_view path) const;
  size_t size() const { return reports_.size(); }

 private:
  Memo(crypto::Secret key, std::string rules) : key_(std::move(key)), rules_(std::move(rules)) {}
  crypto::Secret key_;
  std::string rules_;
  std::map<std::pair<Sha256, uint32_t>, Bytes> reports_;  // encoded: most are small and alike
  bool changed_ = false;
};

}  // namespace aplomb::judge
