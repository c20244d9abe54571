// Takes the traits of a source out of its tokens: the functions it calls, the superglobals and keywords it
// uses, the words in its texts, and shapes such as names without meaning or texts in pieces. Traits are
// handed to a sink in portions of about kPortion tokens, so that what is judged is what stands close
// together: a backdoor at the head of a large file is not diluted by the rest, and a large honest file does
// not collect a little of everything. The sink decides what it knows; bench/php_traits lists them all.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "php/characters.h"
#include "php/fold.h"
#include "php/lexer.h"

namespace aplomb::php {

enum class TraitKind : uint8_t { function, variable, keyword, word, shape };

enum class Shape : uint8_t {
  dynamic_call,       // $f(…), $a['x'](…)
  variable_variable,  // $$a, ${…}
  letter_picking,     // $a[3].$a[7]
  text_in_pieces,     // 'a'.'b'
  escaped_text,       // "\x61\x62"
  encoded_run,        // hundreds of base64 characters
  long_encoded_run,   // thousands
  meaningless_name,   // $O0O00, $kq83hf1
  foreign_name,       // a name with bytes above 0x7f
  inner_comment,      // f/*x*/(
  silenced,           // @
  backtick,           // `…`
  bit_operation,      // on texts: ^ behind a literal
  number_call,        // f(104)
  long_line,          // of code, beyond 1000 columns
  image_head,         // GIF89a in front of the code
  end_markers,
};
constexpr size_t kShapes = static_cast<size_t>(Shape::end_markers);

template <class Sink>
class TraitReader {
 public:
  static constexpr uint32_t kPortion = 1024;

  TraitReader(std::string_view source, Sink& sink) : source_(source), sink_(sink) {
    if (source.starts_with("GIF8")) shape(Shape::image_head);
  }

  void token(const Token& token) {
    std::string_view text = token.text(source_);
    if (token.kind == TokenKind::whitespace) {
      if (text.find('\n') != std::string_view::npos) {
        line_start_ = token.offset + token.length;
        line_counted_ = false;
      }
      gap_ = true;
      return;
    }
    if (token.kind == TokenKind::comment) {
      inner_comment_ = !gap_ && text.starts_with("/*");
      return;
    }
    if (inner_comment_ && !gap_) shape(Shape::inner_comment);
    if (spent_ == 0) first_line_ = token.line;
    look_at(token, text);
    inner_comment_ = false;
    gap_ = false;
    before_previous_ = previous_;
    previous_ = token;
    spent_ += 1 + token.length / 64;
    if (spent_ >= kPortion) end_portion();
  }

  void end_portion() {
    sink_.portion(counts_, first_line_);
    counts_.fill(0);
    spent_ = 0;
  }

 private:
  void shape(Shape which) {
    uint16_t& count = counts_[static_cast<size_t>(which)];
    if (count < UINT16_MAX) ++count;
  }

  void look_at(const Token& token, std::string_view text) {
    switch (token.kind) {
      case TokenKind::variable:
        variable(text.substr(1));
        break;
      case TokenKind::keyword:
        sink_.keyword(text);
        break;
      case TokenKind::string:
      case TokenKind::encapsed:
        literal(text);
        break;
      case TokenKind::inline_html:
        words(text);
        break;
      case TokenKind::string_open:
        if (token.id == '`') shape(Shape::backtick);
        break;
      case TokenKind::dollar_brace:
        shape(Shape::variable_variable);
        break;
      case TokenKind::op:
        operation(token);
        break;
      default:
        break;
    }
    if (token.offset > line_start_ + 1000 && token.kind != TokenKind::inline_html && !line_counted_) {
      shape(Shape::long_line);
      line_counted_ = true;
    }
  }

  void variable(std::string_view name) {
    if (previous_.is('$')) shape(Shape::variable_variable);
    if (name[0] == '_' || name[0] == 'G' || name[0] == 'H') sink_.variable(name);
    judge_name(name);
  }

  enum NameClass : uint8_t { kVowel = 1, kLookalike = 2, kDigitHere = 4 };
  static constexpr std::array<uint8_t, 256> kNameClasses = [] {
    std::array<uint8_t, 256> table{};
    for (char c : std::string_view("aeiouyAEIOUY_")) table[static_cast<unsigned char>(c)] |= kVowel;
    for (char c : std::string_view("O0lI1_")) table[static_cast<unsigned char>(c)] |= kLookalike;
    for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] |= kDigitHere;
    return table;
  }();

