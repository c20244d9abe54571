#include "scan/name_class.h"

#include <array>
#include <vector>

#include "base/text.h"

namespace aplomb::scan {
namespace {

struct Group {
  Kind kind;
  std::string_view extensions;  // each between spaces
};

// Extensions a PHP interpreter is usually given, and those that PHP programs include as code.
constexpr std::string_view kRunsPhp =
    " php php2 php3 php4 php5 php6 php7 php8 phtml pht phtm phar phps pgif ";
constexpr std::string_view kMayBePhp = " inc module install theme engine profile test ctp ";
// No magic number, or encrypted by purpose: bytes that pass for random are in order there.
constexpr std::string_view kMayBeRandom =
    " br gpg pgp age enc aes asc p12 pfx key kdbx lzma bin dat crypt sig idx pack ";

constexpr std::array<Group, 15> kGroups{{
    {Kind::javascript, " js mjs cjs jsm "},
    {Kind::html, " html htm shtml xhtml xht hta mht mhtml "},
    {Kind::svg, " svg "},
    {Kind::style, " css scss sass less styl "},
    {Kind::script, " sh bash zsh ksh csh py pyc pyo pl pm cgi fcgi rb lua tcl awk "},
    {Kind::elf, " so ko elf "},
    {Kind::wasm, " wasm "},
    {Kind::image, " jpg jpeg jpe jfif png gif webp ico cur bmp tif tiff avif heic heif psd xcf jp2 apng "},
    {Kind::archive,
     " zip gz tgz bz2 tbz xz txz zst 7z rar tar jar war deb rpm cab iso lz4 z xpi crx whl gem phz "},
    {Kind::document,
     " pdf doc docx docm dot dotx xls xlsx xlsm xlt ppt pptx pptm pps odt ods odp odg odf ott rtf ps eps ai "
     "epub "
     "mobi djvu pages numbers keynote vsd pub msg "},
    {Kind::media,
     " mp3 mp4 m4a m4v mov avi mkv webm ogg oga ogv opus wav flac aac wma wmv mpg mpeg flv swf mid midi "
     "3gp "},
    {Kind::font, " woff woff2 ttf otf ttc eot pfb pfm "},
    {Kind::database, " sqlite sqlite3 db db3 mdb accdb frm ibd myd myi "},
    {Kind::template_text,
     " tpl twig mustache hbs handlebars ejs jinja jinja2 j2 latte liquid vue tmpl skin "},
    {Kind::text,
     " txt md markdown rst json json5 jsonc map xml xsl xslt xsd dtd yml yaml toml ini conf cfg csv tsv log "
     "sql po pot "
     "lock dist sample example bak orig old ts tsx jsx coffee tex bib rss atom neon graphql properties "
     "webmanifest ics vcf srt vtt htpasswd pem crt csr license readme changelog c h cc cpp hpp java go rs "
     "diff patch rdf owl wsdl editorconfig "},
}};

bool lists(std::string_view list, std::string_view extension) {
  if (extension.empty()) return false;
  for (size_t at = list.find(extension); at != std::string_view::npos; at = list.find(extension, at + 1))
    if (list[at - 1] == ' ' && list[at + extension.size()] == ' ') return true;
  return false;
}

std::vector<std::string> extensions_of(std::string_view file) {
  std::vector<std::string> all;
  size_t at = file.find('.', 1);  // a leading dot hides a file, it does not begin an extension
  while (at != std::string_view::npos) {
    size_t next = file.find('.', at + 1);
    all.push_back(lower(file.substr(at + 1, next == std::string_view::npos ? next : next - at - 1)));
    at = next;
  }
  return all;
}

// Names that count whole, whatever their extension.
bool classify_special(std::string_view path, std::string_view file, NameClass& out) {
  auto set = [&](Kind kind, SystemFile system) {
    out.kind = kind;
    out.system = system;
    return out.known = true;
  };
  if (file == ".htaccess" || file == "web.config" || file == "nginx.conf" || file == "httpd.conf" ||
      file == "apache.conf" || file == "apache2.conf")
    return set(Kind::server_config, SystemFile::none);
  if (file == ".user.ini" || file == "php.ini" || file == ".php.ini" || file == "php5.ini")
    return set(Kind::php_config, SystemFile::none);
  if (file == "authorized_keys" || file == "authorized_keys2")
    return set(Kind::script, SystemFile::authorized_keys);
  if (file == "ld.so.preload") return set(Kind::script, SystemFile::preload);
  if (file == "crontab" || path.find("/cron.d/") != std::string_view::npos ||
      path.find("/crontabs/") != std::string_view::npos)
    return set(Kind::script, SystemFile::crontab);
  return false;
}

Disguise disguise_of(const std::vector<std::string>& extensions, Kind kind) {
  if (extensions.size() < 2) return Disguise::none;
  const std::string& before = extensions[extensions.size() - 2];
  bool content = kind == Kind::image || kind == Kind::media || kind == Kind::font || kind == Kind::document;
  if (content && lists(kRunsPhp, before)) return Disguise::code_as_content;
  // Only photographs: libraries name classes x.gif.php or x.pdf.php after the format they write.
  if (kind == Kind::php && lists(" jpg jpeg png webp ", before)) return Disguise::content_as_code;
  return Disguise::none;
}

}  // namespace

std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, 19> names{
      "php",    "javascript", "html",          "svg",   "style",   "server-config", "php-config",
      "script", "elf",        "wasm",          "image", "archive", "document",      "media",
      "font",   "database",   "template-text", "text",  "data"};
  return names[static_cast<size_t>(kind)];
}

std::string_view file_name(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string extension(std::string_view path) {
  std::string_view file = file_name(path);
  size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "";
  return lower(file.substr(dot + 1));
}

Kind kind_of_extension(std::string_view lower_case_extension) {
  if (lists(kRunsPhp, lower_case_extension) || lists(kMayBePhp, lower_case_extension)) return Kind::php;
  for (const Group& group : kGroups)
    if (lists(group.extensions, lower_case_extension)) return group.kind;
  return Kind::data;
}

bool is_passive(Kind kind) {
  return kind == Kind::image || kind == Kind::archive || kind == Kind::document || kind == Kind::media ||
         kind == Kind::font;
}

uint32_t NameClass::content_code() const {
  return static_cast<uint32_t>(kind) | static_cast<uint32_t>(known) << 8 |
         static_cast<uint32_t>(runs_php) << 9 | static_cast<uint32_t>(may_be_php) << 10 |
         static_cast<uint32_t>(may_be_random) << 11 | static_cast<uint32_t>(system) << 12;
}

NameClass classify_name(std::string_view path) {
  NameClass out;
  std::string_view file = file_name(path);
  out.hidden = file.size() > 1 && file.front() == '.';
  if (classify_special(path, file, out)) return out;
  std::vector<std::string> extensions = extensions_of(file);
  if (extensions.empty()) return out;
  const std::string& last = extensions.back();
  out.runs_php = lists(kRunsPhp, last);
  out.may_be_php = lists(kMayBePhp, last);
  out.may_be_random = lists(kMayBeRandom, last);
  out.kind = kind_of_extension(last);
  out.known = out.kind != Kind::data;
  out.disguise = disguise_of(extensions, out.kind);
  return out;
}

}  // namespace aplomb::scan
