// Keywords: the statements as far as the analysis needs them, and the heads of functions and classes.
#include "php/characters.h"
#include "php/parser.h"

namespace aplomb::php {
namespace {
constexpr uint8_t kLowPrefix = 7;  // binds looser than any operator but and, or, xor
}

void Parser::word() {
  auto id = static_cast<Keyword>(current_.id);
  if (statement_word()) return;
  switch (id) {
    case Keyword::k_and:
      return binary(3, false, static_cast<uint16_t>(Op::and_and));
    case Keyword::k_or:
      return binary(1, false, static_cast<uint16_t>(Op::or_or));
    case Keyword::k_xor:
      return binary(2, false, static_cast<uint16_t>(Op::not_equal));
    case Keyword::k_instanceof:
      return binary(38, false, static_cast<uint16_t>(Op::identical));
    case Keyword::k_include:
    case Keyword::k_require:
    case Keyword::k_return:
    case Keyword::k_throw:
    case Keyword::k_yield:
    case Keyword::k_print:
      return prefix(kLowPrefix, 0, id);
    case Keyword::k_new:
    case Keyword::k_clone:
      return prefix(44, 0, id);
    case Keyword::k_as:
      reduce_group();
      ready_ = false;
      return;
    case Keyword::k_array:
    case Keyword::k_list:
      if (!peek_.is('(')) return name_operand(current_);
      advance();
      push(FrameKind::array, ')');
      return;
    case Keyword::k_exit:
      if (peek_.is('(')) return name_operand(current_);
      return operand(add_leaf(NodeKind::leave, current_));
    case Keyword::k_static:
      if (peek_.is(Op::scope) || top().word == Keyword::k_new) name_operand(current_);
      return;
    case Keyword::k_match:
      if (!peek_.is('(')) return name_operand(current_);
      pending_header_ = id;
      return;
    case Keyword::k_extends:
    case Keyword::k_implements:
      return skip_until_any("{;");
    case Keyword::k_class:
      if (top().word == Keyword::k_new) return name_operand(current_);
      return class_header();
    case Keyword::k_eval:
    case Keyword::k_isset:
    case Keyword::k_empty:
    case Keyword::k_unset:
      return name_operand(current_);
    default:
      return;  // modifiers, echo, case, default, break, callable: nothing that the analysis needs
  }
}

bool Parser::statement_word() {
  auto id = static_cast<Keyword>(current_.id);
  switch (id) {
    case Keyword::k_if:
    case Keyword::k_while:
    case Keyword::k_for:
    case Keyword::k_foreach:
    case Keyword::k_switch:
    case Keyword::k_catch:
    case Keyword::k_declare:
      reduce_group();
      if (is_statement(top())) end_statement();
      pending_header_ = id;
      ready_ = false;
      return true;
    case Keyword::k_else:
    case Keyword::k_elseif:
      else_word();
      return true;
    case Keyword::k_endif:
    case Keyword::k_endfor:
    case Keyword::k_endforeach:
    case Keyword::k_endwhile:
    case Keyword::k_endswitch:
    case Keyword::k_enddeclare:
      end_statement();
      close_singles();
      if (top().kind == FrameKind::alternative) close_statement_frame();
      return true;
    case Keyword::k_do:
      pending_loop_ = peek_.is('{');
      return true;
    case Keyword::k_function:
      function_header(false);
      return true;
    case Keyword::k_fn:
      function_header(true);
      return true;
    case Keyword::k_interface:
    case Keyword::k_trait:
    case Keyword::k_enum:
      class_header();
      return true;
    case Keyword::k_namespace:
      syntax_.has_namespace = true;
      skip_until_any("{;");
      return true;
    case Keyword::k_use:
      use_statement();
      return true;
    case Keyword::k_global:
      global_statement();
      return true;
    case Keyword::k_goto:
      syntax_.has_goto = true;
      if (peek_.is_name()) advance();
      return true;
    default:
      return false;
  }
}

void Parser::else_word() {
  bool has_condition = current_.is(Keyword::k_elseif) || peek_.is(Keyword::k_if);
  end_statement();
  if (top().kind == FrameKind::alternative) close_statement_frame();
  if (has_condition) {
    if (current_.is(Keyword::k_elseif)) pending_header_ = Keyword::k_if;
    return;
  }
  if (peek_.is('{')) {
    pending_condition_ = last_condition_;
  } else if (peek_.is(':')) {
    advance();
    open_block(FrameKind::alternative, last_condition_, false);
  } else {
    open_block(FrameKind::single, last_condition_, false);
  }
}

// Leaves the look-ahead on one of the characters, on the end of the code, or at the end.
void Parser::skip_until_any(std::string_view stops) {
  while (peek_.kind != TokenKind::end && peek_.kind != TokenKind::close_tag) {
    for (char stop : stops)
      if (peek_.is(stop)) return;
    advance();
  }
}

void Parser::class_header() {
  syntax_.has_class = true;
  skip_until_any("{;");
  if (!peek_.is('{')) return;
  advance();
  open_block(FrameKind::class_body, kNone, false);
}

void Parser::global_statement() {
  while (peek_.kind == TokenKind::variable || peek_.is(',')) {
    advance();
    if (current_.kind != TokenKind::variable) continue;
    syntax_.globals[scope_].push_back(syntax_.intern(current_.text(syntax_.source).substr(1)));
  }
}

void Parser::use_statement() {
  skip_until_any("{;");
  if (!peek_.is('{')) return;
  skip_until_any("}");
  if (peek_.is('}')) advance();
}

// function [&] [name] (parameters) [use (…)] [: type] {  |  fn (parameters) [: type] =>
void Parser::function_header(bool is_arrow) {
  Token start = current_;
  Scope scope;
  scope.parent = scope_;
  scope.kind = Scope::Kind::closure;
  if (peek_.is('&')) advance();
  if (!peek_.is('(')) {
    if (!peek_.is_name() && peek_.kind != TokenKind::keyword) return;
    advance();
    scope.kind = syntax_.blocks[block_].is_class ? Scope::Kind::method : Scope::Kind::function;
    scope.name = lower_name(current_.text(syntax_.source));
    if (!peek_.is('(')) return;
  }
  advance();
  parameters(scope.parameters, &scope.by_reference);
  if (peek_.is(Keyword::k_use)) {
    advance();
    if (peek_.is('(')) advance();
    parameters(scope.captured);
  }
  if (peek_.is(':'))
    while (peek_.kind != TokenKind::end && !peek_.is('{') && !peek_.is(';') && !peek_.is(Op::double_arrow))
      advance();
  function_body(std::move(scope), start, is_arrow);
}

// From behind the opening parenthesis to behind the closing one.
void Parser::parameters(std::vector<NameId>& names, uint32_t* by_reference) {
  uint32_t depth = 1;
  bool expected = true, is_reference = false;
  while (peek_.kind != TokenKind::end) {
    advance();
    if (current_.is('(') || current_.is('[') || current_.is('{') ||
        current_.kind == TokenKind::attribute_open || current_.kind == TokenKind::brace_open ||
        current_.kind == TokenKind::dollar_brace)
      ++depth;
    if ((current_.is(')') || current_.is(']') || current_.is('}')) && --depth == 0) return;
    if (depth != 1) continue;
    if (current_.is(',')) {
      expected = true;
      is_reference = false;
    }
    is_reference = is_reference || current_.is('&');
    if (!expected || current_.kind != TokenKind::variable) continue;
    if (is_reference && by_reference != nullptr && names.size() < 32) *by_reference |= 1u << names.size();
    names.push_back(syntax_.intern(current_.text(syntax_.source).substr(1)));
    expected = false;
  }
}

void Parser::function_body(Scope scope, const Token& start, bool is_arrow) {
  scope.first_node = static_cast<uint32_t>(syntax_.nodes.size());
  auto id = static_cast<uint32_t>(syntax_.scopes.size());
  if (is_arrow) {
    if (!peek_.is(Op::double_arrow)) return;
    advance();
    syntax_.scopes.push_back(std::move(scope));
    prefix(kLowPrefix, 0, Keyword::k_fn);
    top().node = id;
    top().line = start.line;
    return;
  }
  if (!peek_.is('{')) return;  // abstract, or of an interface
  bool is_expression = scope.kind == Scope::Kind::closure;
  if (!is_expression) end_statement();
  advance();
  syntax_.scopes.push_back(std::move(scope));
  uint32_t outer = scope_;
  scope_ = id;
  open_block(FrameKind::block, kNone, false);
  syntax_.blocks[block_].is_loop = false;
  top().outer_scope = outer;
  top().flag = is_expression;
  top().line = start.line;
}

}  // namespace aplomb::php
