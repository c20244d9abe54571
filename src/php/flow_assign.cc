// Assignments: to variables, elements, properties, constants, lists, and to what a foreach binds.
#include "php/flow.h"
#include "php/fold.h"

namespace aplomb::php {
namespace {
constexpr int kIndexDepthMax = 16;
}

Value Flow::assignment(NodeId id) {
  const Node& node = syntax_.nodes[id];
  auto parts = syntax_.children_of(id);
  auto op = static_cast<Op>(node.op);
  Value made = value(parts[1]);
  if (op == Op::concat_assign) {
    Value held = std::move(values_[parts[0]]);
    if (syntax_.nodes[parts[0]].kind == NodeKind::variable) {
      Variable& grown = variable_of(parts[0]);
      if (grown.assignments == 0 && !held.constant.known() && held.marks == 0)
        held.constant = Constant::of(std::string());
      grown.last.constant = Constant();  // nobody else holds the text: it grows in place
      if (grown.holder != kNone) values_[grown.holder].constant = Constant();
      if (grown.assignments > 0) {
        grown.only = Constant();
        grown.disagree = true;
      }
      if (grown.built_in_loop && grown.begins_empty && !held.constant.known() &&
          (made.marks & kRequest) != 0 && (held.marks & kForeign) == 0) {
        if (!made.leads) grown.begins_empty = false;
        held.constant = Constant::of(std::string());
      }
    }
    made = concatenated(std::move(held), made);
  } else if (op != Op::set) {
    Value held = value(parts[0]);
    Constant folded;
    bool on_bytes = op == Op::xor_assign || op == Op::or_assign || op == Op::and_assign;
    if (on_bytes) {
      folded = fold_binary(op == Op::xor_assign  ? Op::bit_xor
                           : op == Op::or_assign ? Op::bit_or
                                                 : Op::bit_and,
                           held.constant, made.constant, meter_);
    }
    made.mix(held);
    made.constant = folded;
    if (on_bytes) add_decoding(made, true);
  }
  assign_to(parts[0], made, node.block);
  if (syntax_.nodes[parts[0]].kind == NodeKind::variable) variable_of(parts[0]).holder = id;
  return made;
}

void Flow::assign_to(NodeId target, const Value& held, uint32_t block) {
  const Node& node = syntax_.nodes[target];
  auto parts = syntax_.children_of(target);
  switch (node.kind) {
    case NodeKind::variable:
      assign(variable_of(target), held, block);
      break;
    case NodeKind::name: {
      bool in_class = syntax_.blocks[node.block].is_class;
      assign(variable(in_class ? kClassConstants : kConstants, node.name), held, block);
      break;
    }
    case NodeKind::property:
    case NodeKind::static_property:
      if (node.name != kNone) assign(variable(kProperties, node.name), held, block, true);
      break;
    case NodeKind::dynamic_variable: {
      const Value& name = value(parts[0]);
      if (name.constant.is_text()) {
        NameId known = name_id(name.constant.text());
        if (known != kNone) assign(variable(scope_of(node), known), held, block);
      } else if ((name.marks & kRequest) != 0 && extracted_from_[scope_of(node)] == 0) {
        extracted_from_[scope_of(node)] = name.origin;
        changed_ = true;
      }
      break;
    }
    case NodeKind::index:
      assign_index(target, held, block);
      break;
    case NodeKind::array:
      for (size_t i = 0; i < parts.size(); ++i) {
        NodeId child =
            syntax_.nodes[parts[i]].kind == NodeKind::pair ? syntax_.children_of(parts[i])[1] : parts[i];
        if (syntax_.nodes[child].kind == NodeKind::array) continue;
        Value item = held;
        item.constant = fold_index(held.constant, Constant::of(static_cast<int64_t>(i)), meter_);
        assign_to(child, item, block);
      }
      break;
    default:
      break;
  }
}

void Flow::assign_index(NodeId target, const Value& held, uint32_t block) {
  auto parts = syntax_.children_of(target);
  const Node& whole = syntax_.nodes[parts[0]];
  bool is_globals = (whole.kind == NodeKind::variable && syntax_.name(whole.name) == "GLOBALS") ||
                    (whole.kind == NodeKind::dynamic_variable &&
                     value(syntax_.children_of(parts[0])[0]).constant.text() == "GLOBALS");
  if (is_globals) {
    if (parts.size() < 2 || !value(parts[1]).constant.is_text()) return;
    NameId known = name_id(value(parts[1]).constant.text());
    if (known != kNone) assign(variable(0, known), held, block);
    return;
  }
  NodeId base = parts[0];
  for (int i = 0; i < kIndexDepthMax && syntax_.nodes[base].kind == NodeKind::index; ++i)
    base = syntax_.children_of(base)[0];
  const Node& node = syntax_.nodes[base];
  bool is_variable = node.kind == NodeKind::variable && !syntax_.blocks[node.block].is_class;
  bool is_member = node.kind == NodeKind::property || node.kind == NodeKind::static_property;
  if ((!is_variable && !is_member) || node.name == kNone || is_request_array(syntax_.name(node.name))) return;
  Variable& changed = variable(is_member ? static_cast<uint32_t>(kProperties) : scope_of(node), node.name);
  values_[base].constant = Constant();  // the reading of it that evaluated this target: let it grow in place
  if (changed.holder != kNone) values_[changed.holder].constant = Constant();
  Value all;
  if (changed.assignments > 0) {
    all = std::move(changed.last);
    changed.only = Constant();
    changed.disagree = true;
  }
  Constant key = parts.size() > 1 ? value(parts[1]).constant : Constant();
  bool is_plain = base == parts[0] && is_variable && held.constant.known() && !changed.built_in_loop &&
                  (parts.size() == 1 || (key.known() && !key.is_array()));
  if (is_plain && !all.constant.known() && changed.assignments == 0)
    all.constant = Constant::of(Constant::Items());
  if (is_plain && all.constant.is_array() &&
      meter_.spend_steps(parts.size() == 1 ? 1 : all.constant.items().size() / 8 + 1) &&
      meter_.spend_bytes(96)) {
    if (parts.size() == 1)
      all.constant.push_back(held.constant);
    else
      all.constant.put(key.is_text() ? key : Constant::of(key.to_integer()), held.constant);
  } else {
    all.constant = Constant();
  }
  all.mix(held);
  assign(changed, std::move(all), block, true);
}

void Flow::bind_each(NodeId id) {
  auto parts = syntax_.children_of(id);
  if (parts.empty()) return;
  Value item = value(parts[0]);
  item.constant = Constant();
  // A list that names a superglobal is gone through for its sake.
  if (const Constant& all = value(parts[0]).constant; all.is_array() && all.items().size() <= 8)
    for (const auto& [key, each] : all.items())
      if (each.is_text() && is_request_array(each.text())) item.constant = each;
  for (size_t i = 1; i < parts.size(); ++i) assign_to(parts[i], item, syntax_.nodes[id].block);
}

}  // namespace aplomb::php
