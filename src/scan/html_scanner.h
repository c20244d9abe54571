// HTML (and SVG) into its tags, one after the other, as browsers tolerate it: broken markup is no error. Not
// a tree: the detectors ask about tags, their attributes and the bodies of scripts. A tag holds views into
// the text and is valid until the next one is read into it.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace aplomb::scan {

struct HtmlAttribute {
  std::string name;        // lower case
  std::string_view value;  // entities resolved: in the text, or in HtmlTag::decoded
};

struct HtmlTag {
  std::string name;  // lower case
  bool closing = false;
  std::vector<HtmlAttribute> attributes;
  uint32_t line = 1;
  std::string_view body;  // of script and style: their text
  uint32_t body_line = 1;
  std::list<std::string> decoded;  // values that held entities

  // "" when the attribute is missing.
  std::string_view attribute(std::string_view attribute_name) const;
};

class HtmlScanner {
 public:
  explicit HtmlScanner(std::string_view text, uint32_t first_line = 1) : text_(text), line_(first_line) {}
  bool next(HtmlTag& tag);

 private:
  static constexpr size_t kAttributesMax = 64;

  void move_to(size_t position);  // forward, counting lines
  bool read_tag(HtmlTag& tag);
  void read_attributes(HtmlTag& tag);
  std::string_view read_value();
  void read_body(HtmlTag& tag);

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_;
  bool comments_end_ = true;  // false once no --> follows: searched once, not per comment
};

// True when a browser runs the body: no type, a JavaScript type, or a module; false for JSON and templates.
bool is_executed_script(const HtmlTag& tag);

std::string decode_entities(std::string_view text);

}  // namespace aplomb::scan
