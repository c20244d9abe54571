#include "recover/page_likeness.h"

#include <algorithm>

#include "base/text.h"

namespace aplomb::recover {
namespace {

bool is_word(unsigned char byte) {
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

// Behind the markup that begins at `at`, which is a '<'. A comment or the content of a script goes with it.
size_t skip_markup(std::string_view html, const std::string& small, size_t at) {
  auto behind = [&](std::string_view end, size_t from) {
    size_t found = small.find(end, from);
    return found == std::string::npos ? html.size() : found + end.size();
  };
  if (small.compare(at, 4, "<!--") == 0) return behind("-->", at + 4);
  for (std::string_view name : {"script", "style", "noscript", "template"}) {
    if (small.compare(at + 1, name.size(), name) != 0) continue;
    size_t next = at + 1 + name.size();
    if (next < small.size() && is_word(static_cast<unsigned char>(small[next]))) continue;
    size_t close = behind("</" + std::string(name), next);
    return behind(">", close);
  }
  // A quoted '>' does not end a tag.
  char quote = 0;
  for (size_t i = at + 1; i < html.size(); ++i) {
    if (quote) {
      if (html[i] == quote) quote = 0;
    } else if (html[i] == '"' || html[i] == '\'') {
      quote = html[i];
    } else if (html[i] == '>') {
      return i + 1;
    }
  }
  return html.size();
}

bool begins_markup(std::string_view html, size_t at) {
  if (html[at] != '<' || at + 1 == html.size()) return false;
  char next = lower(html[at + 1]);
  return (next >= 'a' && next <= 'z') || next == '/' || next == '!' || next == '?';
}

}  // namespace

std::vector<std::string> words_of_page(std::string_view html) {
  std::vector<std::string> words;
  const std::string small = lower(html);
  std::string word;
  bool digit = false;
  auto finish = [&] {
    if (!word.empty() && !digit) words.push_back(word);
    word.clear();
    digit = false;
  };
  for (size_t i = 0; i < html.size();) {
    if (begins_markup(html, i)) {
      finish();
      i = skip_markup(html, small, i);
      continue;
    }
    if (is_word(static_cast<unsigned char>(html[i]))) {
      word += small[i];
      digit = digit || is_digit(html[i]);
    } else {
      finish();
    }
    ++i;
  }
  finish();
  std::ranges::sort(words);
  return words;
}

double likeness(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() && b.empty()) return 1;
  size_t common = 0;
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    int order = a[i].compare(b[k]);
    if (order == 0) ++common;
    if (order <= 0) ++i;
    if (order >= 0) ++k;
  }
  return 2.0 * static_cast<double>(common) / static_cast<double>(a.size() + b.size());
}

bool is_html(std::string_view content_type) {
  std::string small = lower(content_type);
  return small.find("text/html") != std::string::npos || small.find("xhtml") != std::string::npos;
}

double likeness_of_pages(std::string_view content_type, ByteView a, ByteView b) {
  if (is_html(content_type)) return likeness(words_of_page(as_text(a)), words_of_page(as_text(b)));
  return std::ranges::equal(a, b) ? 1 : 0;
}

}  // namespace aplomb::recover
