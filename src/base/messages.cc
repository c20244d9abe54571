#include "base/messages.h"

#include <libintl.h>
#include <unistd.h>

#include <climits>
#include <clocale>
#include <cstdlib>

namespace aplomb {
namespace {

Language chosen = Language::english;

// The catalogues lie beside a build (build/release/share/locale) or under the prefix (/usr/share/locale).
std::string catalogue_folder() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  std::string folder = length > 0 ? std::string(path, static_cast<size_t>(length)) : std::string();
  folder = folder.substr(0, folder.rfind('/'));
  for (const char* place : {"/share/locale", "/../share/locale", "/../../share/locale"}) {
    std::string candidate = folder + place;
    if (access((candidate + "/fr/LC_MESSAGES/aplomb.mo").c_str(), R_OK) == 0) return candidate;
  }
  return "/usr/share/locale";
}

}  // namespace

void set_language(Language language) {
  chosen = language;
  // gettext follows LANGUAGE only outside the "C" locale; C.UTF-8 is always there in Debian's libc.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::setlocale(LC_MESSAGES, "C.UTF-8");
  setenv("LANGUAGE", language == Language::french ? "fr" : "en", 1);
  static const std::string folder = catalogue_folder();
  bindtextdomain("aplomb", folder.c_str());
  bind_textdomain_codeset("aplomb", "UTF-8");
  textdomain("aplomb");
}

Language language() {
  return chosen;
}

const char* translate(const char* message) {
  return chosen == Language::english ? message : dgettext("aplomb", message);
}

const char* translate_plural(const char* one, const char* many, unsigned long count) {
  if (chosen == Language::english) return count == 1 ? one : many;
  return dngettext("aplomb", one, many, count);
}

}  // namespace aplomb
