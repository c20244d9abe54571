#include "continuity/web_server_conf.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/messages.h"

namespace aplomb::continuity {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'none'; object-src 'none'; frame-src 'none'; worker-src 'none'; "
    "base-uri 'self'; form-action 'self'";

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string nginx_headers(std::string_view caching, std::string_view indent) {
  return fmt::format(
      "{0}add_header Cache-Control \"{1}\" always;\n"
      "{0}add_header Content-Security-Policy \"{2}\" always;\n"
      "{0}add_header X-Content-Type-Options nosniff always;\n"
      "{0}add_header Referrer-Policy same-origin always;\n",
      indent, caching, kPolicy);
}

// Names of map variables are global to nginx: one for each site.
std::string variable_for(const std::string& host) {
  std::string name = "$aplomb_page_";
  for (char c : host) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    name += fits ? c : '_';
  }
  return name;
}

}  // namespace

std::string exact_pattern(std::string_view address) {
  constexpr std::string_view kSpecial = ".?*+()[]{}|$";
  std::string pattern = "^";
  for (char c : address) {
    if (kSpecial.find(c) != kSpecial.npos) {
      pattern += {'[', c, ']'};
    } else {
      pattern += c;
    }
  }
  return pattern + "$";
}

std::string nginx_conf(const WebServerSite& site) {
  const std::string page = variable_for(site.host);
  std::string conf =
      fmt::format("# {}\n# {}\n", tr("The citizens' copy, for nginx: put this file into sites-enabled."),
                  tr("Add the lines for your certificate to listen on 443."));
  conf += fmt::format("map $request_uri {} {{\n  default \"\";\n", page);
  for (const auto& [address, file] : site.mapped)
    conf += fmt::format("  {} /{};\n", quoted("~" + exact_pattern(address)), file);
  conf += "}\n";
  conf += fmt::format(
      "server {{\n  listen 80;\n  server_name {0};\n  root {1};\n  server_tokens off;\n  etag off;\n"
      "  default_type application/octet-stream;\n  charset {2};\n"
      "  error_page 400 403 404 405 413 414 500 =503 /__card.html;\n  error_page 503 /__card.html;\n",
      site.host.empty() ? "_" : site.host, quoted(site.folder), site.charset.empty() ? "off" : site.charset);
  conf += fmt::format(
      "  location / {{\n    if ($request_method !~ ^(GET|HEAD)$) {{ return 503; }}\n"
      "    if ({0}) {{ rewrite ^ {0}? last; }}\n    if ($args) {{ return 503; }}\n"
      "    try_files $uri $uri/index.html =503;\n{1}  }}\n",
      page, nginx_headers("max-age=60", "    "));
  conf +=
      fmt::format("  location /__pages/ {{\n    internal;\n{}  }}\n", nginx_headers("max-age=60", "    "));
  conf += fmt::format(
      "  location = /__card.html {{\n    internal;\n    charset utf-8;\n"
      "    add_header Retry-After 3600 always;\n{}  }}\n",
      nginx_headers("no-store", "    "));
  for (const char* end : {"", ".json"})
    conf += fmt::format(
        "  location = /__status{0} {{\n    if ($request_method !~ ^(GET|HEAD)$) {{ return 503; }}\n"
        "    charset utf-8;\n    try_files /__status{1} =503;\n    add_header X-Robots-Tag noindex "
        "always;\n{2}  }}\n",
        end, *end ? end : ".html", nginx_headers("no-cache", "    "));
  return conf + "  location = /__status.html { return 503; }\n}\n";
}

std::string apache_conf(const WebServerSite& site) {
  std::string conf = fmt::format("# {}\n# {}\n",
                                 tr("The citizens' copy, for Apache: put this file into sites-enabled; it "
                                    "needs mod_rewrite and mod_headers."),
                                 tr("Add the lines for your certificate to listen on 443."));
  conf += "<VirtualHost *:80>\n";
  if (!site.host.empty()) conf += fmt::format("  ServerName {}\n", site.host);
  conf += fmt::format(
      "  DocumentRoot {0}\n  <Directory {0}>\n    Require all granted\n    AllowOverride None\n    Options "
      "None\n"
      "    SetHandler none\n    DirectoryIndex disabled\n    DirectorySlash Off\n    FileETag None\n  "
      "</Directory>\n",
      quoted(site.folder));
  conf += "  AllowEncodedSlashes NoDecode\n";  // else Apache answers 404 by itself
  conf += fmt::format("  AddDefaultCharset {}\n", site.charset.empty() ? "Off" : site.charset);
  for (const char* status : {"400", "403", "404", "405", "413", "414", "500", "503"})
    conf += fmt::format("  ErrorDocument {} /__card.html\n", status);
  conf +=
      "  RewriteEngine On\n"
      "  RewriteCond %{ENV:REDIRECT_STATUS} !^$\n  RewriteRule ^ - [END]\n"
      "  RewriteCond %{REQUEST_METHOD} !^(GET|HEAD)$\n  RewriteRule ^ - [R=503,L]\n"
      "  RewriteRule ^/__status$ %{DOCUMENT_ROOT}/__status.html [END,E=APLOMB_STATUS:1]\n"
      "  RewriteRule ^/__status[.]json$ %{DOCUMENT_ROOT}/__status.json [END,E=APLOMB_STATUS:1]\n"
      "  RewriteRule ^/__ - [R=503,L]\n";
  for (const auto& [address, file] : site.mapped) {
    std::string pattern = exact_pattern(address);
    pattern = "^(GET|HEAD) " + pattern.substr(1, pattern.size() - 2) + " HTTP/";
    conf += fmt::format("  RewriteCond %{{THE_REQUEST}} {}\n  RewriteRule ^ %{{DOCUMENT_ROOT}}/{} [END]\n",
                        quoted(pattern), file);
  }
  conf +=
      "  RewriteCond %{QUERY_STRING} .\n  RewriteRule ^ - [R=503,L]\n"
      "  RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} -f\n  RewriteRule ^ - [END]\n"
      "  RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI}/index.html -f\n"
      "  RewriteRule ^(.*)$ %{DOCUMENT_ROOT}$1/index.html [END]\n"
      "  RewriteRule ^ - [R=503,L]\n";
  conf += fmt::format(
      "  Header always set Content-Security-Policy {}\n  Header always set X-Content-Type-Options nosniff\n"
      "  Header always set Referrer-Policy same-origin\n  Header always unset Set-Cookie\n"
      "  Header always set Cache-Control \"max-age=60\" \"expr=%{{REQUEST_STATUS}} == 200\"\n"
      "  Header always set Cache-Control \"no-cache\" env=APLOMB_STATUS\n"
      "  Header always set X-Robots-Tag noindex env=APLOMB_STATUS\n"
      "  Header always set Cache-Control \"no-store\" \"expr=%{{REQUEST_STATUS}} == 503\"\n"
      "  Header always set Retry-After 3600 \"expr=%{{REQUEST_STATUS}} == 503\"\n</VirtualHost>\n",
      quoted(kPolicy));
  return conf;
}

}  // namespace aplomb::continuity
