#include "scan/html_scanner.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "base/text.h"
#include "scan/name_class.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool ends_name(char c) {
  return is_space(c) || c == '>' || c == '/';
}

// &#104; and &#x68;, as ASCII; the words that detectors look for are ASCII.
bool numeric_entity(std::string_view entity, std::string& out) {
  if (entity.size() < 2 || entity[0] != '#') return false;
  int base = 10;
  entity.remove_prefix(1);
  if ((entity[0] | 0x20) == 'x') {
    base = 16;
    entity.remove_prefix(1);
  }
  uint32_t code = 0;
  auto [end, error] = std::from_chars(entity.data(), entity.data() + entity.size(), code, base);
  if (error != std::errc() || end != entity.data() + entity.size()) return false;
  out.push_back(code < 0x80 ? static_cast<char>(code) : '?');
  return true;
}

}  // namespace

std::string decode_entities(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 8> known{{{"amp", '&'},
                                                                    {"quot", '"'},
                                                                    {"apos", '\''},
                                                                    {"lt", '<'},
                                                                    {"gt", '>'},
                                                                    {"colon", ':'},
                                                                    {"lpar", '('},
                                                                    {"rpar", ')'}}};
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    size_t end =
        text[i] == '&' ? text.substr(0, std::min(text.size(), i + 12)).find(';', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out.push_back(text[i]);
      continue;
    }
    std::string_view entity = text.substr(i + 1, end - i - 1);
    auto found = std::find_if(known.begin(), known.end(), [&](const auto& k) { return k.first == entity; });
    if (found != known.end()) {
      out.push_back(found->second);
      i = end;
    } else if (numeric_entity(entity, out)) {
      i = end;
    } else {
      out.push_back('&');
    }
  }
  return out;
}

std::string_view HtmlTag::attribute(std::string_view attribute_name) const {
  for (const HtmlAttribute& a : attributes)
    if (a.name == attribute_name) return a.value;
  return {};
}

bool is_executed_script(const HtmlTag& tag) {
  if (tag.name != "script" || tag.closing) return false;
  std::string type = lower(tag.attribute("type"));
  return type.empty() || type == "module" || contains_word(type, "javascript") ||
         contains_word(type, "ecmascript") || contains_word(type, "jscript");
}

void HtmlScanner::move_to(size_t position) {
  position = std::min(position, text_.size());
  line_ += static_cast<uint32_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                            text_.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
  at_ = position;
}

bool HtmlScanner::next(HtmlTag& tag) {
  while (at_ < text_.size()) {
    move_to(text_.find('<', at_));
    if (at_ + 1 >= text_.size()) break;
    if (text_.substr(at_).starts_with("<!--")) {
      size_t end = comments_end_ ? text_.find("-->", at_ + 4) : std::string_view::npos;
      comments_end_ = end != std::string_view::npos;
      // Conditional comments and unterminated ones are read: some browser did.
      bool skip = end != std::string_view::npos && !text_.substr(at_ + 4).starts_with("[if");
      move_to(skip ? end + 3 : at_ + 4);
      continue;
    }
    if (read_tag(tag)) return true;
  }
  at_ = text_.size();
  return false;
}

bool HtmlScanner::read_tag(HtmlTag& tag) {
  bool closing = text_[at_ + 1] == '/';
  size_t begin = at_ + (closing ? 2 : 1);
  if (begin >= text_.size() || !is_letter(text_[begin])) {
    move_to(at_ + 1);
    return false;
  }
  size_t end = begin;
  while (end < text_.size() && !ends_name(text_[end])) ++end;
  tag.attributes.clear();
  if (!tag.decoded.empty()) tag.decoded.clear();
  tag.body = {};
  tag.body_line = 1;
  tag.closing = closing;
  tag.line = line_;
  tag.name = lower(text_.substr(begin, std::min<size_t>(end - begin, 64)));
  if (tag.name.starts_with("svg:")) tag.name.erase(0, 4);
  move_to(end);
  read_attributes(tag);
  if (!closing && (tag.name == "script" || tag.name == "style")) read_body(tag);
  return true;
}

void HtmlScanner::read_attributes(HtmlTag& tag) {
  while (at_ < text_.size() && text_[at_] != '>') {
    char c = text_[at_];
    if (c == '<') return;  // the tag was never closed
    if (is_space(c) || c == '/') {
      move_to(at_ + 1);
      continue;
    }
    size_t end = at_ + 1;
    while (end < text_.size() && !ends_name(text_[end]) && text_[end] != '=') ++end;
    HtmlAttribute attribute{lower(text_.substr(at_, std::min<size_t>(end - at_, 64))), {}};
    move_to(end);
    while (at_ < text_.size() && is_space(text_[at_])) move_to(at_ + 1);
    if (at_ < text_.size() && text_[at_] == '=') {
      move_to(at_ + 1);
      attribute.value = read_value();
      if (attribute.value.find('&') != std::string_view::npos) {
        tag.decoded.push_back(decode_entities(attribute.value));
        attribute.value = tag.decoded.back();
      }
    }
    if (tag.attributes.size() < kAttributesMax) tag.attributes.push_back(std::move(attribute));
  }
  move_to(at_ + 1);
}

std::string_view HtmlScanner::read_value() {
  while (at_ < text_.size() && is_space(text_[at_])) move_to(at_ + 1);
  if (at_ >= text_.size()) return {};
  char quote = text_[at_];
  size_t begin = at_, end = at_;
  if (quote == '"' || quote == '\'') {
    begin = at_ + 1;
    end = std::min(text_.find(quote, begin), text_.size());
    move_to(end + 1);
  } else {
    while (end < text_.size() && !is_space(text_[end]) && text_[end] != '>') ++end;
    move_to(end);
  }
  return text_.substr(begin, end - begin);
}

void HtmlScanner::read_body(HtmlTag& tag) {
  tag.body_line = line_;
  size_t begin = at_, end = at_;
  for (;; ++end) {
    end = text_.find("</", end);
    if (end == std::string_view::npos) {
      end = text_.size();
      break;
    }
    if (end + 2 < text_.size() && (text_[end + 2] | 0x20) == 's' &&
        lower(text_.substr(end + 2, tag.name.size())) == tag.name)
      break;
  }
  tag.body = text_.substr(begin, end - begin);
  move_to(end);
}

}  // namespace aplomb::scan
