// The PHP analyser: its lexer loses no byte in any dialect, and the whole of it ends within its budget and
// says nothing twice. A small budget, so that the limits are reached too.
#include <array>

#include "fuzz/targets.h"
#include "php/analysis.h"
#include "php/lexer.h"
#include "php/parser.h"

namespace aplomb::fuzz {
namespace {

php::Budget small() {
  php::Budget budget;
  budget.steps = 200'000;
  budget.bytes = 400'000;
  budget.nodes = 20'000;
  budget.depth = 2'000;
  return budget;
}

void php_lexer(ByteView bytes) {
  std::string_view source = as_text(bytes);
  for (php::Dialect dialect : {php::Dialect::modern, php::Dialect::short_tags, php::Dialect::legacy})
    for (php::Start start : {php::Start::html, php::Start::code}) {
      php::Lexer lexer(source, dialect, start);
      size_t at = 0;
      for (php::Token token = lexer.next(); token.kind != php::TokenKind::end; token = lexer.next()) {
        APLOMB_CHECK(token.offset == at && token.length > 0);
        at += token.length;
      }
      APLOMB_CHECK(at == source.size());
    }
}

// A subtree is contiguous and its children come before it: the data flow counts on that.
void php_parser(ByteView bytes) {
  php::Syntax syntax = php::Parser(as_text(bytes), php::Dialect::legacy, php::Start::html, small()).run();
  for (php::NodeId id = 0; id < syntax.nodes.size(); ++id)
    for (php::NodeId child : syntax.children_of(id)) APLOMB_CHECK(child < id);
}

void php_analysis(ByteView bytes) {
  php::Budget budget = small();
  php::Analysis analysis = php::analyse(bytes, budget);
  APLOMB_CHECK(analysis.findings.size() <= budget.findings);
  for (size_t i = 0; i < analysis.findings.size(); ++i)
    for (size_t j = 0; j < i; ++j) APLOMB_CHECK(!(analysis.findings[i] == analysis.findings[j]));
}

constexpr std::array kTargets = {Target{"php_lexer", php_lexer}, Target{"php_parser", php_parser},
                                 Target{"php_analysis", php_analysis}};

}  // namespace

std::span<const Target> php_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
