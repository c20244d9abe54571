// Which folders the web server of this machine serves, and under which names, from the configuration of nginx
// and Apache as Debian lays it out. Read as text: includes, variables and conditions are not followed, and a
// host whose folder is not written out is left out. A suggestion for `init`, which asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fs/fs.h"

namespace aplomb::site {

struct VirtualHost {
  std::string root;  // absolute and normal
  std::string url;   // "https://www.example.org"; empty when no name is given
  std::vector<std::string> logs =
      {};  // of its requests and errors alone; none: it writes into the server's own
  bool operator==(const VirtualHost&) const = default;
};

// Pure.
std::vector<VirtualHost> parse_nginx(std::string_view text);
std::vector<VirtualHost> parse_apache(std::string_view text);

// Of the sites that are switched on; each root once, with the first name that stands beside it, encrypted
// ones before others. `top` stands for "/" (another tree in tests).
std::vector<VirtualHost> find_virtual_hosts(fs::Fs& fs, const std::string& top = "/");

// Of all hosts that serve a site or a part of it; none when one of them writes into the server's own. Pure.
std::vector<std::string> logs_of_site(const std::vector<VirtualHost>& hosts,
                                      const std::vector<std::string>& roots);

}  // namespace aplomb::site