  // Digits inside letters, several times; or nothing but O, 0, l, 1, I and underscores; or no vowel at all.
  void judge_name(std::string_view name) {
    size_t alike = 0, changes = 0, digits = 0, vowels = 0;
    bool before = false, is_foreign = false;
    for (size_t i = 0; i < name.size(); ++i) {
      uint8_t classes = kNameClasses[static_cast<unsigned char>(name[i])];
      bool digit = (classes & kDigitHere) != 0;
      is_foreign |= static_cast<unsigned char>(name[i]) >= 0x80;
      digits += digit;
      alike += (classes & kLookalike) != 0;
      vowels += (classes & kVowel) != 0;
      changes += i > 0 && digit != before;
      before = digit;
    }
    bool is_meaningless =
        (name.size() >= 3 && alike == name.size() && name[0] != 'I') ||
        (name.size() >= 6 && (changes >= 3 || (digits >= 3 && changes >= 1 && vowels <= 2))) ||
        (name.size() >= 7 && vowels == 0);
    if (is_foreign)
      shape(Shape::foreign_name);
    else if (is_meaningless)
      shape(Shape::meaningless_name);
  }

  void literal(std::string_view text) {
    std::string_view inner = text.size() > 2 ? text.substr(1, text.size() - 2) : std::string_view();
    if (previous_.is('.') && before_previous_.kind == TokenKind::string && inner.size() <= 4 &&
        !inner.empty() && before_previous_.length <= 6)
      shape(Shape::text_in_pieces);
    if (text.size() >= 10 && text.find('\\') != std::string_view::npos &&
        escape_count(text) * 6 >= text.size())
      shape(Shape::escaped_text);
    words(inner);
  }

  void operation(const Token& token) {
    if (token.is('(')) {
      if (previous_.kind == TokenKind::variable || previous_.is(']') || previous_.is('}'))
        shape(Shape::dynamic_call);
      bool is_call = previous_.kind == TokenKind::name || previous_.kind == TokenKind::qualified_name;
      bool is_free = !before_previous_.is(Op::arrow) && !before_previous_.is(Op::scope) &&
                     !before_previous_.is(Keyword::k_function) && !before_previous_.is(Keyword::k_new);
      if (is_call && is_free) sink_.function(previous_.text(source_));
    }
    if (token.is(']') && previous_.kind == TokenKind::integer && before_previous_.is('['))
      picked_ = token.offset;
    if (token.is('.') && picked_ != 0 && token.offset - picked_ <= 2) shape(Shape::letter_picking);
    if (token.is(')') && previous_.kind == TokenKind::integer && before_previous_.is('('))
      shape(Shape::number_call);
    if (token.is('@')) shape(Shape::silenced);
    if (token.is('^') && previous_.kind == TokenKind::string) shape(Shape::bit_operation);
  }

  enum TextClass : uint8_t { kOther, kLetter, kGlue, kSlash };
  static constexpr std::array<uint8_t, 256> kTextClasses = [] {
    std::array<uint8_t, 256> table{};
    for (unsigned c = 0; c < 26; ++c) table['a' + c] = table['A' + c] = kLetter;
    for (char c : std::string_view("0123456789+=%")) table[static_cast<unsigned char>(c)] = kGlue;
    table['/'] = kSlash;
    return table;
  }();

  // Words of letters, in lower case, unless digits or signs of base64 touch them; on the way, long runs of
  // the alphabet of base64.
  void words(std::string_view text) {
    constexpr size_t kLongest = 20;
    size_t run = 0;
    bool is_glued = false;
    for (size_t i = 0;; ++i) {
      size_t begin = i;
      while (i < text.size() && kTextClasses[static_cast<unsigned char>(text[i])] == kLetter) ++i;
      size_t length = i - begin;
      run += length;
      char c = i < text.size() ? text[i] : ' ';
      uint8_t kind = kTextClasses[static_cast<unsigned char>(c)];
      bool ends = kind != kGlue || c == '=' || c == '%';
      if (length >= 3 && length <= kLongest && !is_glued && ends) word(text.substr(begin, length));
      is_glued = kind == kGlue && c != '=';
      if (kind == kGlue || kind == kSlash) {
        ++run;
      } else {
        if (run >= 300) shape(Shape::encoded_run);
        if (run >= 3000) shape(Shape::long_encoded_run);
        run = 0;
      }
      if (i >= text.size()) return;
    }
  }

  void word(std::string_view text) {
    if (!sink_.may_know_word(text)) return;
    std::array<char, 20> small;
    for (size_t i = 0; i < text.size(); ++i) small[i] = lower(text[i]);
    sink_.word(std::string_view(small.data(), text.size()));
  }

  std::string_view source_;
  Sink& sink_;
  std::array<uint16_t, kShapes> counts_{};
  Token previous_, before_previous_;
  uint32_t spent_ = 0, picked_ = 0, line_start_ = 0, first_line_ = 1;
  bool gap_ = false, inner_comment_ = false, line_counted_ = false;
};

}  // namespace aplomb::php
