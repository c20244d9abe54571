// Questions to the person at the terminal. Only asked when Options::interactive says that someone is there.
#pragma once

#include <string>
#include <string_view>

#include "cli/app.h"
#include "crypto/crypto.h"

namespace aplomb::cli {

// One line, without its end; `fallback` when it is empty. Code::usage at the end of the input.
Result<std::string> ask(App& app, std::string_view question, std::string_view fallback = "");
// "yes" only when it is said: y, yes, o, oui. Anything else, and the end of the input, is no.
bool confirm(App& app, std::string_view question);
// Without echo.
Result<crypto::Secret> ask_hidden(std::string_view question);

}  // namespace aplomb::cli
