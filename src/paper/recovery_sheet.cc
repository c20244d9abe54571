#include "paper/recovery_sheet.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/messages.h"
#include "base/text.h"
#include "paper/qr_code.h"

namespace aplomb::paper {
namespace {

constexpr size_t kColumns = 3;

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Section {
  std::string heading;
  std::vector<std::string> paragraphs;
};

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

// ---- what the sheet says, whatever its form ----

std::string heading() {
  return tr("Recovery sheet");
}

std::string purpose() {
  return tr(
      "For whoever puts the website back after an attack, a breakdown or a fire. With these words and the "
      "passphrase, everything that was saved can be read again. Without them nobody can, not even the "
      "authors "
      "of Aplomb.");
}

Pairs facts(const RecoverySheet& sheet) {
  return {{tr("Printed on"), sheet.date},        {tr("Websites"), joined(sheet.sites, ", ")},
          {tr("Server"), sheet.machine},         {tr("Vault"), sheet.vault},
          {tr("Mark of the vault"), sheet.mark}, {tr("Configuration"), sheet.config}};
}

std::string first_step() {
  return tr(
      "On a machine with Aplomb, type the words in their order into a file, here words.txt, or scan the code "
      "into it. Capital letters, accents and numbers do not matter; the first four letters of a word are "
      "enough. Aplomb says which word is wrong.");
}

Pairs commands(const RecoverySheet& sheet) {
  const std::string site = sheet.sites.size() == 1 ? sheet.sites.front() : tr("SITE");
  return {{fmt::format("aplomb clean-point {} --recovery-key words.txt", site),
           tr("names the last clean snapshot")},
          {fmt::format("aplomb recover {} --recovery-key words.txt", site),
           tr("puts the site back, on its server")},
          {fmt::format("aplomb restore {} --to {} --recovery-key words.txt", tr("SNAPSHOT"), tr("FOLDER")),
           tr("writes what was saved into an empty folder, on any machine")}};
}

std::string elsewhere() {
  return tr(
      "On another machine, first copy the vault there. A file aplomb.toml with the one line vault = "
      "\"file:/path/of/the/copy\" is enough for restore; add --config aplomb.toml to the command. Delete "
      "words.txt afterwards.");
}

std::vector<Section> advice() {
  return {{tr("What this sheet does not replace"),
           {tr("The passphrase: it stands nowhere on this sheet and must not be written on it. Without it "
               "the words "
               "open nothing. And the vault: the words open it, they do not hold it.")}},
          {tr("Where to keep it"),
           {tr("Two copies, in two buildings, each in a safe or a sealed envelope; the passphrase in a third "
               "place, "
               "known to two people. No photograph, no e-mail. Delete the file from which this was printed. "
               "Once a "
               "year, try the words: restore into an empty folder.")}}};
}

std::string capitals(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

// ---- HTML ----

constexpr const char* kStyle =
    "@page{size:A4;margin:14mm}"
    "body{font:10.5pt/1.35 sans-serif;color:#000;background:#fff;max-width:182mm;margin:0 auto}"
    "h1{font-size:20pt;margin:0 0 2mm}h2{font-size:12pt;margin:4mm 0 1mm}p,ol,dl{margin:0 0 2mm}"
    ".top{display:flex;gap:6mm}.top div{flex:1}figure{margin:0;width:58mm;flex:none;text-align:center}"
    "figure svg{width:58mm;height:58mm;display:block}figcaption{font-size:9pt}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.5mm 4mm}dt{font-weight:bold}"
    "dd{margin:0;overflow-wrap:anywhere}"
    ".words{display:grid;grid-template-columns:repeat(3,1fr);gap:1mm 4mm;padding:3mm 3mm 3mm 12mm;"
    "border:.5mm solid #000;font:bold 14pt/1.3 monospace}"
    "code{font-size:9.5pt;white-space:pre-wrap}section{break-inside:avoid}";

std::string words_html(const RecoverySheet& sheet) {
  std::string html = "<ol class=\"words\">\n";
  for (const std::string& word : sheet.words) html += fmt::format("<li>{}</li>\n", escape_html(word));
  return html + "</ol>\n";
}

std::string facts_html(const RecoverySheet& sheet) {
  std::string html = "<dl>\n";
  for (const auto& [name, value] : facts(sheet))
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
  return html + "</dl>\n";
}

std::string day_html(const RecoverySheet& sheet) {
  std::string html = fmt::format("<section><h2>{}</h2>\n<p>{}</p>\n<ol>\n", escape_html(tr("On the day")),
                                 escape_html(first_step()));
  for (const auto& [command, use] : commands(sheet))
    html += fmt::format("<li><code>{}</code><br>{}</li>\n", escape_html(command), escape_html(use));
  return html + fmt::format("</ol>\n<p>{}</p></section>\n", escape_html(elsewhere()));
}

// ---- plain text ----

constexpr size_t kWidth = 78;

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string wrapped(std::string_view text) {
  std::string out, line;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && width_of(line) + 1 + width_of(word) > kWidth) {
      out += line + "\n";
      line.clear();
    }
    line += line.empty() ? "" : " ";
    line += word;
  }
  return out + line + "\n";
}

std::string words_text(const RecoverySheet& sheet) {
  std::string text = sheet.title + "\n";
  for (size_t i = 0; i < sheet.words.size(); ++i) {
    const bool last = i % kColumns == kColumns - 1 || i + 1 == sheet.words.size();
    const std::string cell = fmt::format("{:>4}. {}", i + 1, sheet.words[i]);
    text += last ? cell + "\n" : fmt::format("{:<22}", cell);
  }
  return text + sheet.end + "\n";
}

}  // namespace

