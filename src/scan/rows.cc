#include "scan/rows.h"

#include <array>

#include "base/messages.h"
#include "php/analysis.h"
#include "scan/html.h"
#include "scan/php_probe.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kBlobMin = 64, kBlobsMax = 16;

// Classes of widely used libraries whose destructors or wake-ups have been chained into execution. A
// serialized option that names one was built to be unserialized.
constexpr std::array<std::string_view, 12> kGadgets{"GuzzleHttp\\Cookie\\FileCookieJar",
                                                    "GuzzleHttp\\Psr7\\FnStream",
                                                    "GuzzleHttp\\HandlerStack",
                                                    "Monolog\\Handler\\SyslogUdpHandler",
                                                    "Monolog\\Handler\\BufferHandler",
                                                    "Monolog\\Handler\\GroupHandler",
                                                    "Swift_ByteStream_",
                                                    "Swift_KeyCache_DiskKeyCache",
                                                    "Illuminate\\Broadcasting\\PendingBroadcast",
                                                    "Symfony\\Component\\Cache\\Adapter\\",
                                                    "Zend_Log",
                                                    "Dompdf\\Adapter\\CPDF"};

// Hosts whose scripts editors paste to show a message, a map or a film.
bool is_embed_host(std::string_view host) {
  for (std::string_view known :
       {"twitter.com", "x.com", "instagram.com", "facebook.net", "youtube.com", "tiktok.com", "google.com",
        "googleapis.com", "gstatic.com", "openstreetmap.org", "vimeo.com", "dailymotion.com", "flickr.com",
        "soundcloud.com", "wordpress.com", "wp.com", "helloasso.com", "calameo.com", "issuu.com"})
    if (host == known || (host.ends_with(known) && host[host.size() - known.size() - 1] == '.')) return true;
  return is_common_measurement_host(host);
}

bool is_base64_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '=';
}

void add_php(ByteView code, ReportBuilder& report) {
  php::Analysis analysis = php::analyse(code, php::Budget{});
  for (Finding& finding : analysis.findings) report.add(std::move(finding));
  if (analysis.hit_limit) report.set_hit_limit();
}

void find_php(std::string_view text, ReportBuilder& report) {
  PhpProbe probe = probe_php(as_bytes(text), Format::none, false);
  if (!probe.found || php_does_nothing(as_bytes(text))) return;
  report.add(Level::suspicious, "row-holds-php",
             tr_later("PHP code in the database, where a site keeps text"), {}, 0);
  add_php(as_bytes(text), report);
}

void find_scripts(std::string_view text, ReportBuilder& report) {
  if (text.find('<') == std::string_view::npos) return;
  HtmlScanner scanner(text);
  HtmlTag tag;
  while (scanner.next(tag)) {
    std::string host = is_executed_script(tag) ? foreign_host(tag.attribute("src")) : "";
    if (!host.empty() && !is_embed_host(host))
      report.add(Level::suspicious, "row-foreign-script", tr_later("content that loads a script from {}"),
                 {host}, tag.line);
  }
  analyse_html(text, Layer{}, report);
}

void find_gadgets(std::string_view text, ReportBuilder& report) {
  if (text.find("O:") == std::string_view::npos) return;
  for (std::string_view gadget : kGadgets) {
    size_t at = text.find(gadget);
    if (at == std::string_view::npos || at < 5 || text[at - 1] != '"') continue;
    size_t object = text.rfind("O:", at);
    if (object == std::string_view::npos || at - object > 8) continue;
    report.add(Level::suspicious, "row-unserialize-chain",
               tr_later("a serialized object of {}, a class used to execute code when it is unserialized"),
               {gadget}, 0);
    return;
  }
}

void judge_blob(std::string_view blob, ReportBuilder& report) {
  std::optional<std::string> decoded = base64_decode(blob);
  if (!decoded) return;
  bool php = probe_php(as_bytes(*decoded), Format::none, false).found;
  bool script = !php && contains_word(*decoded, "<script");
  if (!php && !script) return;
  report.add(Level::suspicious, "row-encoded-code", tr_later("an encoded text that decodes to code"), {}, 0);
  if (php) add_php(as_bytes(*decoded), report);
  if (script) analyse_html(*decoded, Layer{}.inside(Veil::hidden, 0), report);
}

void find_blobs(std::string_view text, ReportBuilder& report) {
  size_t count = 0;
  for (size_t at = 0; at < text.size() && count < kBlobsMax;) {
    size_t end = at;
    while (end < text.size() && is_base64_char(text[end])) ++end;
    if (end - at >= kBlobMin) {
      judge_blob(text.substr(at, end - at), report);
      ++count;
    }
    at = end + 1;
  }
}

}  // namespace

std::vector<Finding> analyse_value(std::string_view text) {
  ReportBuilder report;
  find_php(text, report);
  find_scripts(text, report);
  find_gadgets(text, report);
  find_blobs(text, report);
  if (report.hit_limit())
    report.add(Level::opaque, "analysis-limit", tr_later("too large or too deep to be looked at in full"), {},
               0);
  return report.take();
}

}  // namespace aplomb::scan
