// Mass overwriting: many files, or many rows of one column, that held each its
// own text and now hold all the same one. A forged announcement is content like
// any other, so no single edit is judged here; what is seen is that many became
// one between two states, which no editor does. Pure, over prints of contents;
// the text of the earlier state is not needed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "scan/word_print.h"

namespace aplomb::judge {

// One content: of a file that nothing executes, or a text in a row.
struct ContentPrint {
  Sha256 hash;
  scan::WordPrint words;
  bool operator==(const ContentPrint&) const = default;
};

// By group ("" for files; "db:town.db/news/body" for a column), then by path.
// `paths` of a later state that are new, and those that are gone, are never
// overwritten ones.
class Contents {
 public:
  static constexpr size_t kMax = 300'000;  // more are not compared, which bounds the memory of a judgement
  void add(const std::string& group, const std::string& path, const ContentPrint& print);
  bool empty() const { return size_ == 0; }
  const std::map<std::string, std::map<std::string, ContentPrint>>& groups() const { return groups_; }

 private:
  std::map<std::string, std::map<std::string, ContentPrint>> groups_;
  size_t size_ = 0;
};

struct Overwritten {
  std::string group, path;
  Sha256 hash;       // of what it holds now
  size_t count = 0;  // that hold the same now, this one included
  bool operator==(const Overwritten&) const = default;
};

// Sorted by group and path.
std::vector<Overwritten> find_overwritten(const Contents& before, const Contents& now);

Bytes encode(const Contents& contents);
Result<Contents> decode_contents(ByteView bytes);

}  // namespace aplomb::judge
