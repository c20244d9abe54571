// Hosts in addresses that pages and server settings point to. "Foreign" means: an absolute address, so that a
// visitor is sent to a host which is named in the file. Whether that host is the site's own is not known
// here.
#pragma once

#include <string>
#include <string_view>

namespace aplomb::scan {

// The host of "https://host/…", "http:…", "wss:…" or "//host/…", lower case; "" for anything relative, for
// variables of a server or of a template, and for names that are this machine or only examples of standards.
std::string foreign_host(std::string_view url);

// Hosts that load measurement or consent code through hidden frames on most honest sites.
bool is_common_measurement_host(std::string_view host);

// Case-insensitive search.
bool contains_word(std::string_view text, std::string_view lower_case_word);

}  // namespace aplomb::scan