std::string sheet_html(const RecoverySheet& sheet) {
  const std::string code = capitals(joined(sheet.words, " "));
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<!--\n{}-->\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta name=\"robots\" "
      "content=\"noindex\"><title>Aplomb - {}</title>\n<style>{}</style></head>\n<body>\n<h1>{}</h1>\n",
      words_text(sheet), language() == Language::french ? "fr" : "en", escape_html(heading()), kStyle,
      escape_html(heading()));
  html += fmt::format(
      "<div class=\"top\"><div><p>{}</p>\n{}</div>\n<figure>{}<figcaption>{}</figcaption></figure></div>\n",
      escape_html(purpose()), facts_html(sheet), qr_svg(code, tr("QR code")),
      escape_html(tr("The same words, for a scanner")));
  html += fmt::format("<h2>{}</h2>\n{}{}", escape_html(tr("The words")), words_html(sheet), day_html(sheet));
  for (const Section& section : advice()) {
    html += fmt::format("<section><h2>{}</h2>\n", escape_html(section.heading));
    for (const std::string& paragraph : section.paragraphs)
      html += fmt::format("<p>{}</p>\n", escape_html(paragraph));
    html += "</section>\n";
  }
  return html + "</body>\n</html>\n";
}

std::string sheet_text(const RecoverySheet& sheet) {
  std::string text =
      heading() + "\n" + std::string(width_of(heading()), '=') + "\n\n" + wrapped(purpose()) + "\n";
  for (const auto& [name, value] : facts(sheet)) text += name + ": " + value + "\n";
  text += "\n" + words_text(sheet) + "\n" + tr("On the day") + "\n" + wrapped(first_step()) + "\n";
  for (const auto& [command, use] : commands(sheet)) text += "  " + command + "\n    " + use + "\n";
  text += "\n" + wrapped(elsewhere());
  for (const Section& section : advice()) {
    text += "\n" + section.heading + "\n";
    for (const std::string& paragraph : section.paragraphs) text += wrapped(paragraph);
  }
  return text;
}

}  // namespace aplomb::paper
