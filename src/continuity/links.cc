#include "continuity/links.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace aplomb::continuity {
namespace {

constexpr std::string_view kBlank = " \t\r\n\f";
constexpr size_t kAttributesMax = 100, kValueMax = 64 << 10, kNameMax = 32;

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
bool starts_with(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::ranges::equal(text.substr(0, lower_prefix.size()), lower_prefix, {},
                            [](char c) { return lower(c); });
}

// The words of a list such as rel="nofollow noopener" or "noindex, nofollow".
bool has_word(std::string_view list, std::string_view lower_word) {
  constexpr std::string_view kBetween = " \t\r\n\f,";
  while (!list.empty()) {
    list.remove_prefix(std::min(list.find_first_not_of(kBetween), list.size()));
    std::string_view word = list.substr(0, list.find_first_of(kBetween));
    if (word.size() == lower_word.size() && starts_with(word, lower_word)) return true;
    list.remove_prefix(word.size());
  }
  return false;
}

void append_utf8(std::string& out, uint32_t point) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6), put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
  }
}

// Of "&#38;" or "&amp;" the character, by the name between '&' and ';'; false when it is none that an address
// is written with.
bool append_reference(std::string& out, std::string_view name) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"quot", '"'}, {"lt", '<'}, {"gt", '>'}, {"apos", '\''}};
  for (auto [known, c] : kNamed) {
    if (name != known) continue;
    out += c;
    return true;
  }
  if (!name.starts_with('#')) return false;
  bool hexadecimal = name.size() > 1 && lower(name[1]) == 'x';
  name.remove_prefix(hexadecimal ? 2 : 1);
  uint32_t point = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), point, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size() || point == 0 || point > 0x10ffff)
    return false;
  append_utf8(out, point);
  return true;
}

