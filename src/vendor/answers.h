// What publishers answered, and what MD5 and name of git's each content has: asked and computed once, kept
// beside the judge's memo. The file is authenticated with a key of whoever judges, so that nobody else can
// make a publisher say something.
#pragma once

#include <map>
#include <optional>

#include "base/clock.h"
#include "crypto/crypto.h"
#include "fs/fs.h"
#include "vendor/listing.h"

namespace aplomb::vendor {

constexpr char kInfoAnswers[] = "aplomb publishers 0";  // derives the key

class Answers {
 public:
  struct Answer {
    Time asked, used;
    Listing listing;  // empty: the publisher knows no such package
  };

  // A missing, damaged or foreign file is an empty one.
  static Answers load(fs::Dir& dir, std::string_view path, crypto::Secret key);

  // Says that the answer is still needed, which keeps it. nullptr when nobody asked.
  const Answer* find(const std::string& key, Time now);
  // Joins what was published earlier.
  void keep(const std::string& key, Time now, const Listing& listing);

  std::optional<Md5> md5(const Sha256& content) const;
  void keep_md5(const Sha256& content, const Md5& sum);
  // With so many digits: 40 or 64.
  std::optional<std::string> git_id(const Sha256& content, size_t digits) const;
  void keep_git_id(const Sha256& content, const std::string& id);

  // Leaves out what nobody needed for a hundred days.
  Status save(fs::Dir& dir, std::string_view path, Time now) const;

 private:
  explicit Answers(crypto::Secret key) : key_(std::move(key)) {}
  Status parse(ByteView body);
  crypto::Secret key_;
  std::map<std::string, Answer> answers_;
  std::map<Sha256, Md5> sums_;
  std::map<std::pair<Sha256, size_t>, std::string> git_ids_;  // by content and digits
  bool changed_ = false;
};

}  // namespace aplomb::vendor
