// Lists the traits of PHP files, one line a portion: what bench/learn_traits learns the weights of
// src/php/trait_table.cc from. Paths come on standard input.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

#include "php/trait_reader.h"

namespace {

using namespace aplomb::php;

struct Lister {
  std::set<std::string> seen;
  std::vector<std::set<std::string>> portions;

  static std::string lowered(std::string_view text) {
    if (text.starts_with('\\')) text.remove_prefix(1);
    return lower(text);
  }
  void function(std::string_view name) { seen.insert("f:" + lowered(name)); }
  void variable(std::string_view name) { seen.insert("v:" + std::string(name)); }
  void keyword(std::string_view text) { seen.insert("k:" + lower(text)); }
  static bool may_know_word(std::string_view) { return true; }
  void word(std::string_view text) { seen.insert("w:" + std::string(text)); }
  void portion(const std::array<uint16_t, kShapes>& counts, uint32_t) {
    for (size_t i = 0; i < counts.size(); ++i)
      for (int least : {1, 4, 16, 64})
        if (counts[i] >= least) seen.insert("s:" + std::to_string(i) + ":" + std::to_string(least));
    portions.push_back(std::move(seen));
    seen.clear();
  }
};

}  // namespace

int main() {
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    std::string source(std::istreambuf_iterator<char>(file), {});
    Lister lister;
    Lexer lexer(source, Dialect::short_tags);
    TraitReader<Lister> reader(source, lister);
    bool has_code = false;
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
      reader.token(token);
      has_code = has_code || token.kind == TokenKind::open_tag || token.kind == TokenKind::open_echo;
    }
    reader.end_portion();
    if (!has_code) continue;
    for (const auto& portion : lister.portions) {
      std::printf("%s", path.c_str());
      for (const std::string& trait : portion) std::printf(" %s", trait.c_str());
      std::printf("\n");
    }
  }
}
