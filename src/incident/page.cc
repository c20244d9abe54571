#include "incident/page.h"

#include <fmt/format.h>

#include "base/text.h"

namespace aplomb::incident {
namespace {

constexpr const char* kStyle =
    "@page{size:A4;margin:16mm}body{font:11pt/1.4 sans-serif;color:#000;background:#fff;max-width:178mm;"
    "margin:0 auto}h1{font-size:18pt;margin:0}h2{font-size:13pt;margin:6mm 0 1mm;break-after:avoid}"
    ".sub{margin:1mm 0 4mm}table{border-collapse:collapse;width:100%}th,td{border:.2mm solid "
    "#777;padding:1mm 2mm;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{width:38%;font-weight:normal;background:#"
    "f2f2f2}"
    "small{color:#444}.fill{border-bottom:.3mm dotted #000;font-style:italic}li{margin:0 0 1mm}"
    "footer{margin-top:6mm;border-top:.2mm solid #777;font-size:9pt}section{break-inside:avoid-page}";

std::string value_html(const Value& value, const PageWords& words) {
  if (value.text.empty()) return fmt::format("<span class=\"fill\">{}</span>", escape_html(words.unknown));
  std::string html = escape_html(value.text);
  if (!value.source.empty())
    html += fmt::format(" <small>({} {})</small>", escape_html(words.source), escape_html(value.source));
  return html;
}

std::string section_html(const Section& section, const PageWords& words) {
  if (section.paragraphs.empty() && section.lines.empty() && section.items.empty()) return "";
  std::string html = "<section>\n";
  if (!section.heading.empty()) html += fmt::format("<h2>{}</h2>\n", escape_html(section.heading));
  for (const std::string& paragraph : section.paragraphs)
    html += fmt::format("<p>{}</p>\n", escape_html(paragraph));
  if (!section.lines.empty()) {
    html += "<table>\n";
    for (const Line& line : section.lines)
      html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape_html(line.label),
                          value_html(line.value, words));
    html += "</table>\n";
  }
  if (!section.items.empty()) {
    const char* list = section.numbered ? "ol" : "ul";
    html += fmt::format("<{}>\n", list);
    for (const std::string& item : section.items) html += fmt::format("<li>{}</li>\n", escape_html(item));
    html += fmt::format("</{}>\n", list);
  }
  return html + "</section>\n";
}

}  // namespace

std::string to_html(const Paper& paper, const PageWords& words) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>{}</title>\n<style>{}</style>\n</head>\n"
      "<body>\n<h1>{}</h1>\n",
      words.language, escape_html(paper.title), kStyle, escape_html(paper.title));
  if (!paper.subtitle.empty()) html += fmt::format("<p class=\"sub\">{}</p>\n", escape_html(paper.subtitle));
  for (const Section& section : paper.sections) html += section_html(section, words);
  if (!paper.footer.empty()) html += fmt::format("<footer>{}</footer>\n", escape_html(paper.footer));
  return html + "</body>\n</html>\n";
}

}  // namespace aplomb::incident
