// Operands and operators: precedence climbing with the climbing on the frame stack.
#include "php/characters.h"
#include "php/parser.h"

namespace aplomb::php {
namespace {

struct Binding {
  uint8_t precedence = 0;
  bool right = false;
};

// php.net/manual/language.operators.precedence; the concatenation as in PHP 8.
Binding binding(Op id) {
  switch (id) {
    case Op::double_arrow:
      return {4, true};
    case Op::coalesce:
      return {12, true};
    case Op::or_or:
      return {14};
    case Op::and_and:
      return {16};
    case op('|'):
      return {18};
    case op('^'):
      return {20};
    case op('&'):
      return {22};
    case Op::equal:
    case Op::not_equal:
    case Op::identical:
    case Op::not_identical:
    case Op::spaceship:
      return {24};
    case op('<'):
    case op('>'):
    case Op::less_equal:
    case Op::greater_equal:
      return {26};
    case op('.'):
      return {28};
    case Op::shift_left:
    case Op::shift_right:
      return {30};
    case op('+'):
    case op('-'):
      return {32};
    case op('*'):
    case op('/'):
    case op('%'):
      return {34};
    case Op::power:
      return {42, true};
    default:
      return {};
  }
}
constexpr uint8_t kAssignment = 8;
constexpr uint8_t kTernary = 10;
constexpr uint8_t kNot = 36;
constexpr uint8_t kUnary = 40;

bool is_class_expression(const Syntax& syntax, NodeId id) {
  const Node* node = &syntax.nodes[id];
  if (node->kind == NodeKind::call) node = &syntax.nodes[syntax.children_of(id)[0]];
  return node->kind == NodeKind::name && syntax.name(node->name) == "class";
}
}  // namespace

// Two operands in a row: the former was a type, a modifier, or a mistake.
void Parser::operand(NodeId node) {
  if (ready_ && operands_.size() > top().base) operands_.pop_back();
  while (dollars_ > 0) {
    --dollars_;
    Frame at;
    at.offset = syntax_.nodes[node].offset;
    at.line = syntax_.nodes[node].line;
    node = add(NodeKind::dynamic_variable, at, std::span(&node, 1));
  }
  operands_.push_back(node);
  ready_ = top().kind != FrameKind::string;
}

void Parser::name_operand(const Token& token) {
  std::string_view text = token.text(syntax_.source);
  if (is_statement(top()) && !ready_ && peek_.is(':')) {
    advance();  // a label
    return;
  }
  if (text.starts_with('\\')) text.remove_prefix(1);
  if (starts_ignoring_case(text, "namespace\\")) text.remove_prefix(10);
  NodeId id = add_leaf(NodeKind::name, token, lower_name(text));
  syntax_.nodes[id].op = token.id;
  operand(id);
}

void Parser::prefix(uint8_t precedence, uint16_t op, Keyword word) {
  if (ready_) {  // a statement that lacks its semicolon, or a type before a by-reference parameter
    reduce_group();
    if (is_statement(top())) end_statement();
  }
  Frame& frame = push(FrameKind::prefix);
  frame.precedence = precedence;
  frame.op = op;
  frame.word = word;
}

void Parser::operator_token() {
  auto id = static_cast<Op>(current_.id);
  switch (id) {
    case op(';'):
      return semicolon();
    case op(','):
      return comma();
    case op(':'):
      return colon();
    case op(')'):
    case op(']'):
      return close_bracket(static_cast<char>(id));
    case op('}'):
      return close_brace();
    default:
      return ready_ ? operator_position() : operand_position();
  }
}

void Parser::operand_position() {
  auto id = static_cast<Op>(current_.id);
  switch (id) {
    case op('('): {
      bool is_header = pending_header_ != Keyword::none;
      push(is_header ? FrameKind::header : FrameKind::paren, ')').word = pending_header_;
      pending_header_ = Keyword::none;
      return;
    }
    case op('['):
      push(FrameKind::array, ']');
      return;
    case op('{'):
      return open_brace();
    case op('$'):
      if (!peek_.is('{')) {
        ++dollars_;
        return;
      }
      advance();  // ${ in two tokens, with a comment or blanks between them
      push(FrameKind::dynamic_variable, '}');
      return;
    case op('!'):
      return prefix(kNot, current_.id);
    case op('&'):
    case op('@'):
    case op('+'):
    case op('-'):
    case op('~'):
    case Op::ellipsis:
    case Op::increment:
    case Op::decrement:
      return prefix(kUnary, current_.id);
    default:
      return;  // the ? of a nullable type, or an operator that lacks its left side
  }
}

void Parser::operator_position() {
  auto id = static_cast<Op>(current_.id);
  switch (id) {
    case op('('):
      return open_postfix(FrameKind::call, ')');
    case op('['):
      return open_postfix(FrameKind::index, ']');
    case op('{'): {
      if (is_class_expression(syntax_, operands_.back())) {
        syntax_.has_class = true;
        operands_.pop_back();
        open_block(FrameKind::class_body, kNone, false);
        top().flag = true;
        return;
      }
      if (!is_statement(top()) || syntax_.blocks[block_].is_class == false)
        return open_postfix(FrameKind::index, '}');
      end_statement();  // property hooks
      return open_brace();
    }
    case Op::arrow:
    case Op::nullsafe:
    case Op::scope:
      return member();
    case Op::increment:
    case Op::decrement: {
      NodeId child = operands_.back();
      operands_.pop_back();
      Frame at;
      at.line = current_.line;
      at.offset = current_.offset;
      NodeId id_after = add(NodeKind::unary, at, std::span(&child, 1), kNone, current_.id);
      ready_ = false;
      return operand(id_after);
    }
    case op('?'): {
      while (is_operator(top()) && top().precedence > kTernary) reduce();
      Frame& frame = push(FrameKind::ternary);
      frame.precedence = kTernary;
      --frame.base;  // the condition belongs to it
      return;
    }
    case Op::double_arrow:
      if (reduce_group(); top().kind == FrameKind::header) {
        ready_ = false;
        return;
      }
      return binary(4, true, current_.id);
    default:
      break;
  }
  if (is_assignment(id)) {
    Frame& frame = push(FrameKind::assign);
    frame.precedence = kAssignment;
    frame.op = current_.id;
    return;
  }
  Binding bound = binding(id);
  if (bound.precedence != 0) binary(bound.precedence, bound.right, current_.id);
}

void Parser::binary(uint8_t precedence, bool right, uint16_t op) {
  if (!ready_) return;
  while (is_operator(top()) &&
         (top().precedence > precedence || (top().precedence == precedence && !right))) {
    if (top().kind == FrameKind::ternary && !top().flag) break;
    reduce();
  }
  Frame& frame = push(FrameKind::binary);
  frame.precedence = precedence;
  frame.op = op;
}

// A call or an index binds tighter than every prefix: it takes the operand, not the pending operators.
void Parser::open_postfix(FrameKind kind, char closer) {
  NodeId target = operands_.back();
  operands_.pop_back();
  Frame& frame = push(kind, closer);
  frame.node = target;
  frame.line = syntax_.nodes[target].line;
  frame.offset = syntax_.nodes[target].offset;
}

void Parser::member() {
  bool is_static = current_.is(Op::scope);
  NodeId object = operands_.back();
  operands_.pop_back();
  Frame at;
  at.offset = syntax_.nodes[object].offset;
  at.line = current_.line;
  ready_ = false;
  if (peek_.kind == TokenKind::variable) {
    advance();
    NameId name = syntax_.intern(current_.text(syntax_.source).substr(1));
    if (is_static) return operand(add(NodeKind::static_property, at, std::span(&object, 1), name));
    NodeId inside[] = {object, add_leaf(NodeKind::variable, current_, name)};
    return operand(add(NodeKind::property, at, inside));
  }
  if (peek_.is_name() || peek_.kind == TokenKind::keyword) {
    advance();
    NameId name = lower_name(current_.text(syntax_.source));
    return operand(
        add(is_static ? NodeKind::static_member : NodeKind::property, at, std::span(&object, 1), name));
  }
  if (peek_.is('{') || peek_.kind == TokenKind::dollar_brace) {
    uint16_t op = current_.id;
    advance();
    Frame& frame = push(FrameKind::member, '}');
    frame.node = object;
    frame.op = op;
    return;
  }
  operand(object);
}

void Parser::string_part() {
  if (current_.kind == TokenKind::brace_open) {
    push(FrameKind::string_braces, '}');
    return;
  }
  if (current_.kind == TokenKind::encapsed) {
    NodeId id = add_leaf(NodeKind::text, current_);
    uint16_t opened = top().op;
    syntax_.nodes[id].quote = opened == '"'    ? Quote::double_quote
                              : opened == '`'  ? Quote::backtick
                              : opened == '\'' ? Quote::nowdoc
                                               : Quote::heredoc;
    return operand(id);
  }
  while (top().kind != FrameKind::string && !is_statement(top())) {  // a part that was never closed
    if (is_operator(top())) {
      reduce();
      continue;
    }
    if (top().closer == '}') --braces_;
    frames_.pop_back();
  }
  if (top().kind != FrameKind::string) return;
  Frame frame = top();
  frames_.pop_back();
  std::vector<NodeId> parts = take_operands(frame.base);
  ready_ = false;
  NameId indentation = kNone;
  bool labelled = frame.op == '<' || frame.op == '\'';
  if (labelled) {
    std::string_view closing = current_.text(syntax_.source);
    indentation = static_cast<NameId>(closing.find_first_not_of(" \t"));
  }
  operand(add(frame.op == '`' ? NodeKind::shell : NodeKind::interpolated, frame, parts, indentation,
              labelled ? uint16_t{1} : uint16_t{0}));
}

// "$name[key]" and "$name->property" inside a string, where the key is never code.
void Parser::string_offset() {
  if (peek_.is(Op::arrow) || peek_.is(Op::nullsafe)) {
    advance();
    member();
    ready_ = false;
    return;
  }
  if (!peek_.is('[')) return;
  NodeId target = operands_.back();
  operands_.pop_back();
  advance();
  NodeId key = kNone;
  if (peek_.is('-')) advance();
  if (peek_.kind == TokenKind::variable) {
    advance();
    key = add_leaf(NodeKind::variable, current_, syntax_.intern(current_.text(syntax_.source).substr(1)));
  } else if (peek_.kind == TokenKind::name || peek_.kind == TokenKind::integer) {
    advance();
    key = add_leaf(NodeKind::literal, current_);  // an unquoted key
  }
  if (peek_.is(']')) advance();
  Frame at;
  at.offset = syntax_.nodes[target].offset;
  at.line = current_.line;
  NodeId inside[] = {target, key};
  operands_.push_back(add(NodeKind::index, at, std::span(inside, key == kNone ? 1 : 2)));
  ready_ = false;
}

}  // namespace aplomb::php
