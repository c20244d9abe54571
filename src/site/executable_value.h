// Text in a database that a server or a browser would execute: injected script in an article, PHP in a
// widget, a serialised object waiting for unserialize(). Reads as browsers do (attributes, entities, odd
// spacing), in one pass. Pure; it says what is there, not whether it was always there: an embedded map is a
// frame too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aplomb::site {

struct ExecutableValue {
  // "php-code", "php-object", "script", "event-handler", "script-address", "redirect", "base-address",
  // "outer-style", "password-field", "frame", "embedded-object".
  std::string kind;
  bool acts = true;  // by itself; false: it embeds a page, or mentions code, as content does
};

// The first thing found that acts, else the first that embeds or mentions; nullopt for plain text and
// harmless markup. Give it blobs as well as texts: PHP reads both as strings.
std::optional<ExecutableValue> executable_value(std::string_view text);

}  // namespace aplomb::site
