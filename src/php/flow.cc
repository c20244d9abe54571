#include "php/flow.h"

#include "php/characters.h"

namespace aplomb::php {
namespace {
constexpr int kPassesMax = 4;
constexpr uint32_t kAncestorsMax = 64;
}  // namespace

Flow::Flow(const Syntax& syntax, Meter& meter, std::shared_ptr<const Environment> outer)
    : syntax_(syntax), meter_(meter), outer_(std::move(outer)) {
  values_.resize(syntax_.nodes.size());
  slots_.resize(syntax_.nodes.size(), kNone);
  results_.resize(syntax_.scopes.size());
  extracted_from_.resize(syntax_.scopes.size());
  exit_gates_.resize(syntax_.scopes.size());
  fetches_.resize(syntax_.scopes.size());
  origins_.emplace_back();
}

void Flow::run() {
  collect_functions();
  collect_circumstances();
  find_loop_built();
  for (int i = 0; i < kPassesMax && !meter_.exhausted(); ++i) {
    changed_ = false;
    pass();
    if (!changed_ && i > 0) break;
  }
  collecting_ = true;
  pass();
}

std::shared_ptr<const Environment> Flow::environment() const {
  constexpr size_t kNamesMax = 2000;
  auto made = std::make_shared<Environment>();
  for (const auto& [key, at] : variable_ids_) {
    const Value& held = variables_[at].last;
    bool says_nothing = !held.constant.known() && held.marks == 0 && !held.is_server;
    auto name = static_cast<NameId>(key);
    if (key >> 32 != 0 || name >= syntax_.names.size() || says_nothing || made->size() >= kNamesMax) continue;
    Value& kept = (*made)[syntax_.names[name]] = held;
    kept.origin = kept.closure = 0;  // these are numbers of this source
  }
  if (outer_) made->insert(outer_->begin(), outer_->end());
  return made;
}

const Value* Flow::outer_value(NameId name, uint32_t scope) const {
  if (!outer_ || scope != 0 || name >= syntax_.names.size()) return nullptr;
  auto found = outer_->find(syntax_.name(name));
  return found == outer_->end() ? nullptr : &found->second;
}

void Flow::collect_functions() {
  auto key = [](uint32_t scope, NameId name) { return static_cast<Key>(scope) << 32 | name; };
  for (uint32_t id = 1; id < syntax_.scopes.size(); ++id) {
    const Scope& scope = syntax_.scopes[id];
    if (scope.kind == Scope::Kind::function) functions_[syntax_.name(scope.name)].push_back(id);
    if (scope.kind == Scope::Kind::method) methods_[syntax_.name(scope.name)].push_back(id);
    for (NameId name : scope.captured) aliases_[key(id, name)] = scope.parent;
  }
  for (NodeId id = 0; id < syntax_.nodes.size() && !authorised_; ++id) {
    if (syntax_.nodes[id].kind != NodeKind::call) continue;
    const Node& callee = syntax_.nodes[syntax_.children_of(id)[0]];
    bool is_named = callee.kind == NodeKind::name || callee.kind == NodeKind::property ||
                    callee.kind == NodeKind::static_member;
    authorised_ = is_named && is_authorisation(syntax_.name(callee.name));
    own_authority_ =
        authorised_ && callee.kind == NodeKind::name && functions_.contains(syntax_.name(callee.name));
  }
  for (const auto& [scope, names] : syntax_.globals)
    for (NameId name : names)
      if (scope != 0) aliases_[key(static_cast<uint32_t>(scope), name)] = 0;
}

// A script of its own includes nothing, declares no class and asks for no constant of a program around it.
void Flow::collect_circumstances() {
  constexpr NodeId kHead = 60;
  standalone_ = !syntax_.has_class && !syntax_.has_namespace;
  for (NodeId id = 0; id < syntax_.nodes.size(); ++id) {
    const Node& node = syntax_.nodes[id];
    if (node.kind == NodeKind::include_file) standalone_ = false;
    bool is_text = node.kind == NodeKind::literal && node.quote != Quote::none && node.length < 400;
    names_crawler_ = names_crawler_ || (is_text && names_crawler(syntax_.text(node)));
    opens_connection_ =
        opens_connection_ || (node.kind == NodeKind::name && is_connection(syntax_.name(node.name)));
    bool asks = node.kind == NodeKind::name && id < kHead && syntax_.name(node.name) == "defined";
    if (asks) standalone_ = false;
    if (node.kind == NodeKind::literal && syntax_.text(node).size() == 15 &&
        syntax_.text(node).substr(1, 13) == "administrator")
      names_administrator_ = true;
  }
}

// A name of a variable as a decoded text gives it; names that stand nowhere in the source get numbers behind
// those that do.
NameId Flow::name_id(std::string_view name) {
  auto known = syntax_.name_ids.find(name);
  if (known != syntax_.name_ids.end()) return known->second;
  constexpr size_t kMoreMax = 20'000;
  if (more_names_.size() >= kMoreMax) return kNone;
  NameId next = static_cast<NameId>(syntax_.names.size() + more_names_.size());
  return more_names_.try_emplace(std::string(name), next).first->second;
}

// What a loop appends to or counts has no constant value; its marks are followed as usual.
void Flow::find_loop_built() {
  for (NodeId id = 0; id < syntax_.nodes.size(); ++id) {
    const Node& node = syntax_.nodes[id];
    bool in_loop = syntax_.blocks[node.block].is_loop;
    auto op = static_cast<Op>(node.op);
    if (node.kind == NodeKind::condition && (node.op == static_cast<uint16_t>(Keyword::k_for) ||
                                             node.op == static_cast<uint16_t>(Keyword::k_while))) {
      NodeId begin = first_of(id);
      if (!meter_.spend_steps(id - begin)) return;
      for (NodeId inside = begin; inside < id; ++inside) {
        const Node& child = syntax_.nodes[inside];
        bool changes = child.kind == NodeKind::assign || (child.kind == NodeKind::unary && child.op >= 256);
        if (changes) mark_loop(syntax_.children_of(inside)[0], true);
      }
    }
    if (node.kind == NodeKind::unary && in_loop && (op == Op::increment || op == Op::decrement))
      mark_loop(syntax_.children_of(id)[0], true);
    if (node.kind == NodeKind::each)
      for (NodeId bound : syntax_.children_of(id)) mark_loop(bound, false);
    if (node.kind != NodeKind::assign || !in_loop) continue;
    NodeId target = syntax_.children_of(id)[0];
    NodeId from = syntax_.children_of(id)[1];
    const Node* held = &syntax_.nodes[target];
    bool appends = op != Op::set || held->kind == NodeKind::index;
    mark_loop(target,
              appends || (held->kind == NodeKind::variable && mentions(from, held->name, scope_of(*held))));
  }
}

void Flow::mark_loop(NodeId target, bool is_built) {
  for (int i = 0; i < 8 && syntax_.nodes[target].kind == NodeKind::index; ++i)
    target = syntax_.children_of(target)[0];
  const Node& node = syntax_.nodes[target];
  if (node.kind != NodeKind::variable) return;
  Variable& held = variable(scope_of(node), node.name);
  held.set_in_loop = true;
  held.built_in_loop = held.built_in_loop || is_built;
}

bool Flow::mentions(NodeId root, NameId name, uint32_t scope) const {
  NodeId begin = first_of(root);
  if (!meter_.spend_steps(root - begin + 1)) return true;
  for (NodeId id = begin; id <= root; ++id) {
    const Node& node = syntax_.nodes[id];
    if (node.kind == NodeKind::variable && node.name == name && scope_of(node) == scope) return true;
  }
  return false;
}

// The first node of the subtree: a subtree is contiguous, so it is all from there to the root.
NodeId Flow::first_of(NodeId root, uint32_t levels_max) const {
  for (uint32_t i = 0; i < levels_max && syntax_.nodes[root].child_count > 0 && meter_.spend_steps(1); ++i)
    root = syntax_.children_of(root)[0];
  return root;
}

void Flow::pass() {
  for (Variable& each : variables_) {
    each.previous_only = each.disagree ? Constant() : each.only;
    each.only = Constant();
    each.disagree = false;
    each.assignments = 0;
  }
  evaluate_range(0, static_cast<NodeId>(syntax_.nodes.size()));
}

void Flow::evaluate_range(NodeId begin, NodeId end) {
  if (!meter_.spend_steps(end - begin)) return;
  for (NodeId id = begin; id < end; ++id) evaluate(id);
}

Flow::Variable& Flow::variable(uint32_t scope, NameId name) {
  Key key = static_cast<Key>(scope) << 32 | name;
  for (int i = 0; i < 16; ++i) {
    auto alias = aliases_.find(key);
    if (alias == aliases_.end()) break;
    key = static_cast<Key>(alias->second) << 32 | name;
  }
  auto [entry, is_new] = variable_ids_.try_emplace(key, static_cast<uint32_t>(variables_.size()));
  if (is_new) variables_.emplace_back();
  return variables_[entry->second];
}

// The last assignment in the order of the text stands before `node` on every way there.
bool Flow::surely_before(const Variable& variable, const Node& node) const {
  if (syntax_.has_goto || (variable.set_in_loop && syntax_.blocks[node.block].is_loop)) return false;
  uint32_t here = node.block;
  for (uint32_t i = 0; i < kAncestorsMax && here != kNone; ++i) {
    if (here == variable.block) return true;
    here = syntax_.blocks[here].parent;
  }
  return false;
}

Flow::Variable& Flow::variable_of(NodeId id) {
  uint32_t& slot = slots_[id];
  const Node& node = syntax_.nodes[id];
  if (slot == kNone) {
    bool is_property = syntax_.blocks[node.block].is_class;
    Variable& found = variable(is_property ? static_cast<uint32_t>(kProperties) : scope_of(node), node.name);
    slot = static_cast<uint32_t>(&found - variables_.data());
  }
  return variables_[slot];
}

Value Flow::read(Variable& variable, const Node& node, uint32_t scope) {
  if (!variable.ever_assigned && scope < extracted_from_.size() && extracted_from_[scope] != 0) {
    Value made;
    made.marks = kRequest;
    made.leads = true;
    made.origin = extracted_from_[scope];
    return made;
  }
  bool is_local = scope < syntax_.scopes.size();
  bool is_current = variable.assignments > 0 && is_local;
  Value out = is_current && surely_before(variable, node) ? variable.last : variable.all;
  out.constant = is_current ? variable.last.constant : variable.previous_only;
  out.closure = variable.last.closure;
  if (variable.built_in_loop) {
    out.constant = Constant();
    out.marks |= kBuilt;
  }
  out.marks |= variable.checks & kChecked;
  if ((variable.checks & kConfined) != 0) out.marks &= static_cast<uint16_t>(~kForeign);
  return out;
}

void Flow::assign(Variable& variable, Value value, uint32_t block, bool conditional) {
  value.marks &= static_cast<uint16_t>(~kChecked);
  if (variable.holder != kNone) values_[variable.holder].constant = Constant();
  variable.holder = kNone;
  variable.begins_empty = value.constant.is_text() ? value.constant.text().empty() : variable.begins_empty;
  if (variable.assignments == 0) {
    variable.only = value.constant;
    variable.disagree = !value.constant.known();
  } else if (!(variable.only == value.constant)) {
    variable.disagree = true;
    variable.only = Constant();
  }
  ++variable.assignments;
  uint16_t before = variable.all.marks;
  bool led = variable.all.leads;
  bool had = variable.ever_assigned;
  variable.all.mix(value);
  variable.ever_assigned = true;
  if (before != variable.all.marks || led != variable.all.leads || !had) changed_ = true;
  if (conditional) value.mix(variable.last);
  variable.last = std::move(value);
  variable.block = block;
}

Value Flow::foreign(uint16_t marks, NodeId node) {
  Value made;
  made.marks = marks;
  made.leads = made.ends = true;
  made.origin = origin(node);
  return made;
}

uint32_t Flow::origin(NodeId node) {
  auto [entry, is_new] = origin_ids_.try_emplace(node, static_cast<uint32_t>(origins_.size()));
  if (is_new) origins_.push_back({excerpt(node), syntax_.nodes[node].line, scope_of(syntax_.nodes[node])});
  return entry->second;
}

// The source as written, from the start of the expression, made safe to print.
std::string Flow::excerpt(NodeId id) const {
  constexpr size_t kLongest = 40;
  constexpr uint32_t kLevels = 32;
  const Node& node = syntax_.nodes[id];
  NodeId first = first_of(id, kLevels);
  size_t begin = std::min(syntax_.nodes[first].offset, node.offset);
  size_t end = node.offset + node.length;
  for (NodeId child : syntax_.children_of(id))
    end = std::max<size_t>(end, syntax_.nodes[child].offset + syntax_.nodes[child].length);
  std::string out;
  for (char c : syntax_.source.substr(begin, std::min(end - begin, kLongest)))
    out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  if (node.kind == NodeKind::index && end - begin <= kLongest) out.push_back(']');
  if (node.kind == NodeKind::call && end - begin <= kLongest && out.find('(') != std::string::npos)
    out.push_back(')');
  return out;
}

}  // namespace aplomb::php
