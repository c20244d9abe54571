// Text in a database that a server or a browser would execute: injected script in an article, PHP in a
// widget, a serialised object waiting for unserialize(). Reads as browsers do (attributes, entities, odd
// spacing), in one pass. Pure; it says what is there, not whether it was always there: an embedded map is a
// frame too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aplomb::site {

// The kind of the first thing found: "php-code", "php-object", "script", "frame", "embedded-object",
// "event-handler", "script-address", "redirect"; nullopt for plain text and harmless markup. Give it blobs as
// well as texts: PHP reads both as strings.
std::optional<std::string> executable_value(std::string_view text);

}  // namespace aplomb::site
