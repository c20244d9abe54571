// The syntax of one source as a flat list of nodes in post-order: a node's children come before it,
// statements come in the order of the text. So every analysis is a loop over an array, and nothing recurses
// however deep the input nests. It holds expressions, the scopes (functions) and blocks that they stand in,
// and the conditions of the blocks; it is not a complete tree of statements, because no analysis here needs
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "php/token.h"

namespace aplomb::php {

using NodeId = uint32_t;
using NameId = uint32_t;
constexpr uint32_t kNone = UINT32_MAX;

enum class NodeKind : uint8_t {
  literal,           // a string or number token
  text,              // a literal part of an interpolated string
  variable,          // $name
  dynamic_variable,  // ${child}, $$name
  name,              // a constant, a function about to be called, a class
  index,             // child[child?]
  property,          // child->name, or child->{child}
  static_property,   // child::$name
  static_member,     // child::name, or child::{child}
  call,              // callee, arguments
  new_object,        // class or call
  unary,             // op child
  cast,              // (type) child
  binary,            // child op child
  assign,            // child op child
  ternary,           // condition, (value,) other
  array,             // children are values and pairs
  pair,              // key => value
  interpolated,      // parts
  shell,             // `parts`
  include_file,      // include, require
  closure,           // a function expression; `scope` of the function in `name`
  condition,         // of if, while, switch, for
  each,              // foreach: subject, (key,) value
  result,            // return child; child of fn()
  leave,             // exit, return without value, throw
  alternatives,      // match: any child may be the value
};

constexpr uint16_t kConstruction = 1;  // Node::op of the call in `new Name(…)`, which calls no function

// How a string literal is quoted decides what its escapes mean.
enum class Quote : uint8_t { none, single_quote, double_quote, heredoc, nowdoc, backtick };

struct Node {
  NodeKind kind = NodeKind::literal;
  Quote quote = Quote::none;
  uint16_t op = 0;  // Op; Keyword of conditions; type letter of casts
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t line = 0;
  NameId name = kNone;  // variable, name, property, member, closure's scope, heredoc's indentation
  uint32_t block = 0;
  uint32_t first_child = 0;  // in Syntax::children
  uint32_t child_count = 0;
};

struct Scope {
  enum class Kind : uint8_t { file, function, method, closure };
  Kind kind = Kind::file;
  NameId name = kNone;  // lower case
  uint32_t parent = 0;
  uint32_t first_node = 0;
  uint32_t last_node = 0;  // one past
  bool has_loop = false;
  std::vector<NameId> parameters;
  std::vector<NameId> captured;  // use (…)
  uint32_t by_reference = 0;     // which of the first 32 parameters are &$parameters
};

struct Block {
  uint32_t parent = kNone;
  uint32_t scope = 0;
  NodeId condition = kNone;
  bool is_loop = false;
  bool is_class = false;
};

// A map by text that is asked with views.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Syntax {
  std::string_view source;
  std::vector<Node> nodes;
  std::vector<NodeId> children;
  std::vector<Scope> scopes;       // 0 is the file
  std::vector<Block> blocks;       // 0 is the file
  std::vector<std::string> names;  // variables as written without $; everything else in lower case
  std::unordered_map<std::string, NameId, TextHash, std::equal_to<>> name_ids;
  std::unordered_map<uint64_t, std::vector<NameId>> globals;  // by scope: `global $x`
  bool has_namespace = false;
  bool has_class = false;
  bool has_goto = false;
  bool cut_short = false;  // a limit was reached: the rest of the source is not in here

  std::span<const NodeId> children_of(NodeId id) const {
    const Node& node = nodes[id];
    return {children.data() + node.first_child, node.child_count};
  }
  std::string_view text(const Node& node) const { return source.substr(node.offset, node.length); }
  std::string_view name(NameId id) const {
    return id < names.size() ? std::string_view(names[id]) : std::string_view();
  }
  NameId intern(std::string_view name) {
    if (auto known = name_ids.find(name); known != name_ids.end()) return known->second;
    auto id = static_cast<NameId>(names.size());
    names.emplace_back(name);
    name_ids.emplace(std::string(name), id);
    return id;
  }
};

}  // namespace aplomb::php
