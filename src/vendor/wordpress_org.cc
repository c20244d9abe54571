#include "vendor/wordpress_org.h"

#include <cstdlib>

#include "base/messages.h"
#include "http/client.h"
#include "site/packed_files.h"
#include "vendor/checksum_list.h"

namespace aplomb::vendor {
namespace {

constexpr size_t kListMax = 32 << 20, kArchiveMax = 128 << 20;
constexpr int64_t kListTimeoutMs = 20'000, kArchiveTimeoutMs = 120'000;
constexpr int64_t kConnectSeconds = 8;
constexpr int kQuestionsMax = 400;  // of one judgement
// Less than a day, so that a nightly run that starts some minutes earlier still asks.
constexpr int64_t kAskAgain = 20 * kHour;

bool is_this_machine(const http::Url& url) {
  return url.host.starts_with("127.") || url.host == "[::1]" || url.host == "localhost";
}

// The archive's files, below its one folder when it has one (themes do, translations do not).
Result<Listing> list_archive(ByteView archive, const std::string& top) {
  site::PackedFiles packed = TRY(site::PackedFiles::open(archive));
  Listing listing;
  for (;;) {
    auto file = TRY(packed.next());
    if (!file) return listing;
    if (!top.empty() && !file->path.starts_with(top)) continue;
    Sums sums;
    sums.sha256.push_back(crypto::sha256(file->content));
    if (!add(listing, file->path.substr(top.size()), std::move(sums)))
      return fail(Code::limit, tr("the archive has too many files"));
  }
}

}  // namespace

Result<WordPressOrgAddress> wordpress_org_address(std::string configured) {
  if (const char* given = std::getenv("APLOMB_WORDPRESS_ORG")) configured = given;
  if (configured == "none") return WordPressOrgAddress{};
  if (configured.empty())
    return WordPressOrgAddress{"https://api.wordpress.org", "https://downloads.wordpress.org"};
  while (configured.ends_with('/')) configured.pop_back();
  auto url = http::Url::parse(configured);
  if (!url || url->query || (url->scheme != "https" && !is_this_machine(*url)))
    return fail(
        make_error(Code::config, tr("{} is no address of WordPress.org or of a mirror of it", configured))
            .at("wordpress_org")
            .then(tr("write https://…, or \"none\" to ask nobody")));
  return WordPressOrgAddress{configured, configured};
}

Result<Listing> WordPressOrg::fetch(const Package& package) {
  Question question = question_for(package);
  http::FetchOptions options;
  bool archive = question.form == AnswerForm::archive;
  options.bytes_max = archive ? kArchiveMax : kListMax;
  options.timeout_ms = archive ? kArchiveTimeoutMs : kListTimeoutMs;
  options.stall_seconds = kConnectSeconds;
  const std::string& base = question.form == AnswerForm::core_list ? address_.lists : address_.downloads;
  http::Fetched fetched = TRY(http::get(base + question.target, options));
  if (fetched.status == 404 || fetched.status == 410) return Listing();
  if (fetched.status != 200)
    return fail(
        make_error(Code::network, tr("the answer is \"{}\"", fetched.status)).at(fetched.url.to_string()));
  switch (question.form) {
    case AnswerForm::core_list:
      return parse_core_checksums(fetched.body);
    case AnswerForm::plugin_list:
      return parse_plugin_checksums(fetched.body);
    case AnswerForm::archive:
      return list_archive(fetched.body, package.kind == PackageKind::theme ? package.slug + "/" : "");
  }
  return Listing();
}

WordPressOrg::Said WordPressOrg::ask(const Package& package, std::optional<Time> unexplained) {
  if (address_.none()) return {};
  Time now = clock_.now();
  std::string key = package.key();
  const Answers::Answer* known = answers_.find(key, now);
  auto say = [](const Answers::Answer& answer) {
    return Said{answer.listing.empty() ? Known::unpublished : Known::published, &answer.listing, ""};
  };
  bool fresh = known && known->asked.ns + kAskAgain > now.ns && known->asked <= now &&
               (!unexplained || *unexplained <= known->asked);
  auto asked = asked_.find(key);
  bool over = asked != asked_.end();
  if (known && (fresh || !unexplained || (over && asked->second.empty()))) return say(*known);
  if (over && !asked->second.empty())
    return {Known::unreachable, known ? &known->listing : nullptr, asked->second};
  asked = asked_.try_emplace(key).first;
  if (broken_.empty() && asked_.size() > kQuestionsMax)
    broken_ = tr("too many packages were asked about at once");
  if (broken_.empty()) {
    auto listing = fetch(package);
    if (listing) {
      answers_.keep(key, now, *listing);
      return say(*answers_.find(key, now));
    }
    // One package with a bad answer is its own affair; a network that is down is everybody's.
    if (listing.error().code != Code::network) {
      asked->second = listing.error().what;
      return {Known::unreachable, known ? &known->listing : nullptr, asked->second};
    }
    broken_ = listing.error().what;
  }
  return {Known::unreachable, known ? &known->listing : nullptr, broken_};
}

}  // namespace aplomb::vendor
