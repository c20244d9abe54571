#include "scan/html.h"

#include <array>
#include <charconv>
#include <set>

#include "base/messages.h"
#include "base/text.h"
#include "scan/name_class.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kHiddenHostsOutOfView = 3, kHiddenHostsNotDisplayed = 8;
constexpr size_t kOpenElementsMax = 128;

std::string without_blanks(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  return out;
}

// Does it begin like "javascript:" or "data:"?
bool may_be_scheme(std::string_view value) {
  size_t first = value.find_first_not_of(" \t\n\r");
  return first != std::string_view::npos && ((value[first] | 0x20) == 'j' || (value[first] | 0x20) == 'd');
}

// The number behind "property:" in a style without blanks; nothing when it is not there.
std::optional<double> style_number(std::string_view style, std::string_view property) {
  for (size_t at = style.find(property); at != std::string_view::npos; at = style.find(property, at + 1)) {
    bool whole_name = at == 0 || style[at - 1] == ';';
    std::string_view value = style.substr(at + property.size());
    if (!whole_name || !value.starts_with(':')) continue;
    value.remove_prefix(1);
    bool negative = value.starts_with('-');
    if (negative) value.remove_prefix(1);
    unsigned number = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc()) continue;
    if (end != value.data() + value.size() && *end == '.') return negative ? -1.0 * number : number + 0.5;
    return negative ? -1.0 * number : 1.0 * number;
  }
  return std::nullopt;
}

bool is_tiny(std::string_view dimension) {
  unsigned value = 99;
  auto [end, error] = std::from_chars(dimension.data(), dimension.data() + dimension.size(), value);
  bool percent = end != dimension.data() + dimension.size() && *end == '%';
  return error == std::errc() && value <= 1 && !percent;
}

bool is_void_element(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"br",   "img",  "hr",  "input",  "meta",  "link",
                                                   "area", "base", "col", "source", "track", "wbr"};
  for (std::string_view known : names)
    if (known == name) return true;
  return false;
}

// "5; url=https://…" -> the address.
std::string_view refresh_address(std::string_view content) {
  std::string text = lower(content);
  size_t at = text.find("url");
  if (at == std::string::npos) return {};
  size_t equals = text.find('=', at);
  return equals == std::string::npos ? std::string_view{} : content.substr(equals + 1);
}

class Detector {
 public:
  Detector(std::string_view text, const Layer& layer, ReportBuilder& report)
      : text_(text), layer_(layer), report_(report) {}

  void run() {
    HtmlScanner scanner(text_, layer_.first_line);
    HtmlTag tag;
    while (scanner.next(tag)) {
      track(tag);
      if (tag.closing) continue;
      look(tag);
    }
    report_hidden_links();
  }

 private:
  struct Element {
    std::string name;
    Hiding hiding;
  };

  void look(const HtmlTag& tag) {
    if (tag.name == "script") script(tag);
    if (tag.name == "iframe" || tag.name == "frame" || tag.name == "embed" || tag.name == "object")
      frame(tag);
    if (tag.name == "a") link(tag);
    if (tag.name == "meta" && lower(tag.attribute("http-equiv")) == "refresh") refresh(tag);
    for (const HtmlAttribute& attribute : tag.attributes) attribute_code(tag, attribute);
  }

  void script(const HtmlTag& tag) {
    if (!is_executed_script(tag)) return;
    std::string_view source = tag.attribute("src");
    std::string host = foreign_host(source);
    if (!host.empty() && layer_.veil != Veil::none)
      report_.add(layer_.veil == Veil::hidden ? Level::malicious : Level::suspicious, "html-hidden-script",
                  tr_later("markup that was hidden by encoding loads a script from {}"), {host}, line(tag));
    if (lower(source.substr(0, 5)) == "data:") data_script(source, tag);
    if (!tag.body.empty()) {
      Layer inner = layer_;
      if (layer_.depth == 0) inner.first_line = tag.body_line;
      analyse_javascript(tag.body, inner, report_);
    }
  }

