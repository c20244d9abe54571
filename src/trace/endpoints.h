// What a request could do to a website's files, by its method, its target and the answer. Pure. A list that
// is wrong here makes an answer less certain, never a false one: what links a request to an object is decided
// elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "trace/hit.h"

namespace aplomb::trace {

enum class Endpoint : uint8_t {
  page,       // any other
  writes,     // made for writing code: editors, installers, file managers
  upload,     // upload forms and media libraries
  interface,  // admin-ajax, REST, XML-RPC
  sign_in,
  chatter,  // what software asks by itself: cron, heartbeats, comments
};
Endpoint endpoint_of(std::string_view target, std::string_view referer);
// As it is named to people, in the language of the process.
std::string words_of(Endpoint endpoint);

// The server carried it out, or failed in the middle of it.
bool was_accepted(unsigned status);
// It may have written: by its method, and by the answer.
bool may_write(std::string_view method, unsigned status);
// A successful sign-in through a form answers with a redirect.
bool signed_in(std::string_view method, std::string_view target, unsigned status);
// A program and no browser.
bool is_scripted(std::string_view agent);
// A dump or an archive of a site, by its name.
bool is_dump(std::string_view target);

}  // namespace aplomb::trace
