#include "php/parser.h"

#include "php/characters.h"

namespace aplomb::php {

Parser::Parser(std::string_view source, Dialect dialect, Start start, const Budget& budget)
    : lexer_(source, dialect, start), limits_(budget) {
  syntax_.source = lexer_.source();
  syntax_.scopes.emplace_back();
  syntax_.blocks.emplace_back();
  frames_.push_back({});
}

Syntax Parser::run() {
  peek_ = lexer_.next_significant();
  while (peek_.kind != TokenKind::end && !syntax_.cut_short) {
    advance();
    token();
  }
  while (frames_.size() > 1) {
    end_statement();
    if (frames_.size() > 1) close_statement_frame();
  }
  end_statement();
  auto end = static_cast<uint32_t>(syntax_.nodes.size());
  syntax_.scopes[0].last_node = end;
  if (lexer_.nested_too_deep()) syntax_.cut_short = true;
  return std::move(syntax_);
}

void Parser::advance() {
  current_ = peek_;
  peek_ = lexer_.next_significant();
}

Parser::Frame& Parser::push(FrameKind kind, char closer) {
  if (frames_.size() >= limits_.depth) syntax_.cut_short = true;
  Frame frame;
  frame.kind = kind;
  frame.closer = closer;
  frame.base = static_cast<uint32_t>(operands_.size());
  frame.offset = current_.offset;
  frame.length = current_.length;
  frame.line = current_.line;
  frame.outer_block = block_;
  frame.outer_scope = scope_;
  if (closer == '}') ++braces_;
  frames_.push_back(frame);
  ready_ = false;
  return frames_.back();
}

NodeId Parser::add(NodeKind kind, const Frame& at, std::span<const NodeId> children, NameId name,
                   uint16_t op) {
  Node node;
  node.kind = kind;
  node.op = op;
  node.offset = at.offset;
  node.length = at.length;
  node.line = at.line;
  node.name = name;
  node.block = block_;
  node.first_child = static_cast<uint32_t>(syntax_.children.size());
  node.child_count = static_cast<uint32_t>(children.size());
  syntax_.children.insert(syntax_.children.end(), children.begin(), children.end());
  syntax_.nodes.push_back(node);
  if (syntax_.nodes.size() >= limits_.nodes) syntax_.cut_short = true;
  return static_cast<NodeId>(syntax_.nodes.size() - 1);
}

NodeId Parser::add_leaf(NodeKind kind, const Token& token, NameId name) {
  Frame at;
  at.offset = token.offset;
  at.length = token.length;
  at.line = token.line;
  return add(kind, at, {}, name);
}

NameId Parser::lower_name(std::string_view text) {
  return syntax_.intern(lower(text));
}

std::vector<NodeId> Parser::take_operands(uint32_t base) {
  if (operands_.size() <= base) return {};
  std::vector<NodeId> taken(operands_.begin() + base, operands_.end());
  operands_.resize(base);
  return taken;
}

void Parser::token() {
  switch (current_.kind) {
    case TokenKind::close_tag:
      semicolon();
      break;
    case TokenKind::variable:
      operand(
          add_leaf(NodeKind::variable, current_, syntax_.intern(current_.text(syntax_.source).substr(1))));
      if (top().kind == FrameKind::string) string_offset();
      break;
    case TokenKind::integer:
    case TokenKind::floating:
    case TokenKind::string: {
      NodeId id = add_leaf(NodeKind::literal, current_);
      if (current_.kind == TokenKind::string) {
        std::string_view text = current_.text(syntax_.source);
        size_t quote = text.find_first_of("'\"");
        syntax_.nodes[id].quote = text[quote] == '"' ? Quote::double_quote : Quote::single_quote;
      }
      operand(id);
      break;
    }
    case TokenKind::string_open:
      push(FrameKind::string).op = current_.id;
      break;
    case TokenKind::string_close:
    case TokenKind::encapsed:
    case TokenKind::brace_open:
      string_part();
      break;
    case TokenKind::dollar_brace:
      push(FrameKind::dynamic_variable, '}');
      break;
    case TokenKind::name:
    case TokenKind::qualified_name:
      name_operand(current_);
      break;
    case TokenKind::keyword:
      word();
      break;
    case TokenKind::cast: {
      std::string_view text = current_.text(syntax_.source);
      prefix(40, static_cast<uint16_t>(256 + lower(text[text.find_first_not_of("( \t")])));
      break;
    }
    case TokenKind::attribute_open:
      push(FrameKind::attribute, ']');
      break;
    case TokenKind::op:
      operator_token();
      break;
    default:
      break;  // HTML, open tags, data, foreign bytes
  }
}

// A semicolon ends the statement, whatever is still open, except in the head of a for.
void Parser::semicolon() {
  reduce_group();
  if (top().kind == FrameKind::header && top().word == Keyword::k_for) {
    ready_ = false;
    return;
  }
  end_statement();
  close_singles();
}

void Parser::end_statement() {
  while (!is_statement(top())) {
    if (is_operator(top())) {
      reduce();
      continue;
    }
    if (top().closer == '}') --braces_;
    frames_.pop_back();
  }
  operands_.resize(std::min<size_t>(operands_.size(), top().base));
  ready_ = false;
  dollars_ = 0;
  pending_header_ = Keyword::none;
}

void Parser::comma() {
  reduce_group();
  if (is_statement(top())) operands_.resize(std::min<size_t>(operands_.size(), top().base));
  ready_ = false;
}

// Of a ternary; otherwise of a label, a case, a named argument.
void Parser::colon() {
  size_t i = frames_.size() - 1;
  while (is_operator(frames_[i]) && !(frames_[i].kind == FrameKind::ternary && !frames_[i].flag)) --i;
  if (frames_[i].kind == FrameKind::ternary) {
    while (frames_.size() - 1 > i) reduce();
    top().flag = true;
    ready_ = false;
  } else if (is_statement(frames_[i])) {
    end_statement();
  } else {
    if (ready_ && operands_.size() > frames_[i].base) operands_.pop_back();
    ready_ = false;
  }
}

void Parser::close_bracket(char closer) {
  reduce_group();
  if (top().closer == closer && !is_statement(top())) close_group();
}

void Parser::close_brace() {
  if (braces_ == 0) return;
  while (top().closer != '}') {
    if (is_operator(top())) {
      reduce();
    } else if (is_statement(top())) {
      close_statement_frame();
    } else {
      frames_.pop_back();
    }
  }
  if (!is_statement(top())) return close_group();
  end_statement();
  bool is_class = top().kind == FrameKind::class_body;
  bool is_expression = top().flag;
  Frame closed = top();
  uint32_t scope = scope_;
  close_statement_frame();
  if (!is_expression) return close_singles();
  operand(is_class ? add(NodeKind::name, closed, {}, lower_name("class"))
                   : add(NodeKind::closure, closed, {}, scope));
}

// Leaves a block, a class body or the body of a control statement without braces.
void Parser::close_statement_frame() {
  Frame frame = top();
  if (frame.closer == '}') --braces_;
  operands_.resize(std::min<size_t>(operands_.size(), frame.base));
  if (frame.outer_scope != scope_)
    syntax_.scopes[scope_].last_node = static_cast<uint32_t>(syntax_.nodes.size());
  if (syntax_.blocks[block_].condition != kNone) last_condition_ = syntax_.blocks[block_].condition;
  frames_.pop_back();
  block_ = frame.outer_block;
  scope_ = frame.outer_scope;
  ready_ = false;
}

void Parser::close_singles() {
  while (top().kind == FrameKind::single) close_statement_frame();
}

void Parser::close_group() {
  Frame group = top();
  if (group.closer == '}') --braces_;
  frames_.pop_back();
  if (group.kind == FrameKind::header) return close_header(group);
  finish_group(group);
}

void Parser::finish_group(const Frame& group) {
  std::vector<NodeId> inside = take_operands(group.base);
  NodeId last = inside.empty() ? kNone : inside.back();
  ready_ = false;
  switch (group.kind) {
    case FrameKind::paren:
      if (last != kNone) operand(last);
      break;
    case FrameKind::call:
      inside.insert(inside.begin(), group.node);
      operand(add(NodeKind::call, group, inside));
      break;
    case FrameKind::index:
      inside = {group.node};
      if (last != kNone) inside.push_back(last);
      operand(add(NodeKind::index, group, inside));
      break;
    case FrameKind::member:
      inside = {group.node};
      if (last != kNone) inside.push_back(last);
      operand(add(group.op == static_cast<uint16_t>(Op::scope) ? NodeKind::static_member : NodeKind::property,
                  group, inside));
      break;
    case FrameKind::array:
      operand(add(NodeKind::array, group, inside));
      break;
    case FrameKind::match_body:
      operand(add(NodeKind::alternatives, group, inside));
      break;
    case FrameKind::dynamic_variable:
      if (last == kNone) break;
      // "${name}" is $name; ${name} in code would be the constant's value, and is read alike.
      if (syntax_.nodes[last].kind == NodeKind::name && top().kind == FrameKind::string) {
        Node& node = syntax_.nodes[last];
        node.kind = NodeKind::variable;
        node.name = syntax_.intern(syntax_.text(node));
        operand(last);
      } else {
        operand(add(NodeKind::dynamic_variable, group, inside));
      }
      break;
    case FrameKind::string_braces:
      if (last != kNone) operand(last);
      break;
    default:
      break;  // attributes say nothing about data
  }
}

void Parser::close_header(const Frame& header) {
  std::vector<NodeId> inside = take_operands(header.base);
  ready_ = false;
  if (header.word == Keyword::k_match) {
    if (!peek_.is('{')) return;
    advance();
    push(FrameKind::match_body, '}');
    return;
  }
  if (header.word == Keyword::k_declare || header.word == Keyword::k_catch) return;
  bool is_each = header.word == Keyword::k_foreach;
  NodeId condition = add(is_each ? NodeKind::each : NodeKind::condition, header, inside, kNone,
                         static_cast<uint16_t>(header.word));
  bool is_loop =
      header.word != Keyword::k_if && header.word != Keyword::k_elseif && header.word != Keyword::k_switch;
  if (peek_.is('{')) {
    pending_condition_ = condition;
    pending_loop_ = is_loop;
  } else if (peek_.is(':')) {
    advance();
    open_block(FrameKind::alternative, condition, is_loop);
  } else {
    open_block(FrameKind::single, condition, is_loop);
  }
}

void Parser::open_block(FrameKind kind, NodeId condition, bool is_loop) {
  bool braced = kind == FrameKind::block || kind == FrameKind::class_body;
  push(kind, braced ? '}' : '\0');
  const Block& outer = syntax_.blocks[block_];
  Block block{block_, scope_, condition, is_loop || (outer.is_loop && outer.scope == scope_),
              kind == FrameKind::class_body};
  if (block.is_loop) syntax_.scopes[scope_].has_loop = true;
  syntax_.blocks.push_back(block);
  block_ = static_cast<uint32_t>(syntax_.blocks.size() - 1);
  if (syntax_.blocks.size() >= limits_.nodes) syntax_.cut_short = true;
}

void Parser::open_brace() {
  open_block(FrameKind::block, pending_condition_, pending_loop_);
  pending_condition_ = kNone;
  pending_loop_ = false;
}

}  // namespace aplomb::php
