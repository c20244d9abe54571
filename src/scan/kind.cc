#include "scan/kind.h"

#include "base/messages.h"
#include "base/text.h"
#include "scan/html.h"
#include "scan/php_probe.h"
#include "scan/sample.h"

namespace aplomb::scan {
namespace {

bool starts_with_shebang(ByteView content) {
  return as_text(content).starts_with("#!");
}

// What markup a nameless text begins as.
Kind kind_of_text(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (begin == std::string_view::npos) return Kind::text;
  std::string head = lower(text.substr(begin, 64));
  if (head.starts_with("<!doctype html") || head.starts_with("<html")) return Kind::html;
  if (head.starts_with("<svg")) return Kind::svg;
  return Kind::text;
}

bool is_textual(Kind kind) {
  switch (kind) {
    case Kind::javascript:
    case Kind::html:
    case Kind::svg:
    case Kind::style:
    case Kind::server_config:
    case Kind::php_config:
    case Kind::script:
    case Kind::template_text:
    case Kind::text:
      return true;
    default:
      return false;
  }
}

Kind kind_by_content(const FileFacts& facts, ByteView content, uint32_t mode) {
  if (kind_of(facts.format) != Kind::data) return kind_of(facts.format);
  if (starts_with_shebang(content)) return Kind::script;
  if (facts.starts_as_php) return Kind::php;
  if (!facts.text) return Kind::data;
  Kind kind = kind_of_text(as_text(content));
  return kind == Kind::text && (mode & 0111) != 0 && !content.empty() ? Kind::script : kind;
}

Kind decide_kind(const NameClass& name, const FileFacts& facts, ByteView content, uint32_t mode,
                 bool by_server) {
  if (facts.format == Format::elf) return Kind::elf;
  if (by_server || name.runs_php) return Kind::php;
  if (name.may_be_php && facts.holds_php) return Kind::php;
  if (!name.known || name.may_be_php) return kind_by_content(facts, content, mode);
  bool plain = name.kind == Kind::text || name.kind == Kind::template_text || name.kind == Kind::data;
  if (plain && starts_with_shebang(content) && facts.text) return Kind::script;
  return name.kind;
}

bool is_executable(Kind kind, const FileFacts& facts) {
  switch (kind) {
    case Kind::php:
    case Kind::javascript:
    case Kind::script:
    case Kind::elf:
    case Kind::wasm:
    case Kind::server_config:
    case Kind::php_config:
      return true;
    default:
      return facts.holds_php || facts.holds_script;
  }
}

// Names that servers execute or obey although they are no PHP: server-side includes, other languages' pages,
// templates, and what holds passwords for the server. Also a script in its compressed form, which some
// servers send as it is.
bool is_server_name(std::string_view path) {
  std::string file = lower(file_name(path));
  for (std::string_view end :
       {".shtml", ".shtm",   ".stm",     ".jsp",   ".jspx",    ".asp",   ".aspx", ".ashx",
        ".cfm",   ".erb",    ".wsgi",    ".tpl",   ".twig",    ".blade", ".htc",  ".htpasswd",
        ".js.gz", ".mjs.gz", ".html.gz", ".js.br", ".html.br", ".svgz"})
    if (file.ends_with(end)) return true;
  return file == ".env" || file == ".htpasswd" || file == ".htdigest";
}

// Formats that a file of this kind may have. Where formats are too many to know them all, anything that does
// not pass for random is accepted.
bool fits(const NameClass& name, Kind named, const FileFacts& facts) {
  bool known_content = kind_of(facts.format) != Kind::data;
  if (is_textual(named)) return facts.text || (named == Kind::script && !facts.random && !known_content);
  switch (named) {
    case Kind::image:
      return facts.format == Format::image;
    case Kind::archive:
      return kind_of(facts.format) == Kind::archive || facts.format == Format::sqlite ||
             (!known_content && !facts.random);
    case Kind::document:
      return facts.format == Format::document || facts.format == Format::zip ||
             (!known_content && !facts.random);
    case Kind::media:
      return facts.format == Format::media || facts.format == Format::image ||
             (!known_content && !facts.random);
    case Kind::font:
      return facts.format == Format::font || facts.format == Format::compressed ||
             (!known_content && !facts.random);
    case Kind::elf:
      return facts.format == Format::elf || (!known_content && !facts.random);
    case Kind::wasm:
      return facts.format == Format::wasm;
    case Kind::php:
    case Kind::database:
      return !facts.random;
    default:
      return !facts.random || name.may_be_random;
  }
}

Reason mismatch_of(Kind named, const FileFacts& facts) {
  if (facts.format == Format::elf) return {tr_later("it is a program, whatever its name says"), {}};
  if (facts.random) return {tr_later("its bytes are as random as encrypted ones"), {}};
  switch (named) {
    case Kind::image:
      return {tr_later("it is named as an image and is none"), {}};
    case Kind::archive:
      return {tr_later("it is named as an archive and is none"), {}};
    case Kind::document:
      return {tr_later("it is named as a document and is none"), {}};
    case Kind::media:
      return {tr_later("it is named as sound or film and is none"), {}};
    case Kind::font:
      return {tr_later("it is named as a font and is none"), {}};
    default:
      break;
  }
  if (is_textual(named)) return {tr_later("it is named as text and is none"), {}};
  return {tr_later("its bytes are not what its name says"), {}};
}

// Markup is asked for active content where a browser would treat it as markup.
bool may_hold_script(const NameClass& name, const FileFacts& facts, ByteView content) {
  if (name.kind == Kind::html || name.kind == Kind::svg || name.kind == Kind::template_text) return true;
  if (name.known || !facts.text) return false;
  Kind kind = kind_of_text(as_text(content));
  return kind == Kind::html || kind == Kind::svg;
}

// Fills in the entropy of the samples; true when the bytes pass for random. A file that says what it is must
// not hold any such part (some ransomware encrypts only pieces); formats nobody knows often do behind a
// header.
bool measure(const NameClass& name, ByteView content, FileFacts& facts) {
  Samples samples = take_samples(content);
  bool is_one = content.size() <= kSampleSize;  // then all three parts are the whole
  bool may_be_random = facts.format == Format::none && !name.may_be_random && !facts.text;
  size_t random = 0;
  for (size_t i = 0; i < samples.parts.size(); ++i) {
    facts.entropy_milli[i] = is_one && i > 0 ? facts.entropy_milli[0] : entropy_milli(samples.parts[i]);
    random += may_be_random && passes_for_random(samples.parts[i]) ? 1 : 0;
  }
  if (!may_be_random) return false;
  return name.known ? random > 0 : random == samples.parts.size();
}

FileFacts facts_of(const NameClass& name, ByteView content) {
  FileFacts facts;
  facts.size = content.size();
  facts.name_code = name.content_code();
  facts.format = detect_format(content);
  facts.text = reads_as_text(content);
  facts.random = measure(name, content, facts);
  PhpProbe probe = probe_php(content, facts.format,
                             name.kind == Kind::archive || name.kind == Kind::database || !name.known);
  facts.holds_php = probe.found;
  facts.starts_as_php = probe.at_start;
  facts.holds_script = may_hold_script(name, facts, content) && has_active_content(as_text(content));
  return facts;
}

}  // namespace

Classification classify(std::string_view path, uint32_t mode, ByteView content, const Handlers& handlers) {
  NameClass name = classify_name(path);
  Classification out;
  out.facts = facts_of(name, content);
  bool by_server = handlers.sends_to_php(path);
  out.kind = decide_kind(name, out.facts, content, mode, by_server);
  out.executable = is_executable(out.kind, out.facts) || is_server_name(path);
  if (out.kind == Kind::php) out.facts.does_nothing = !out.facts.holds_php || php_does_nothing(content);
  // An unknown name claims nothing except not to be noise.
  Kind named = name.known && !name.may_be_php ? name.kind : Kind::data;
  bool empty = content.empty();
  out.fits_type = empty || fits(name, named, out.facts);
  if (out.facts.format == Format::elf && named != Kind::elf && name.known) out.fits_type = false;
  if (!out.fits_type) out.mismatch = mismatch_of(named, out.facts);
  return out;
}

uint32_t content_class(std::string_view path, uint32_t mode, const Handlers& handlers) {
  return classify_name(path).content_code() | static_cast<uint32_t>((mode & 0111) != 0) << 24 |
         static_cast<uint32_t>(handlers.sends_to_php(path)) << 25 |
         static_cast<uint32_t>(is_server_name(path)) << 26;
}

}  // namespace aplomb::scan
