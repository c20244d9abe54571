// Calls: of PHP's own functions by what is known of them, of the file's own functions by binding what is
// handed in to their parameters.
#include <algorithm>

#include "php/characters.h"
#include "php/flow.h"
#include "php/fold.h"

namespace aplomb::php {
namespace {
constexpr size_t kCandidatesMax = 8;
constexpr size_t kManyFunctions = 10;
constexpr size_t kInlineDepthMax = 6;
constexpr uint32_t kInlineNodesMax = 400;
constexpr size_t kArgumentsMax = 32;

// /^[A-Za-z0-9_.-]+$/ and the like: what matches holds nothing but such characters.
bool is_confining(std::string_view pattern) {
  if (pattern.size() < 6 || pattern[1] != '^') return false;
  size_t open = pattern[2] == '(' ? 3 : 2;
  size_t close = pattern.find(']', open);
  if (pattern[open] != '[' || close == std::string_view::npos) return false;
  for (size_t i = open + 1; i < close; ++i) {
    bool is_class = pattern[i] == '\\' && (pattern[i + 1] == 'w' || pattern[i + 1] == 'd' ||
                                           pattern[i + 1] == '-' || pattern[i + 1] == '.');
    if (!is(pattern[i], kNameByte) && pattern[i] != '-' && pattern[i] != '.' && !is_class) return false;
  }
  size_t end = pattern.find('$', close);
  if (end == std::string_view::npos) return false;
  return pattern.substr(close + 1, end - close - 1).find_first_not_of("+*?{},0123456789)") ==
             std::string_view::npos &&
         end + 1 < pattern.size() && pattern[end + 1] == pattern[0];
}
}  // namespace

namespace {
// The function that a text of code hands a variable to, when that function runs code or commands.
std::string_view executor_in(std::string_view code) {
  constexpr std::string_view kNames[] = {"eval", "assert", "system", "shell_exec", "passthru", "exec"};
  if (code.size() > 400) return {};
  for (std::string_view name : kNames) {
    size_t at = code.find(name);
    if (at == std::string_view::npos) continue;
    std::string_view behind = code.substr(at + name.size());
    if (behind.starts_with("($") || behind.starts_with(" ($") || behind.starts_with("( $")) return name;
  }
  return {};
}
}  // namespace

Value Flow::call(NodeId id) {
  auto parts = syntax_.children_of(id);
  std::span<const NodeId> arguments = parts.subspan(1);
  const Node& callee = syntax_.nodes[parts[0]];
  if (syntax_.nodes[id].op == kConstruction) {
    std::string_view name = callee.kind == NodeKind::name ? syntax_.name(callee.name) : std::string_view();
    Value made;
    if (name == "reflectionfunction" && !arguments.empty()) {
      sink_callable(id, "ReflectionFunction", value(arguments[0]), value(arguments[0]));
      made = value(arguments[0]);  // invoke() calls what it names
    }
    if (name == "callbackfilteriterator" && arguments.size() > 1)
      sink_named_callback(id, "CallbackFilterIterator", value(arguments[1]), value(arguments[0]));
    if (name.starts_with("array") && !arguments.empty())
      made = value(arguments[0]);  // ArrayObject, ArrayIterator
    auto constructors = methods_.find("__construct");
    if (constructors != methods_.end()) call_scopes(constructors->second, arguments);
    return made;
  }
  switch (callee.kind) {
    case NodeKind::name:
      return call_by_name(id, syntax_.name(callee.name), arguments, false);
    case NodeKind::property:
    case NodeKind::static_member: {
      std::string_view name = syntax_.name(callee.name);
      auto known = methods_.find(name);
      if (known != methods_.end()) return call_scopes(known->second, arguments);
      if (callee.kind == NodeKind::property && syntax_.children_of(parts[0]).size() > 0) {
        const Value& object = value(syntax_.children_of(parts[0])[0]);
        sink_method(id, name, object, arguments);
        bool invokes = name == "invoke" || name == "invokeargs";
        if (invokes && object.constant.is_text())
          return call_by_name(id, lower(object.constant.text()), arguments, true);
        if (name == "getdoccomment") return foreign(kOwnBytes, id);
      }
      break;  // perhaps a property that holds a function
    }
    default:
      break;
  }
  Value target = value(parts[0]);
  if (callee.kind == NodeKind::static_member || callee.kind == NodeKind::static_property) return {};
  if (target.closure != 0) return call_scopes({target.closure}, arguments);
  Value others;
  for (NodeId argument : arguments) others.mix(value(argument));
  bool is_doubtful = (target.marks & (kForeign | kUndecoded | kSelfPath)) != 0;
  if (callee.kind != NodeKind::property && collecting_ && is_doubtful) {
    sink_callable(id, excerpt(parts[0]), target, others);
    // Neither the function nor what it is given can be read.
    bool is_opaque =
        !is_method(id) && !target.constant.known() && (target.marks & others.marks & kUndecoded) != 0;
    if (is_opaque) report(Rule::opaque_execution, Level::opaque, id, excerpt(parts[0]), target);
  }
  bool is_doubtful_request = (others.marks & kRequest) != 0 && others.leads && !is_method(id);
  if (is_doubtful_request && callee.kind == NodeKind::variable && is_never_assigned(parts[0]))
    report(Rule::unset_executed, Level::suspicious, id, excerpt(parts[0]), target);
  if (is_doubtful_request && callee.kind == NodeKind::call) {
    const Node& maker = syntax_.nodes[syntax_.children_of(parts[0])[0]];
    Role role = maker.kind == NodeKind::name ? facts(syntax_.name(maker.name)).role : Role::none;
    if (role == Role::read || role == Role::remote)
      report(Rule::computed_call, Level::suspicious, id, excerpt(parts[0]), others);
  }
  bool is_computed = callee.kind == NodeKind::variable && !target.constant.known() &&
                     (target.marks & (kBuilt | kEncoded)) != 0 && (target.marks & kForeign) == 0;
  if (is_computed && (others.marks & kRequest) != 0 && others.leads)
    report(Rule::computed_call, Level::suspicious, id, excerpt(parts[0]), others);
  if (target.constant.is_text()) {
    std::string name = lower(target.constant.text());
    if (name.starts_with('\\')) name.erase(0, 1);
    return call_by_name(id, name, arguments, (target.marks & (kBuilt | kEncoded)) != 0);
  }
  if (callee.kind == NodeKind::property) return {};  // a method of an object of another file
  Value made;
  made.marks = others.marks & kForeign;
  made.leads = others.leads;
  made.origin = others.origin;
  return made;
}

Value Flow::call_by_name(NodeId id, std::string_view name, std::span<const NodeId> arguments,
                         bool is_disguised) {
  auto own = functions_.find(name);
  if (own != functions_.end()) {
    Value made = call_scopes(own->second, arguments);
    write_back(own->second, arguments, syntax_.nodes[id].block);
    for (uint32_t scope : own->second)
      if (fetches_[scope]) sink_cloaked(id, name);
    return made;
  }
  FunctionFacts known = facts(name);
  bool is_code = known.role == Role::execute || known.role == Role::command || known.role == Role::replace;
  if (is_disguised && (is_code || is_decoder(name)))
    report(Rule::disguised_call, Level::suspicious, id, name, Value());
  return call_function(id, name, arguments, known);
}

Value Flow::call_function(NodeId id, std::string_view name, std::span<const NodeId> arguments,
                          FunctionFacts known) {
  const Value nothing;
  Value all;
  for (NodeId argument : arguments) all.mix(value(argument));
  const Value& placed = known.place < arguments.size() ? value(arguments[known.place]) : nothing;
  uint32_t scope = scope_of(syntax_.nodes[id]);
  switch (known.role) {
    case Role::execute:
      sink_code(id, name, placed);
      if (known.place < arguments.size() && name != "assert") sink_unset(id, name, arguments[known.place]);
      if (name == "create_function" && !arguments.empty()) {
        sink_code(id, name, value(arguments[0]));
        // A function that hands its argument to eval or a command is that function under another name.
        Value made;
        std::string_view executor = executor_in(placed.constant.text());
        if (!executor.empty()) made.constant = Constant::of(std::string(executor));
        return made;
      }
      return {};
    case Role::replace:
      sink_replace(id, name, arguments);
      break;
    case Role::command:
      sink_command(id, name, placed);
      if (known.place < arguments.size()) sink_unset(id, name, arguments[known.place]);
      return {};
    case Role::callback: {
      if (placed.constant.is_text()) {
        std::string target = lower(placed.constant.text());
        FunctionFacts called = facts(target);
        auto own = functions_.find(target);
        std::vector<NodeId> handed;
        for (size_t i = 0; i < arguments.size(); ++i)
          if (i != known.place) handed.push_back(arguments[i]);
        bool is_walk = name == "array_walk" || name == "array_map" || name == "array_filter";
        if (own != functions_.end() && is_walk && handed.size() == 1 && value(handed[0]).constant.is_array())
          return call_elements(own->second, value(handed[0]));
        if (own != functions_.end()) return call_scopes(own->second, handed);
        Value others;
        for (NodeId argument : handed) others.mix(value(argument));
        if (handed.size() == 1) others.constant = value(handed[0]).constant;
        if (called.role == Role::execute || called.role == Role::command)
          sink_named_callback(id, name, placed, others);
        if (called.role == Role::execute) sink_code(id, target, others);
        if (called.role == Role::command) sink_command(id, target, others);
        if (called.role == Role::callback || called.role == Role::execute || called.role == Role::command)
          return {};
        if (name.starts_with("call_user_func")) return call_function(id, target, handed, called);
      } else if (placed.closure != 0) {
        std::vector<NodeId> handed;
        for (size_t i = 0; i < arguments.size(); ++i)
          if (i != known.place) handed.push_back(arguments[i]);
        return call_scopes({placed.closure}, handed);
      } else {
        Value others;
        for (size_t i = 0; i < arguments.size(); ++i)
          if (i != known.place) others.mix(value(arguments[i]));
        sink_callable(id, name, placed, others);
      }
      for (NodeId argument : arguments)
        if (is_spread(argument) && (value(argument).marks & kRequest) != 0)
          report(Rule::request_to_callback, Level::malicious, id, name, value(argument));
      break;
    }
    case Role::write:
      sink_written(id, name, arguments, known);
      return {};
    case Role::move:
      sink_moved(id, name, arguments);
      return {};
    case Role::open:
      return arguments.empty() ? nothing : opened(id, value(arguments[0]));
    case Role::read:
      if (!arguments.empty() && (name == "readfile" || name == "highlight_file" || name == "show_source"))
        sink_path(id, name, value(arguments[0]));
      return arguments.empty() ? nothing : read_from(id, value(arguments[0]));
    case Role::request:
      return foreign(kRequest, id);
    case Role::environment:
      return !arguments.empty() && is_request_key(value(arguments[0]).constant.text()) ? foreign(kRequest, id)
                                                                                       : nothing;
    case Role::expose:
      sink_path(id, name, placed);
      return {};
    case Role::remote:
      sink_cloaked(id, name);
      sink_connection(id, name, arguments);
      return foreign(kRemote, id);
    case Role::neighbour:
      return foreign(kNeighbour, id);
    case Role::check:
      if (known.place < arguments.size()) {
        bool confines = name == "preg_match" && is_confining(value(arguments[0]).constant.text());
        checked(arguments[known.place], confines ? kChecked | kConfined : kChecked);
      }
      // preg_match hands out what it matched
      if (known.place == 1 && arguments.size() > 2) {
        Value matched = placed;
        matched.constant = Constant();
        assign_to(arguments[2], matched, syntax_.nodes[id].block);
      }
      {
        Value made;
        made.marks = all.marks & kGate;
        return made;
      }
    case Role::escape: {
      Value made;
      made.marks = all.marks & kGate;
      if (is_digest(name) && (all.marks & (kRequest | kHashed)) != 0) made.marks |= kHashed;
      if (name == "password_verify" && arguments.size() > 1 &&
          value(arguments[1]).constant.text().starts_with("$2"))
        sink_compared(id, placed, value(arguments[1]));
      std::vector<Constant> constants;
      for (NodeId argument : arguments) constants.push_back(value(argument).constant);
      made.constant = fold_call(name, constants, meter_);
      return made;
    }
    case Role::clock: {
      Value made;
      made.marks = kTime;
      return made;
    }
    case Role::extract:
      extracted(id, name, arguments);
      return {};
    case Role::unserialize:
      sink_unserialize(id, arguments);
      break;
    case Role::mail:
      sink_mail(id, arguments);
      return {};
    case Role::filter:
      sink_filter(id, arguments);
      break;
    case Role::account:
      sink_account(id, name, arguments);
      return {};
    case Role::trace:
      traces(id, name, arguments);
      return {};
    case Role::define:
      defined(arguments, syntax_.nodes[id].block);
      return {};
    case Role::pass:
    case Role::none:
      break;
  }
  if (name == "isset" || name == "empty") {
    for (NodeId argument : arguments)
      if (syntax_.nodes[argument].kind == NodeKind::index && syntax_.children_of(argument).size() > 1)
        checked(syntax_.children_of(argument)[1]);  // isset($map[$key])
    Value made;
    made.marks = all.marks & kGate;
    return made;
  }
  if (name == "exit" || name == "die") {
    exit_gates_[scope] |= gates(syntax_.nodes[id]);
    return {};
  }
  // strtr with an array fills in a template; with two alphabets it deciphers
  bool decodes = is_decoder(name) && !(name == "strtr" && arguments.size() == 2);
  if (!decodes && known.role != Role::pass && known.role != Role::replace && known.role != Role::callback &&
      known.role != Role::unserialize && known.role != Role::filter) {
    std::vector<Constant> constants;
    for (NodeId argument : arguments) constants.push_back(value(argument).constant);
    Value made;
    made.marks = all.marks & kGate;
    made.constant = fold_call(name, constants, meter_);
    return made;
  }
  Value made = all;
  if (name == "basename") made.leads = false;  // within one folder
  made.marks &= static_cast<uint16_t>(~kCodePath);
  std::vector<Constant> constants;
  for (NodeId argument : arguments) {
    if (constants.size() >= kArgumentsMax) break;
    constants.push_back(value(argument).constant);
  }
  made.constant = fold_call(name, constants, meter_);
  if (made.constant.known())
    made.marks |= decodes ? kEncoded | kBuilt : kBuilt;
  else if (decodes)
    made.marks |= kUndecoded;
  return made;
}

// What the function left in its parameters by reference goes back to the variables that were handed in.
void Flow::write_back(const std::vector<uint32_t>& scopes, std::span<const NodeId> arguments,
                      uint32_t block) {
  if (functions_.size() + methods_.size() >= kManyFunctions)
    return;  // of a program, where much is handed around
  for (size_t k = 0; k < scopes.size() && k < kCandidatesMax; ++k) {
    const Scope& scope = syntax_.scopes[scopes[k]];
    for (size_t i = 0; i < arguments.size() && i < scope.parameters.size() && i < 32; ++i) {
      if ((scope.by_reference >> i & 1) == 0 || syntax_.nodes[arguments[i]].kind != NodeKind::variable)
        continue;
      Value left = variable(scopes[k], scope.parameters[i]).last;
      assign_to(arguments[i], left, block);
    }
  }
}

// The function is called with each element of a known array, and its key behind it.
Value Flow::call_elements(const std::vector<uint32_t>& scopes, const Value& array) {
  Value made;
  const Constant::Items items = array.constant.items();
  for (size_t i = 0; i < items.size() && i < kCandidatesMax; ++i) {
    Value handed[2];
    handed[0] = array;
    handed[0].constant = items[i].second;
    handed[1].constant = items[i].first;
    for (size_t k = 0; k < scopes.size() && k < kCandidatesMax; ++k) made.mix(call_scope(scopes[k], handed));
  }
  return made;
}

Value Flow::call_scopes(const std::vector<uint32_t>& scopes, std::span<const NodeId> arguments) {
  std::vector<Value> values;
  for (NodeId argument : arguments) {
    if (values.size() >= kArgumentsMax) break;
    values.push_back(value(argument));
    values.back().marks &= static_cast<uint16_t>(~kChecked);
  }
  Value made;
  for (size_t i = 0; i < scopes.size() && i < kCandidatesMax; ++i) {
    Value result = call_scope(scopes[i], values);
    made.mix(result);
    made.constant = scopes.size() == 1 ? result.constant : Constant();
    made.closure = result.closure;
  }
  return made;
}

Value Flow::call_scope(uint32_t id, std::span<const Value> arguments) {
  const Scope& scope = syntax_.scopes[id];
  bool all_known = !arguments.empty();
  for (const Value& argument : arguments) all_known = all_known && argument.constant.known();
  uint32_t size = scope.last_node - scope.first_node;
  bool can_inline = all_known && !scope.has_loop && size <= std::min(kInlineNodesMax, inline_left_) &&
                    inlining_.size() < kInlineDepthMax &&
                    std::find(inlining_.begin(), inlining_.end(), id) == inlining_.end();
  if (can_inline) return inlined(id, arguments);
  for (size_t i = 0; i < arguments.size() && i < scope.parameters.size(); ++i)
    assign(variable(id, scope.parameters[i]), arguments[i], 0, true);
  return results_[id];
}

// A call with constants only: the body is evaluated for this call, so that a decoding function folds.
Value Flow::inlined(uint32_t id, std::span<const Value> arguments) {
  const Scope& scope = syntax_.scopes[id];
  inlining_.push_back(id);
  inline_left_ -= scope.last_node - scope.first_node;
  for (size_t i = 0; i < arguments.size() && i < scope.parameters.size(); ++i)
    assign(variable(id, scope.parameters[i]), arguments[i], 0);
  Value outer = results_[id];
  results_[id] = Value();
  evaluate_range(scope.first_node, scope.last_node);
  Value made = results_[id];
  results_[id].mix(outer);
  inlining_.pop_back();
  return made;
}

Value Flow::opened(NodeId id, const Value& path) {
  Value made = read_from(id, path);
  if ((path.marks & kCodePath) != 0) made.marks |= kCodePath;
  if (path.constant.is_text() && is_code_name(path.constant.text())) made.marks |= kCodePath;
  if ((path.marks & kForeign) != 0) {
    made.marks |= kCodePath;
    made.origin = path.origin;
  }
  return made;
}

// What a path names decides where the content comes from; a handle carries its marks already.
Value Flow::read_from(NodeId id, const Value& path) {
  if (path.constant.is_text()) {
    std::string name = lower(path.constant.text());
    if (name == "php://input") return foreign(kRequest, id);
    if (name.starts_with("http://") || name.starts_with("https://") || name.starts_with("ftp://")) {
      sink_cloaked(id, "file_get_contents");
      return foreign(kRemote, id);
    }
    if (name.starts_with("data:")) {
      size_t comma = name.find(',');
      Value made;
      made.marks = kEncoded;
      if (comma == std::string::npos) return made;
      Constant body = Constant::of(std::string(path.constant.text().substr(comma + 1)));
      bool is_base64 = name.substr(0, comma).ends_with("base64");
      made.constant = fold_call(is_base64 ? "base64_decode" : "rawurldecode", std::span(&body, 1), meter_);
      return made;
    }
    return is_data_name(name) ? foreign(kNeighbour, id) : Value();
  }
  if ((path.marks & kSelfPath) != 0) return foreign(kOwnBytes, id);
  Value made;
  if (!path.leads) return made;                  // of some file that the visitor may choose among
  made.marks = path.marks & (kForeign | kGate);  // a path of the attacker's, or a handle
  made.leads = path.leads;
  made.origin = path.origin;
  return made;
}

void Flow::extracted(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (arguments.empty()) return;
  const Value& from = value(arguments[0]);
  if (name == "parse_str" && arguments.size() > 1) {
    Value made = from;
    made.constant = Constant();
    return assign_to(arguments[1], made, syntax_.nodes[id].block);
  }
  bool is_foreign = (from.marks & kRequest) != 0 || name == "import_request_variables";
  uint32_t scope = scope_of(syntax_.nodes[id]);
  if (!is_foreign || extracted_from_[scope] != 0) return;
  extracted_from_[scope] = from.origin != 0 ? from.origin : origin(id);
  changed_ = true;
}

void Flow::checked(NodeId argument, uint16_t how) {
  const Node& node = syntax_.nodes[argument];
  if (node.kind == NodeKind::variable && !is_request_array(syntax_.name(node.name))) {
    Variable& held = variable(scope_of(node), node.name);
    if ((held.checks | how) != held.checks) changed_ = true;
    held.checks |= how;
  } else if (uint32_t from = value(argument).origin; from != 0) {
    if (checked_labels_.insert(origins_[from].label).second) changed_ = true;
    if ((how & kConfined) != 0 && confined_labels_.insert(origins_[from].label).second) changed_ = true;
  }
}

void Flow::defined(std::span<const NodeId> arguments, uint32_t block) {
  if (arguments.size() < 2 || !value(arguments[0]).constant.is_text()) return;
  auto known = syntax_.name_ids.find(lower(value(arguments[0]).constant.text()));
  if (known != syntax_.name_ids.end())
    assign(variable(kConstants, known->second), value(arguments[1]), block);
}

}  // namespace aplomb::php
