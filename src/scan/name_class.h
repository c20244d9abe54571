// What a path alone says about a file: its kind, whether a web server would give it to PHP, and whether the
// name is built to mislead. Pure; the bytes are looked at elsewhere (kind.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aplomb::scan {

enum class Kind : uint8_t {
  php,
  javascript,
  html,
  svg,
  style,
  server_config,  // .htaccess and kin
  php_config,     // .user.ini, php.ini
  script,         // sh, py, pl, rb, cgi, or a first line with #!
  elf,
  wasm,
  image,
  archive,
  document,
  media,
  font,
  database,
  template_text,
  text,
  data,
};
constexpr Kind kLastKind = Kind::data;
std::string_view name(Kind kind);  // "php", "server-config": for logs and tests, not for people

// Files of the system that get their power from their name.
enum class SystemFile : uint8_t { none, authorized_keys, crontab, preload };

// How a name misleads: x.php.jpg (some servers run it), x.jpg.php (looks like a picture in a list).
enum class Disguise : uint8_t { none, code_as_content, content_as_code };

struct NameClass {
  Kind kind = Kind::data;
  bool known = false;          // the extension or the name says what the file is
  bool runs_php = false;       // servers usually give it to PHP: .php, .phtml, .phar …
  bool may_be_php = false;     // PHP programs include it as code: .inc, .module …
  bool may_be_random = false;  // encrypted or headerless by nature: .gpg, .br …
  bool hidden = false;         // the file's own name begins with a dot
  Disguise disguise = Disguise::none;
  SystemFile system = SystemFile::none;
  bool operator==(const NameClass&) const = default;

  // All of the name that findings on the content may depend on: part of the key of the memo.
  uint32_t content_code() const;
};

NameClass classify_name(std::string_view path);

// The last component, and the last extension in lower case without its dot ("" when there is none).
std::string_view file_name(std::string_view path);
std::string extension(std::string_view path);
// The kind an extension stands for; Kind::data when unknown.
Kind kind_of_extension(std::string_view lower_case_extension);
bool is_passive(Kind kind);  // image, archive, document, media, font: nothing a server would execute

}  // namespace aplomb::scan