  void data_script(std::string_view source, const HtmlTag& tag) {
    size_t comma = source.find(',');
    if (comma == std::string_view::npos) return;
    bool base64 = contains_word(source.substr(0, comma), "base64");
    std::string raw = percent_decode(source.substr(comma + 1));
    std::optional<std::string> code = base64 ? base64_decode(raw) : std::optional(raw);
    report_.add(Level::suspicious, "html-data-script",
                tr_later("a script is loaded from an address that is itself the code"), {}, line(tag));
    if (code)
      analyse_javascript(*code, layer_.inside(base64 ? Veil::hidden : Veil::escaped, tag.line), report_);
  }

  void frame(const HtmlTag& tag) {
    std::string_view source = tag.attribute(tag.name == "object" ? "data" : "src");
    std::string host = foreign_host(source);
    if (host.empty() || is_common_measurement_host(host)) return;
    bool hidden = hiding_of(tag) != Hiding::none || hidden_around() != Hiding::none;
    if (layer_.veil == Veil::hidden)
      report_.add(Level::malicious, "html-hidden-frame",
                  tr_later("markup that was hidden by encoding shows a page of {}"), {host}, line(tag));
    else if (hidden && tag.name == "iframe")
      report_.add(Level::suspicious, "html-hidden-frame", tr_later("loads a page of {} where nobody sees it"),
                  {host}, line(tag));
  }

  void link(const HtmlTag& tag) {
    Hiding hiding = std::max(hidden_around(), hiding_of(tag));
    if (hiding == Hiding::none) return;
    std::string host = foreign_host(tag.attribute("href"));
    if (host.empty() || hosts_.size() > 200) return;
    if (first_hidden_link_ == 0) first_hidden_link_ = line(tag);
    hosts_.insert(host);
    if (hiding == Hiding::out_of_view) hosts_out_of_view_.insert(host);
  }

  void refresh(const HtmlTag& tag) {
    std::string host = foreign_host(refresh_address(tag.attribute("content")));
    if (host.empty()) return;
    report_.add(layer_.veil == Veil::hidden ? Level::malicious : Level::suspicious, "html-refresh",
                tr_later("sends every visitor on to {}"), {host}, line(tag));
  }

  void attribute_code(const HtmlTag& tag, const HtmlAttribute& attribute) {
    std::string_view value = attribute.value;
    Layer inner = layer_;
    if (layer_.depth == 0) inner.first_line = tag.line;
    if (attribute.name.starts_with("on") && attribute.name.size() > 3) {
      analyse_javascript(value, inner, report_);
    } else if ((attribute.name == "href" || attribute.name == "src" || attribute.name == "action") &&
               may_be_scheme(value) && without_blanks(value.substr(0, 32)).starts_with("javascript:")) {
      analyse_javascript(percent_decode(value.substr(value.find(':') + 1)), inner, report_);
    } else if (attribute.name == "srcdoc" && layer_.depth < Layer::kDepthMax) {
      analyse_html(value, layer_.inside(Veil::none, tag.line), report_);
    }
  }

  // Keeps the open elements, so that a link knows whether something around it is hidden.
  void track(const HtmlTag& tag) {
    if (tag.closing) {
      for (size_t i = open_.size(); i-- > 0;)
        if (open_[i].name == tag.name) {
          open_.resize(i);
          return;
        }
      return;
    }
    if (is_void_element(tag.name) || open_.size() >= kOpenElementsMax) return;
    open_.push_back({tag.name, std::max(hidden_around(), hiding_of(tag))});
  }

  Hiding hidden_around() const { return open_.empty() ? Hiding::none : open_.back().hiding; }
  uint32_t line(const HtmlTag& tag) const { return layer_.line(tag.line); }

  void report_hidden_links() {
    if (hosts_out_of_view_.size() < kHiddenHostsOutOfView && hosts_.size() < kHiddenHostsNotDisplayed) return;
    report_.add(Level::suspicious, "html-hidden-links",
                tr_later("links to {} other sites are hidden from people, for search engines to see"),
                {std::to_string(hosts_.size())}, first_hidden_link_);
  }

