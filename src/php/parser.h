// Turns tokens into a Syntax: operator precedence over one explicit stack of frames (statements, brackets and
// operators alike), one token of look-ahead. It is tolerant: what PHP would refuse is dropped or read as
// something close, and the parser goes on, since an attacker may write for a version that reads otherwise.
#pragma once

#include "php/budget.h"
#include "php/lexer.h"
#include "php/syntax.h"

namespace aplomb::php {

class Parser {
 public:
  Parser(std::string_view source, Dialect dialect, Start start, const Budget& budget);
  Syntax run();

 private:
  enum class FrameKind : uint8_t {
    block,
    class_body,
    single,
    alternative,  // of statements
    paren,
    call,
    index,
    array,
    attribute,
    header,
    dynamic_variable,
    member,
    match_body,
    string,
    string_braces,
    binary,
    prefix,
    assign,
    ternary,  // operators
  };
  struct Frame {
    FrameKind kind = FrameKind::block;
    uint8_t precedence = 0;
    uint16_t op = 0;  // Op; for headers and some prefixes a Keyword
    Keyword word = Keyword::none;
    char closer = 0;      // ) ] or }
    bool flag = false;    // ternary: the colon was seen; block: belongs to a closure or anonymous class
    uint32_t base = 0;    // operands below belong to others
    NodeId node = kNone;  // callee, object, condition
    uint32_t offset = 0, length = 0, line = 0;
    uint32_t outer_block = 0, outer_scope = 0;
  };

  static bool is_statement(const Frame& frame) { return frame.kind <= FrameKind::alternative; }
  static bool is_operator(const Frame& frame) { return frame.kind >= FrameKind::binary; }
  Frame& top() { return frames_.back(); }
  void advance();
  Frame& push(FrameKind kind, char closer = 0);
  NodeId add(NodeKind kind, const Frame& at, std::span<const NodeId> children, NameId name = kNone,
             uint16_t op = 0);
  NodeId add_leaf(NodeKind kind, const Token& token, NameId name = kNone);
  NameId lower_name(std::string_view text);
  std::vector<NodeId> take_operands(uint32_t base);

  // parser.cc: statements and brackets
  void token();
  void semicolon();
  void end_statement();
  void comma();
  void colon();
  void close_bracket(char closer);
  void close_brace();
  void close_group();
  void finish_group(const Frame& group);
  void close_header(const Frame& header);
  void open_block(FrameKind kind, NodeId condition, bool is_loop);
  void close_statement_frame();
  void close_singles();
  void open_brace();

  // parser_words.cc: keywords and declarations
  void word();
  bool statement_word();
  void else_word();
  void function_header(bool is_arrow);
  void parameters(std::vector<NameId>& names, uint32_t* by_reference = nullptr);
  void function_body(Scope scope, const Token& start, bool is_arrow);
  void class_header();
  void skip_until_any(std::string_view stops);
  void global_statement();
  void use_statement();

  // parser_expression.cc: operands and operators
  void operand(NodeId node);
  void name_operand(const Token& token);
  void prefix(uint8_t precedence, uint16_t op, Keyword word = Keyword::none);
  void operator_token();
  void operand_position();
  void operator_position();
  void binary(uint8_t precedence, bool right, uint16_t op);
  void open_postfix(FrameKind kind, char closer);
  void member();
  void string_part();
  void string_offset();
  void reduce();
  void reduce_prefix(const Frame& frame);
  void reduce_group();

  Syntax syntax_;
  Lexer lexer_;
  Budget limits_;
  Token current_, peek_;
  std::vector<Frame> frames_;
  std::vector<NodeId> operands_;
  bool ready_ = false;    // the last thing read was an operand
  uint32_t dollars_ = 0;  // of $$name, waiting for the name
  uint32_t braces_ = 0;   // frames that a } would close
  uint32_t block_ = 0, scope_ = 0;
  Keyword pending_header_ = Keyword::none;
  NodeId pending_condition_ = kNone;
  bool pending_loop_ = false;
  NodeId last_condition_ = kNone;
};

}  // namespace aplomb::php