std::string decode_references(std::string_view text) {
  constexpr size_t kReferenceMax = 10;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    size_t end = text[i] == '&' ? text.substr(i + 1, kReferenceMax).find(';') : text.npos;
    if (end != text.npos && append_reference(out, text.substr(i + 1, end))) {
      i += end + 1;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Links {
 public:
  explicit Links(const http::Url& base) : base_(base) {}

  bool full() const { return links_.size() >= kLinksMax; }
  void set_base(std::string_view href) {
    auto url = base_.resolve(href);
    if (!url || based_) return;
    base_ = std::move(*url);
    based_ = true;
  }
  void add(std::string_view text, LinkKind kind) {
    text = trim(text);
    if (full() || text.empty() || text.starts_with('#')) return;
    if (auto url = base_.resolve(text)) links_.push_back({std::move(*url), kind});
  }
  // "a.png 1x, b.png 2x"
  void add_set(std::string_view set) {
    while (!full()) {
      set.remove_prefix(std::min(set.find_first_not_of(" \t\r\n\f,"), set.size()));
      if (set.empty()) return;
      std::string_view url = set.substr(0, set.find_first_of(kBlank));
      set.remove_prefix(url.size());
      bool ends_here = url.ends_with(',');
      while (url.ends_with(',')) url.remove_suffix(1);
      add(url, LinkKind::asset);
      if (!ends_here) set.remove_prefix(std::min(set.find(','), set.size()));
    }
  }
  void add_css(std::string_view css);
  std::vector<Link> take() { return std::move(links_); }
  void drop_pages() {
    std::erase_if(links_, [](const Link& link) { return link.kind == LinkKind::page; });
  }

 private:
  http::Url base_;
  bool based_ = false;
  std::vector<Link> links_;
};

// Reads forward through a style sheet.
class CssScanner {
 public:
  CssScanner(std::string_view css, Links& links) : css_(css), links_(links) {}

  void scan() {
    while (!links_.full() && (at_ = css_.find_first_of("/\"'uU@", at_)) < css_.size()) {
      std::string_view rest = css_.substr(at_);
      if (rest.starts_with("/*")) {
        skip_past("*/");
      } else if (rest[0] == '"' || rest[0] == '\'') {
        read_string();
      } else if (starts_with(rest, "url(")) {
        at_ += 4;
        links_.add(read_url(), LinkKind::asset);
      } else if (starts_with(rest, "@import")) {
        at_ += 7;
        skip_blank();
        if (at_ < css_.size() && (css_[at_] == '"' || css_[at_] == '\''))
          links_.add(read_string(), LinkKind::asset);
      } else {
        ++at_;
      }
    }
  }

 private:
  void skip_blank() { at_ = std::min(css_.find_first_not_of(kBlank, at_), css_.size()); }
  void skip_past(std::string_view end) {
    size_t found = css_.find(end, at_ + 2);
    at_ = found == css_.npos ? css_.size() : found + end.size();
  }
  // A string ends with its line too, as browsers take it.
  std::string_view read_string() {
    const char quote = css_[at_];
    const size_t start = ++at_;
    while (at_ < css_.size() && css_[at_] != quote && css_[at_] != '\n') at_ += css_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, css_.size());
    std::string_view text = css_.substr(start, at_ - start);
    if (at_ < css_.size()) ++at_;
    return text;
  }
  std::string_view read_url() {
    skip_blank();
    if (at_ < css_.size() && (css_[at_] == '"' || css_[at_] == '\'')) return read_string();
    const size_t start = at_;
    at_ = std::min(css_.find(')', at_), css_.size());
    return css_.substr(start, at_ - start);
  }

  std::string_view css_;
  Links& links_;
  size_t at_ = 0;
};

void Links::add_css(std::string_view css) {
  CssScanner(css, *this).scan();
}

struct Tag {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;

  const std::string& attribute(std::string_view wanted) const {
    static const std::string none;
    for (const auto& [key, value] : attributes)
      if (key == wanted) return value;
    return none;
  }
};

class HtmlScanner {
 public:
  HtmlScanner(std::string_view html, const http::Url& base) : html_(html), links_(base) {}

  std::vector<Link> scan() {
    while (!links_.full() && (at_ = html_.find('<', at_)) != html_.npos) step();
    if (nofollow_) links_.drop_pages();
    return links_.take();
  }

 private:
  void step() {
    if (html_.substr(at_).starts_with("<!--")) {
      skip_past("-->", at_ + 2);
      return;
    }
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
    if (!is_letter(next)) {
      ++at_;
      return;
    }
    Tag tag = read_tag();
    visit(tag);
    // <noscript> is what a copy without scripts shows, so it is read.
    for (std::string_view raw : {"script", "textarea", "title", "xmp"})
      if (tag.name == raw) skip_content(raw);
    if (tag.name == "style") links_.add_css(skip_content("style"));
  }

  void visit(const Tag& tag) {
    const std::string& href = tag.attribute("href");
    const std::string& relation = tag.attribute("rel");
    if (tag.name == "base") {
      if (!href.empty()) links_.set_base(href);
    } else if (tag.name == "a" || tag.name == "area") {
      if (!has_word(relation, "nofollow")) links_.add(href, LinkKind::page);
    } else if (tag.name == "link") {
      if (has_word(relation, "stylesheet") || has_word(relation, "icon")) links_.add(href, LinkKind::asset);
    } else if (tag.name == "img" || tag.name == "source") {
      links_.add(tag.attribute("src"), LinkKind::asset);
      links_.add_set(tag.attribute("srcset"));
    } else if (tag.name == "meta") {
      if (lower(tag.attribute("name")) == "robots" && says_nofollow(tag.attribute("content")))
        nofollow_ = true;
    }
    if (const std::string& style = tag.attribute("style"); !style.empty()) links_.add_css(style);
  }

  Tag read_tag() {
    Tag tag;
    std::string_view name = read_until(" \t\r\n\f/>", at_ + 1);
    tag.name = lower(name.substr(0, kNameMax));
    for (;;) {
      at_ = std::min(html_.find_first_not_of(" \t\r\n\f/", at_), html_.size());
      if (at_ >= html_.size()) return tag;
      if (html_[at_] == '>') {
        ++at_;
        return tag;
      }
      // A name may start with '=', so the search begins one further: this always goes forward.
      const size_t start = at_;
      read_until(" \t\r\n\f/>=", at_ + 1);
      std::string key = lower(html_.substr(start, std::min(at_ - start, kNameMax)));
      std::string_view value = read_value();
      if (tag.attributes.size() < kAttributesMax && value.size() <= kValueMax)
        tag.attributes.emplace_back(std::move(key), decode_references(value));
    }
  }

  std::string_view read_value() {
    const size_t equals = html_.find_first_not_of(kBlank, at_);
    if (equals == html_.npos || html_[equals] != '=') return {};
    at_ = std::min(html_.find_first_not_of(kBlank, equals + 1), html_.size());
    if (at_ >= html_.size()) return {};
    const char quote = html_[at_];
    if (quote != '"' && quote != '\'') return read_until(" \t\r\n\f>", at_);
    std::string_view value = read_until({&quote, 1}, at_ + 1);
    if (at_ < html_.size()) ++at_;
    return value;
  }

  // From `start` to the first of these characters, where the reading goes on.
  std::string_view read_until(std::string_view ends, size_t start) {
    at_ = std::min(html_.find_first_of(ends, start), html_.size());
    return html_.substr(std::min(start, html_.size()), at_ - std::min(start, at_));
  }

  void skip_past(std::string_view end, size_t from) {
    size_t found = html_.find(end, from);
    at_ = found == html_.npos ? html_.size() : found + end.size();
  }

  // What stands before the end tag, which is where the reading goes on.
  std::string_view skip_content(std::string_view name) {
    const size_t start = at_;
    for (; (at_ = html_.find("</", at_)) != html_.npos; at_ += 2)
      if (starts_with(html_.substr(at_ + 2), name)) break;
    at_ = std::min(at_, html_.size());
    return html_.substr(start, at_ - start);
  }

  std::string_view html_;
  Links links_;
  size_t at_ = 0;
  bool nofollow_ = false;
};

}  // namespace

bool says_nofollow(std::string_view directives) {
  return has_word(directives, "nofollow") || has_word(directives, "none");
}

std::vector<Link> links_of_html(std::string_view html, const http::Url& base) {
  return HtmlScanner(html, base).scan();
}

std::vector<Link> links_of_css(std::string_view css, const http::Url& base) {
  Links links(base);
  links.add_css(css);
  return links.take();
}

}  // namespace aplomb::continuity
