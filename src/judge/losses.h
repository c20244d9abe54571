// Texts of a database that a night took away in mass: a column whose texts were encrypted, each to something
// of its own, or emptied; rows deleted by the half; a table that is gone. Compared with the texts of the last
// good state, of which prints are enough. Deleted rows count by their content: what stands under another key,
// or nearly the same in another row (an earlier version of an article), is not lost. Tables of passing things
// that still stand (logs, queues, search indexes) may be emptied, but not encrypted. Pure; the memory it
// takes follows from the earlier state alone.
#pragma once

#include <set>
#include <string_view>

#include "judge/overwrite.h"

namespace aplomb::judge {

enum class LossKind : uint8_t { encrypted, emptied, deleted, table_gone };

struct Loss {
  LossKind kind = LossKind::deleted;
  std::string path;             // of the value; of the table when rows or all of it are gone
  Sha256 hash;                  // of what a person would approve
  size_t count = 0, total = 0;  // lost in this way, of so many texts
};

// What a cipher leaves, raw or as base64 or hexadecimal, and no language is.
bool looks_like_cipher(std::string_view text);

class TextLosses {
 public:
  explicit TextLosses(const Contents& before) : before_(before) {}
  // Everything of one readable database: its tables, then each value of theirs.
  void see_table(const std::string& database, const std::string& table);
  // `text`: of a text or blob; of any other value nothing.
  void see(const std::string& group, const std::string& path, std::string_view text,
           const ContentPrint& print);
  std::vector<Loss> find() const;  // sorted by path

 private:
  enum class Fate : uint8_t { kept, encrypted, emptied };
  using Texts = std::map<std::string, ContentPrint>;
  struct Seen {
    std::map<std::string, std::pair<Fate, Sha256>> fates;              // of paths of the earlier state
    std::map<uint32_t, std::vector<const Texts::value_type*>> before;  // by the smallest word
    std::set<std::string> copied;  // paths whose text stands in some row, or nearly so
  };
  Seen& place(const std::string& group, const Texts& texts);
  bool stands(const std::string& group) const;
  void find_in_group(const std::string& group, const Texts& texts, std::map<std::string, Loss>& found) const;

  const Contents& before_;
  std::set<std::string> databases_, tables_;  // "db:town.db", "db:town.db/news"
  std::map<std::string, Seen> seen_;          // by group
};

}  // namespace aplomb::judge
