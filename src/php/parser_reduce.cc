// The end of an operator: its operands are there, and it becomes a node.
#include "php/parser.h"

namespace aplomb::php {

void Parser::reduce_group() {
  while (is_operator(top())) reduce();
}

void Parser::reduce() {
  Frame frame = top();
  frames_.pop_back();
  bool has_right = operands_.size() > frame.base;
  if (frame.kind == FrameKind::prefix) return reduce_prefix(frame);
  if (frame.kind == FrameKind::ternary) {
    std::vector<NodeId> parts = take_operands(frame.base);
    if (parts.size() > 1) {
      operands_.push_back(add(NodeKind::ternary, frame, parts));
    } else if (!parts.empty()) {
      operands_.push_back(parts[0]);
    }
    ready_ = !parts.empty();
    return;
  }
  if (!has_right) {
    ready_ = true;  // the operator lacks its right side: its left side stands alone
    return;
  }
  NodeId both[] = {operands_[frame.base - 1], operands_.back()};
  operands_.resize(frame.base - 1);
  NodeKind kind = frame.kind == FrameKind::assign                       ? NodeKind::assign
                  : frame.op == static_cast<uint16_t>(Op::double_arrow) ? NodeKind::pair
                                                                        : NodeKind::binary;
  operands_.push_back(add(kind, frame, both, kNone, frame.op));
  ready_ = true;
}

void Parser::reduce_prefix(const Frame& frame) {
  std::vector<NodeId> inside = take_operands(frame.base);
  ready_ = !inside.empty();
  if (inside.empty()) {
    if (frame.word != Keyword::k_return) return;
    operands_.push_back(add(NodeKind::leave, frame, {}));
    ready_ = true;
    return;
  }
  std::span<const NodeId> child(&inside.back(), 1);
  NodeId made = inside.back();
  switch (frame.word) {
    case Keyword::k_new:
      if (Node& made_of = syntax_.nodes[made]; made_of.kind == NodeKind::call) made_of.op = kConstruction;
      made = add(NodeKind::new_object, frame, child);
      break;
    case Keyword::k_include:
    case Keyword::k_require:
      made = add(NodeKind::include_file, frame, child);
      break;
    case Keyword::k_return:
      made = add(NodeKind::result, frame, child);
      break;
    case Keyword::k_throw:
      made = add(NodeKind::leave, frame, child);
      break;
    case Keyword::k_fn:
      made = add(NodeKind::closure, frame, child, frame.node);
      break;
    case Keyword::none:
      if (frame.op >= 256 + 'a' && frame.op <= 256 + 'z') {
        made = add(NodeKind::cast, frame, child, kNone, static_cast<uint16_t>(frame.op - 256));
      } else if (frame.op != static_cast<uint16_t>('@') && frame.op != static_cast<uint16_t>('&') &&
                 frame.op != static_cast<uint16_t>('+') && frame.op != static_cast<uint16_t>(Op::ellipsis)) {
        made = add(NodeKind::unary, frame, child, kNone, frame.op);
      }
      break;
    default:
      break;  // print, yield, clone hand their operand on
  }
  operands_.push_back(made);
}

}  // namespace aplomb::php
