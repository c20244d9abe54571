#include "php/functions.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "php/characters.h"
#include "php/fold.h"

namespace aplomb::php {
namespace {

using Table = std::unordered_map<std::string_view, FunctionFacts>;
struct Group {
  Role role;
  uint8_t place;
  std::string_view names;  // separated by blanks
};

// A name that stands in two groups belongs to the first.
constexpr Group kGroups[] = {
    {Role::execute, 0, "eval assert"},
    {Role::execute, 1, "create_function"},
    {Role::replace, 0, "preg_replace preg_filter mb_ereg_replace mb_eregi_replace"},
    {Role::command, 0, "system exec passthru shell_exec popen proc_open pcntl_exec expect_popen"},
    {Role::callback, 0,
     "call_user_func call_user_func_array array_map register_shutdown_function register_tick_function "
     "ob_start "
     "set_error_handler set_exception_handler forward_static_call forward_static_call_array "
     "spl_autoload_register "
     "header_register_callback reflectionfunction session_set_save_handler"},
    {Role::callback, 1,
     "array_filter array_walk array_walk_recursive array_reduce usort uasort uksort preg_replace_callback "
     "mb_ereg_replace_callback iterator_apply callbackfilteriterator"},
    {Role::callback, 2,
     "array_udiff array_udiff_assoc array_uintersect array_uintersect_assoc array_diff_ukey "
     "array_diff_uassoc "
     "array_intersect_ukey array_intersect_uassoc"},
    {Role::write, 1, "file_put_contents fwrite fputs gzwrite"},
    {Role::move, 1, "move_uploaded_file copy rename"},
    {Role::open, 0, "fopen gzopen bzopen"},
    {Role::read, 0,
     "file_get_contents file fread fgets fgetc fgetss stream_get_contents stream_get_line gzfile gzread "
     "gzgets readfile "
     "php_strip_whitespace highlight_file show_source"},
    {Role::request, 0,
     "filter_input filter_input_array getallheaders apache_request_headers http_get_request_body "
     "http_get_request_headers"},
    {Role::environment, 0, "getenv apache_getenv"},
    {Role::remote, 0,
     "curl_exec curl_multi_getcontent fsockopen pfsockopen stream_socket_client socket_read socket_recv "
     "ftp_get "
     "dns_get_record gethostbyname"},
    {Role::neighbour, 0, "exif_read_data read_exif_data iptcparse exif_thumbnail"},
    {Role::pass, 0,
     "trim ltrim rtrim chop stripslashes addslashes stripcslashes strval str_replace str_ireplace substr "
     "mb_substr "
     "implode join explode str_split array_merge array_values array_keys array_shift array_pop array_slice "
     "array_reverse array_flip current reset end next key prev each pos strtolower strtoupper "
     "ucfirst lcfirst basename sprintf vsprintf str_pad nl2br strstr stristr strrchr strpbrk substr_replace "
     "utf8_decode "
     "utf8_encode iconv mb_convert_encoding json_decode serialize json_encode func_get_arg func_get_args "
     "compact array_combine array_fill str_repeat wordwrap chunk_split strip_tags rawurlencode urlencode "
     "htmlspecialchars htmlentities base64_encode bin2hex array_search array_rand http_build_query parse_url "
     "array_pad array_chunk array_column iterator_to_array get_magic_quotes_gpc preg_split "
     "str_shuffle gzcompress gzdeflate simplexml_load_string wp_unslash max min array_unique realpath"},
    {Role::check, 0,
     "in_array array_key_exists ctype_alpha ctype_alnum ctype_digit ctype_xdigit is_numeric is_int "
     "hash_equals "
     "array_search strspn getimagesize exif_imagetype pathinfo finfo_file mime_content_type "
     "method_exists key_exists"},
    {Role::check, 1, "preg_match ereg eregi preg_match_all fnmatch finfo_file"},
    {Role::escape, 0,
     "intval floatval escapeshellarg escapeshellcmd md5 sha1 crc32 hash hash_hmac strlen count abs round "
     "sizeof "
     "hexdec octdec bindec password_verify crypt"},
    {Role::clock, 0,
     "time date mktime gmdate gmmktime strtotime getdate localtime filemtime filectime fileatime checkdate "
     "idate"},
    {Role::extract, 0, "extract parse_str mb_parse_str import_request_variables"},
    {Role::unserialize, 0, "unserialize"},
    {Role::mail, 0, "mail mb_send_mail"},
    {Role::define, 0, "define"},
    {Role::filter, 0, "filter_var filter_var_array"},
    {Role::account, 0, "wp_create_user wp_insert_user wp_set_auth_cookie wp_set_password"},
    {Role::trace, 0, "unlink touch"},
    {Role::expose, 0, "chmod fpassthru"},
};

// Methods that take a function's name: the first three at the first place, the others at the second.
constexpr size_t kFirstPlace = 3;
constexpr std::array<std::string_view, 7> kCallbackMethods = {
    "uasort",         "uksort",          "registerphpfunctions", "sqlitecreatefunction",
    "createfunction", "createaggregate", "sqlitecreateaggregate"};

Table make_table() {
  Table table;
  for (const Group& group : kGroups) {
    std::string_view rest = group.names;
    while (!rest.empty()) {
      size_t end = std::min(rest.find(' '), rest.size());
      if (end > 0) table.try_emplace(rest.substr(0, end), FunctionFacts{group.role, group.place});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return table;
}

std::string_view extension(std::string_view path) {
  size_t dot = path.rfind('.');
  size_t slash = path.find_last_of("/\\");
  if (dot == std::string_view::npos || (slash != std::string_view::npos && slash > dot)) return {};
  return path.substr(dot + 1);
}

// By first and last letter and length; a name that is not in here is in no table.
struct NameFilter {
  std::array<uint32_t, 1024> lengths{};

  static size_t slot(std::string_view name) {
    return (static_cast<unsigned char>(name.front()) & 31u) * 32 +
           (static_cast<unsigned char>(name.back()) & 31u);
  }
  static uint32_t bit(std::string_view name) { return 1u << std::min<size_t>(name.size(), 31); }
  void add(std::string_view name) { lengths[slot(name)] |= bit(name); }
  bool holds(std::string_view name) const { return !name.empty() && (lengths[slot(name)] & bit(name)) != 0; }
};

const Table& known_functions() {
  static const Table table = make_table();
  return table;
}

}  // namespace

FunctionFacts facts(std::string_view lower_name) {
  if (!may_be_known(lower_name)) return {};
  auto found = known_functions().find(lower_name);
  return found == known_functions().end() ? FunctionFacts{} : found->second;
}

bool may_be_known(std::string_view name) {
  static const NameFilter filter = [] {
    NameFilter made;
    for (const auto& [known, ignored] : known_functions()) made.add(known);
    for (std::string_view decoder : decoders()) made.add(decoder);
    for (std::string_view method : kCallbackMethods) made.add(method);
    made.add("__file__");
    return made;
  }();
  return filter.holds(name);
}

// Words in the names of functions that ask for permission. Attackers may write such names too, so this only
// lowers what is a weakness rather than a backdoor; it never excuses request data that are run as PHP.
bool is_authorisation(std::string_view lower_name) {
  if (lower_name == "user_can") return false;  // asks about any user, not about the one who visits
  constexpr std::string_view kWords[] = {
      "user_can",  "nonce",       "referer",      "permission",    "authoriz",    "authoris",
      "is_admin",  "isadmin",     "csrf",         "capab",         "is_allowed",  "isallowed",
      "logged_in", "loggedin",    "checktoken",   "check_token",   "auth_check",  "ismanager",
      "haspriv",   "checkaccess", "check_access", "require_login", "authenticate"};
  for (std::string_view word : kWords)
    if (lower_name.find(word) != std::string_view::npos) return true;
  return false;
}

bool is_connection(std::string_view name) {
  return name == "fsockopen" || name == "pfsockopen" || name == "stream_socket_client" ||
         name == "socket_connect" || name == "stream_socket_server" || name == "socket_create";
}

bool is_digest(std::string_view name) {
  return name == "md5" || name == "sha1" || name == "hash" || name == "crypt";
}

bool is_request_array(std::string_view name) {
  return name == "_GET" || name == "_POST" || name == "_REQUEST" || name == "_COOKIE" || name == "_FILES" ||
         name == "HTTP_GET_VARS" || name == "HTTP_POST_VARS" || name == "HTTP_COOKIE_VARS" ||
         name == "HTTP_POST_FILES" || name == "HTTP_RAW_POST_DATA";
}

bool is_request_key(std::string_view key) {
  return key.starts_with("HTTP_") || key.starts_with("PHP_AUTH_") || key == "QUERY_STRING" ||
         key == "REQUEST_URI" || key == "PATH_INFO" || key == "ORIG_PATH_INFO" ||
         key == "REDIRECT_QUERY_STRING" || key == "REDIRECT_URL" || key == "CONTENT_TYPE";
}

bool is_code_name(std::string_view path) {
  constexpr std::string_view kNames[] = {"php", "php3", "php4", "php5", "php7",     "php8", "phtml",
                                         "pht", "phar", "phps", "inc",  "htaccess", "asp",  "aspx",
                                         "jsp", "cgi",  "pl",   "py",   "sh",       "shtml"};
  std::string found = lower(extension(path));
  if (path.ends_with(".user.ini")) return true;
  for (std::string_view name : kNames)
    if (found == name) return true;
  return false;
}

bool is_data_name(std::string_view path) {
  constexpr std::string_view kNames[] = {"ico", "png", "jpg", "jpeg", "gif",  "bmp", "webp",
                                         "svg", "txt", "css", "log",  "woff", "ttf", "pdf",
                                         "zip", "gz",  "mp3", "mp4",  "dat"};
  std::string found = lower(extension(path));
  for (std::string_view name : kNames)
    if (found == name) return true;
  return false;
}

bool runs_replacement(std::string_view pattern) {
  size_t begin = pattern.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  char delimiter = pattern[begin];
  char closing = delimiter == '('   ? ')'
                 : delimiter == '{' ? '}'
                 : delimiter == '[' ? ']'
                 : delimiter == '<' ? '>'
                                    : delimiter;
  size_t end = pattern.rfind(closing);
  if (end == std::string_view::npos || end <= begin) return false;
  std::string_view modifiers = pattern.substr(end + 1);
  return modifiers.find('e') != std::string_view::npos &&
         modifiers.find_first_not_of("imsxeADSUXJu\n\r ") == std::string_view::npos;
}

int callback_place(std::string_view method) {
  for (size_t i = 0; i < kCallbackMethods.size(); ++i)
    if (method == kCallbackMethods[i]) return i < kFirstPlace ? 0 : 1;
  return -1;
}

bool names_crawler(std::string_view text) {
  constexpr std::string_view kNames[] = {"oogle", "bingbot", "msnbot", "slurp",
                                         "Slurp", "yandex",  "Yandex", "aidu"};
  return std::ranges::any_of(
      kNames, [&](std::string_view name) { return text.find(name) != std::string_view::npos; });
}

bool fetches_program(std::string_view command) {
  constexpr std::string_view kFetch[] = {"wget ", "curl ", "fetch ", "lwp-download ", "lynx ", "GET http"};
  constexpr std::string_view kStart[] = {"chmod ", "|sh",  "| sh",  "|bash",  "| bash", "| perl",  "|perl",
                                         "| php",  "|php", "sh ./", "bash /", "perl ",  "python ", ";./",
                                         "; ./",   "&&./", "&& ./", "nohup ", "php -f"};
  auto holds = [&](std::string_view word) { return command.find(word) != std::string_view::npos; };
  return holds("://") && std::ranges::any_of(kFetch, holds) && std::ranges::any_of(kStart, holds);
}

}  // namespace aplomb::php