  std::string_view text_;
  const Layer& layer_;
  ReportBuilder& report_;
  std::vector<Element> open_;
  std::set<std::string> hosts_, hosts_out_of_view_;
  uint32_t first_hidden_link_ = 0;
};

bool has_active_attribute(const HtmlTag& tag) {
  for (const HtmlAttribute& attribute : tag.attributes) {
    if (attribute.name.starts_with("on") && attribute.name.size() > 3) return true;
    if (attribute.name != "srcdoc" && !may_be_scheme(attribute.value)) continue;
    const std::string start = without_blanks(attribute.value.substr(0, 64));
    if (start.starts_with("javascript:") || start.starts_with("data:text/html") || attribute.name == "srcdoc")
      return true;
  }
  return false;
}

// By itself, whatever stands around it.
bool acts(const HtmlTag& tag) {
  if (is_executed_script(tag) || tag.name == "applet" || has_active_attribute(tag)) return true;
  if (tag.name == "meta") return lower(tag.attribute("http-equiv")) == "refresh";
  if (tag.name == "base") return !foreign_host(tag.attribute("href")).empty();
  if (tag.name == "link") {
    const std::string rel = lower(tag.attribute("rel"));
    const bool loads = rel.find("import") != std::string::npos ||
                       (rel.find("preload") != std::string::npos && lower(tag.attribute("as")) == "script");
    return loads && !foreign_host(tag.attribute("href")).empty();
  }
  if (tag.name != "style") return false;
  const std::string style = without_blanks(tag.body);
  return style.find("expression(") != std::string::npos || style.find("-moz-binding") != std::string::npos;
}

}  // namespace

Hiding hiding_of(const HtmlTag& tag) {
  if (tag.attributes.empty()) return Hiding::none;
  std::string style = without_blanks(tag.attribute("style"));
  bool frame = tag.name == "iframe" || tag.name == "embed" || tag.name == "object";
  if (frame && (is_tiny(tag.attribute("width")) || is_tiny(tag.attribute("height"))))
    return Hiding::out_of_view;
  if (style.empty()) return Hiding::none;
  bool placed = style.find("position:absolute") != std::string::npos ||
                style.find("position:fixed") != std::string::npos;
  if (placed &&
      (style_number(style, "left").value_or(0) < -500 || style_number(style, "top").value_or(0) < -500 ||
       style_number(style, "right").value_or(0) < -500))
    return Hiding::out_of_view;
  if (style_number(style, "text-indent").value_or(0) < -500 ||
      style_number(style, "font-size").value_or(9) <= 0)
    return Hiding::out_of_view;
  bool clipped = style.find("overflow:hidden") != std::string::npos;
  if ((clipped || frame) &&
      (style_number(style, "height").value_or(9) <= 1 || style_number(style, "width").value_or(9) <= 1))
    return Hiding::out_of_view;
  if (style.find("display:none") != std::string::npos || style.find("visibility:hidden") != std::string::npos)
    return Hiding::not_displayed;
  return Hiding::none;
}

bool has_active_content(std::string_view text) {
  HtmlScanner scanner(text);
  HtmlTag tag;
  bool sends_abroad = false;  // within a form whose fields go to a foreign host
  while (scanner.next(tag)) {
    if (tag.name == "form") sends_abroad = !tag.closing && !foreign_host(tag.attribute("action")).empty();
    if (tag.closing) continue;
    if (acts(tag)) return true;
    const bool button = !foreign_host(tag.attribute("formaction")).empty();
    if (button || (tag.name == "input" && lower(tag.attribute("type")) == "password" && sends_abroad))
      return true;
  }
  return false;
}

void analyse_html(std::string_view text, const Layer& layer, ReportBuilder& report) {
  if (layer.depth > Layer::kDepthMax) return report.set_hit_limit();
  if (report.spend(text.size() + 100)) Detector(text, layer, report).run();
}

}  // namespace aplomb::scan
