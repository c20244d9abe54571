// The value of each kind of expression.
#include "php/characters.h"
#include "php/flow.h"
#include "php/fold.h"

namespace aplomb::php {

void Flow::evaluate(NodeId id) {
  const Node& node = syntax_.nodes[id];
  in_method_ = is_method(id);
  Value made;
  switch (node.kind) {
    case NodeKind::literal:
    case NodeKind::text:
      made = leaf(id);
      break;
    case NodeKind::variable:
      made = variable_node(id, node.name);
      break;
    case NodeKind::dynamic_variable: {
      const Value& name = value(syntax_.children_of(id)[0]);
      if (name.constant.is_text()) {
        NameId known = is_request_array(name.constant.text()) ? kNone : name_id(name.constant.text());
        if (is_request_array(name.constant.text()))
          made = foreign(kRequest, id);
        else if (known != kNone)
          made = variable_node(id, known);
      }
      break;
    }
    case NodeKind::name:
      made = constant_name(id);
      break;
    case NodeKind::index:
      made = index(id);
      break;
    case NodeKind::property:
    case NodeKind::static_property:
    case NodeKind::static_member:
      made = member(id);
      break;
    case NodeKind::call:
      made = call(id);
      break;
    case NodeKind::new_object:
      if (node.child_count > 0) made = value(syntax_.children_of(id)[0]);
      break;
    case NodeKind::unary:
      made = unary(id);
      break;
    case NodeKind::cast:
      made = cast(id);
      break;
    case NodeKind::binary:
      made = binary(id);
      break;
    case NodeKind::assign:
      made = assignment(id);
      break;
    case NodeKind::ternary: {
      auto parts = syntax_.children_of(id);
      made = mixed_children(id, parts.size() == 3 ? 1 : 0);
      const Constant& condition = value(parts[0]).constant;
      if (condition.known())
        made.constant = value(condition.to_boolean() ? parts[parts.size() - 2] : parts.back()).constant;
      break;
    }
    case NodeKind::array:
      made = array(id);
      break;
    case NodeKind::pair:
      made = value(syntax_.children_of(id).back());
      if ((value(syntax_.children_of(id)[0]).marks & kRequest) != 0)
        made.mix(value(syntax_.children_of(id)[0]));
      break;
    case NodeKind::interpolated:
      made = interpolated(id);
      break;
    case NodeKind::shell:
      sink_command(id, "`…`", interpolated(id));
      break;
    case NodeKind::include_file:
      sink_include(id, value(syntax_.children_of(id)[0]));
      break;
    case NodeKind::closure:
      if (node.child_count > 0) results_[node.name].mix(value(syntax_.children_of(id)[0]));
      made.closure = node.name;
      break;
    case NodeKind::condition:
      made = mixed_children(id, 0);
      break;
    case NodeKind::each:
      bind_each(id);
      break;
    case NodeKind::result: {
      made = value(syntax_.children_of(id)[0]);
      Value& result = results_[scope_of(node)];
      uint16_t before = result.marks;
      result.mix(made);
      result.constant = made.constant;
      if (result.marks != before) changed_ = true;
      exit_gates_[scope_of(node)] |= gates(node);
      break;
    }
    case NodeKind::leave:
      exit_gates_[scope_of(node)] |= gates(node);
      break;
    case NodeKind::alternatives:
      made = mixed_children(id, 0);
      break;
  }
  values_[id] = std::move(made);
}

namespace {
// Where in a text of PHP something is put that follows this beginning: right behind the open tag or outside
// of PHP, where it is code by itself; behind other code; or nowhere, as within quotes.
enum class CodePosition : uint8_t { none, inside, first };

CodePosition code_position(std::string_view prefix) {
  size_t tag = prefix.rfind("<?");
  if (tag == std::string_view::npos || prefix.size() - tag > 4096) return CodePosition::none;
  std::string_view behind = prefix.substr(tag + 2);
  if (behind.starts_with("php")) behind.remove_prefix(3);
  if (behind.starts_with("=")) behind.remove_prefix(1);
  if (behind.find("?>") != std::string_view::npos ||
      behind.find_first_not_of(" \t\r\n@") == std::string_view::npos)
    return CodePosition::first;
  char quote = 0;
  for (size_t i = 0; i < behind.size(); ++i) {
    if (behind[i] == '\\') {
      ++i;
    } else if (quote == 0 && (behind[i] == '\'' || behind[i] == '"')) {
      quote = behind[i];
    } else if (behind[i] == quote) {
      quote = 0;
    }
  }
  return quote == 0 ? CodePosition::inside : CodePosition::none;
}
}  // namespace

Value Flow::leaf(NodeId id) {
  const Node& node = syntax_.nodes[id];
  if (values_[id].constant.known()) return values_[id];
  std::string_view text = syntax_.text(node);
  Value made;
  made.constant = literal(text, node.quote, meter_);
  if (node.quote != Quote::none && node.quote != Quote::single_quote && text.size() >= 10 &&
      escape_count(text) * 6 >= text.size())
    made.marks = kEncoded;
  return made;
}

Value Flow::variable_node(NodeId id, NameId name) {
  const Node& node = syntax_.nodes[id];
  std::string_view text = name < syntax_.names.size() ? syntax_.name(name) : std::string_view();
  if (is_request_array(text)) return foreign(kRequest | (text == "_COOKIE" ? kVisitor : 0), id);
  if (text == "GLOBALS") return {};
  if (text == "_SERVER") {
    Value made;
    made.is_server = true;
    return made;
  }
  bool is_property = syntax_.blocks[node.block].is_class;
  uint32_t scope = is_property ? static_cast<uint32_t>(kProperties) : scope_of(node);
  Variable& held = node.kind == NodeKind::variable ? variable_of(id) : variable(scope, name);
  if (const Value* outer = held.ever_assigned ? nullptr : outer_value(name, scope)) {
    Value made = *outer;
    if ((made.marks & kForeign) != 0) made.origin = origin(id);
    return made;
  }
  return read(held, node, scope);
}

Value Flow::constant_name(NodeId id) {
  const Node& node = syntax_.nodes[id];
  std::string_view name = syntax_.name(node.name);
  Value made;
  if (name == "true" || name == "false")
    made.constant = Constant::of(name == "true");
  else if (name == "null")
    made.constant = Constant::of_null();
  else if (name == "php_eol")
    made.constant = Constant::of(std::string("\n"));
  else if (name == "directory_separator")
    made.constant = Constant::of(std::string("/"));
  else if (name == "__line__")
    made.constant = Constant::of(static_cast<int64_t>(node.line));
  else if (name == "__file__")
    made.marks = kSelfPath;
  else if (name == "__compiler_halt_offset__")
    made.marks = 0;
  else {
    auto known = variable_ids_.find(static_cast<Key>(kConstants) << 32 | node.name);
    if (known != variable_ids_.end()) made = read(variables_[known->second], node, kConstants);
    // Before PHP 8 a name that nobody defined was its own text, and obfuscators write texts so.
    bool is_word = !name.starts_with("__") && name.find('\\') == std::string_view::npos;
    if (!made.constant.known() && made.marks == 0 && is_word) {
      made.constant = Constant::of(std::string(syntax_.text(node)));
      made.marks = kBareword;
    }
  }
  return made;
}

Value Flow::index(NodeId id) {
  auto parts = syntax_.children_of(id);
  const Node& whole = syntax_.nodes[parts[0]];
  Constant key;
  if (parts.size() > 1) {
    key = value(parts[1]).constant;
    // $_GET[cmd]: before PHP 8 a bare word is its own text
    if (!key.known() && syntax_.nodes[parts[1]].kind == NodeKind::name)
      key = Constant::of(std::string(syntax_.text(syntax_.nodes[parts[1]])));
  }
  std::string_view name = whole.kind == NodeKind::variable ? syntax_.name(whole.name) : std::string_view();
  if (whole.kind == NodeKind::dynamic_variable) {
    const Value& named = value(syntax_.children_of(parts[0])[0]);
    if (named.constant.text() == "_SERVER") name = "_SERVER";
    if (named.constant.text() == "GLOBALS") name = "GLOBALS";
  }
  Value made;
  if (name == "_SERVER" || name == "_ENV" || value(parts[0]).is_server) {
    std::string text = key.to_text();
    if (is_request_key(text)) made = foreign(kRequest, id);
    if (text == "HTTP_HOST" || text == "SERVER_NAME" || text == "HTTP_REFERER" || text == "HTTP_USER_AGENT" ||
        text == "REMOTE_ADDR" || text == "REMOTE_HOST")
      made.marks |= kVisitor;
    if (text == "SCRIPT_FILENAME" || text == "PATH_TRANSLATED") made.marks |= kSelfPath;
    return made;
  }
  if (name == "GLOBALS" && key.is_text()) {
    if (is_request_array(key.text())) return foreign(kRequest, id);
    if (NameId known = name_id(key.text()); known != kNone)
      return read(variable(0, known), syntax_.nodes[id], 0);
    return made;
  }
  const Value& from = value(parts[0]);
  made = from;
  if (key.known())
    made.constant = fold_index(from.constant, key, meter_);
  else
    made.constant = Constant();
  if (from.constant.is_text()) made.marks |= kBuilt;
  if (is_request_array(name)) made.origin = origin(id);
  bool is_file = name == "_FILES" || (from.origin != 0 && origins_[from.origin].label.starts_with("$_FILES"));
  if (is_file && key.text() == "tmp_name") made.marks |= kUpload;
  return made;
}

Value Flow::member(NodeId id) {
  const Node& node = syntax_.nodes[id];
  auto parts = syntax_.children_of(id);
  NameId name = node.name;
  if (name == kNone && parts.size() > 1 && value(parts[1]).constant.is_text()) {
    auto known = syntax_.name_ids.find(value(parts[1]).constant.text());
    if (known != syntax_.name_ids.end()) name = known->second;
  }
  if (name == kNone) return {};
  uint32_t space = node.kind == NodeKind::static_member ? kClassConstants : kProperties;
  auto known = variable_ids_.find(static_cast<Key>(space) << 32 | name);
  if (known == variable_ids_.end()) return {};
  return read(variables_[known->second], node, space);
}

Value Flow::unary(NodeId id) {
  NodeId child = syntax_.children_of(id)[0];
  auto op = static_cast<Op>(syntax_.nodes[id].op);
  Value made;
  made.constant = fold_unary(op, value(child).constant, meter_);
  made.marks = value(child).marks & kGate;
  if (op == Op::bit_not) {
    made = value(child);
    made.constant = fold_unary(op, value(child).constant, meter_);
    add_decoding(made, (made.marks & kForeign) != 0);
  }
  if (op == Op::increment || op == Op::decrement) {
    if (value(child).constant.is_text()) made.marks |= kBuilt;
    assign_to(child, made, syntax_.nodes[id].block);
  }
  return made;
}

Value Flow::cast(NodeId id) {
  NodeId child = syntax_.children_of(id)[0];
  char type = static_cast<char>(syntax_.nodes[id].op);
  Value made = value(child);
  made.constant = fold_cast(type, made.constant);
  bool keeps = type == 's' || type == 'a' || type == 'o';
  if (!keeps) {
    made.marks &= kGate;
    made.leads = false;
  }
  return made;
}

Value Flow::binary(NodeId id) {
  auto parts = syntax_.children_of(id);
  auto op = static_cast<Op>(syntax_.nodes[id].op);
  if (op == Op::dot) {
    bool is_chain = syntax_.nodes[parts[0]].kind == NodeKind::binary;  // its only reader is this node
    Value left = is_chain ? std::move(values_[parts[0]]) : value(parts[0]);
    return concatenated(std::move(left), value(parts[1]));
  }
  const Value& left = value(parts[0]);
  const Value& right = value(parts[1]);
  Value made;
  made.constant = fold_binary(op, left.constant, right.constant, meter_);
  made.marks = (left.marks | right.marks) & kGate;
  if (op == Op::equal || op == Op::identical || op == Op::not_equal || op == Op::not_identical)
    sink_compared(id, left, right);
  bool on_bytes = op == Op::bit_xor || op == Op::bit_or || op == Op::bit_and;
  if (on_bytes && (!made.constant.known() || made.constant.is_text())) {
    made.mix(left);
    made.mix(right);
    add_decoding(made, true);
  } else if (op == Op::coalesce || op == Op::plus) {
    bool is_number = op == Op::plus && (left.constant.is_number() || right.constant.is_number());
    if (!is_number) {
      made.mix(left);
      made.mix(right);
    }
    if (op == Op::coalesce)
      made.constant = left.constant.known() || (left.marks & kForeign) != 0 ? left.constant : right.constant;
  }
  return made;
}

Value Flow::concatenated(Value left, const Value& right) {
  constexpr std::string_view kOpeners = " \t\n;&|'\"`(@";
  bool left_is_nothing =
      left.constant.is_text() && left.constant.text().find_first_not_of(kOpeners) == std::string::npos;
  std::string_view prefix = left.constant.text();
  // behind these a shell starts a command of its own
  bool opens_command =
      !prefix.empty() &&
      (std::string_view(";&|`(").find(prefix.back()) != std::string_view::npos || prefix.ends_with("-c ") ||
       prefix.ends_with("/c ") || prefix.ends_with("-c '") || prefix.ends_with("-c \""));
  bool glued =
      left.constant.known() && right.constant.known() && !prefix.empty() && !right.constant.text().empty();
  Value made;
  made.marks = (left.marks | right.marks) & static_cast<uint16_t>(~(kSelfPath | kCodePath));
  bool is_first = left_is_nothing || opens_command;
  CodePosition position = (left.marks & kForeign) == 0 && (right.marks & kRequest) != 0 && right.leads
                              ? code_position(prefix)
                              : CodePosition::none;
  made.leads =
      (left.marks & kForeign) != 0 ? left.leads : right.leads && (is_first || position != CodePosition::none);
  made.in_code = left.in_code || right.in_code || (!is_first && position == CodePosition::inside);
  made.ends = (right.marks & kForeign) != 0 && right.ends;
  made.origin = left.origin != 0 ? left.origin : right.origin;
  if (glued) made.marks |= kBuilt;
  if (!left.constant.known() && right.constant.is_text() && is_code_name(right.constant.text()))
    made.marks |= kCodePath;
  // Behind the words of a template, what is filled in is a part and not the code (evaluated by a class).
  size_t letters = 0;
  for (char c : prefix.substr(0, 64)) letters += is(c, kNameByte);
  if (in_method_ && letters >= 3 && !right.constant.known() && !prefix.starts_with("return"))
    made.marks &= static_cast<uint16_t>(~(kUndecoded | kEncoded));
  made.constant = fold_binary(Op::dot, std::move(left.constant), right.constant, meter_);
  return made;
}

// A heredoc loses the newline before its closing label, and the indentation of that label on every line.
Value Flow::interpolated(NodeId id) {
  const Node& node = syntax_.nodes[id];
  auto parts = syntax_.children_of(id);
  Value made;
  made.constant = Constant::of(std::string());
  for (size_t i = 0; i < parts.size(); ++i) {
    Value part = value(parts[i]);
    if (part.constant.is_array()) part.constant = Constant::of(std::string("Array"));
    bool is_text = syntax_.nodes[parts[i]].kind == NodeKind::text;
    if (is_text && node.op == 1 && part.constant.is_text()) {
      std::string text(part.constant.text());
      if (i + 1 == parts.size() && text.ends_with('\n')) text.pop_back();
      if (i + 1 == parts.size() && text.ends_with('\r')) text.pop_back();
      if (node.name != kNone && node.name > 0) {
        std::string flush;
        size_t strip = i == 0 ? node.name : 0;
        for (char c : text) {
          bool skipped = strip > 0 && (c == ' ' || c == '\t');
          strip = c == '\n' ? node.name : skipped ? strip - 1 : 0;
          if (!skipped) flush.push_back(c);
        }
        text = std::move(flush);
      }
      part.constant = Constant::of(std::move(text));
    }
    made = concatenated(std::move(made), part);
  }
  if (parts.size() == 1 && syntax_.nodes[parts[0]].kind == NodeKind::text) made.marks = value(parts[0]).marks;
  return made;
}

Value Flow::mixed_children(NodeId id, size_t from) {
  Value made;
  auto parts = syntax_.children_of(id);
  for (size_t i = from; i < parts.size(); ++i) made.mix(value(parts[i]));
  return made;
}

Value Flow::array(NodeId id) {
  Value made = mixed_children(id, 0);
  Constant whole = Constant::of(Constant::Items());
  auto parts = syntax_.children_of(id);
  for (NodeId part : parts) {
    const Constant& item = value(part).constant;
    if (!item.known() || !meter_.spend_bytes(32)) return made;
    if (syntax_.nodes[part].kind != NodeKind::pair) {
      whole.push_back(item);
      continue;
    }
    const Constant& key = value(syntax_.children_of(part)[0]).constant;
    if (!key.known() || key.is_array() || !meter_.spend_steps(whole.items().size() / 8 + 1)) return made;
    whole.put(key.is_text() ? key : Constant::of(key.to_integer()), item);
  }
  made.constant = std::move(whole);
  return made;
}

}  // namespace aplomb::php
