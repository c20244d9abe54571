#include "recover/rehearse_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/messages.h"
#include "base/text.h"
#include "http/url.h"
#include "recover/page_likeness.h"
#include "recover/page_server.h"
#include "recover/rebuild.h"

namespace aplomb::recover {
namespace {

constexpr uint64_t kFileMax = 8 << 20, kRouterMax = 64 << 10;

struct Documents {
  const archive::RootEntry* root = nullptr;
  std::string below;   // the folder of public documents in that root; empty: the root itself
  std::string router;  // below the root
};

class Pages {
 public:
  Pages(const archive::Machine& machine, const site::SiteConfig& site, const Case& incident,
        const DrillFolder& folder)
      : machine_(machine), site_(site), case_(incident), folder_(folder) {}

  Result<PagesRehearsed> run() {
    chosen_ = choose_pages(case_.clean()->manifest().pages, kPagesMax);
    if (site_.url.empty() || chosen_.empty())
      return none(
          tr("the snapshot holds no pages to compare with: backup stores them when the site has an "
             "address (url) that answers"));
    for (const archive::DatabaseEntry& database : case_.hacked().manifest().databases)
      if (database.engine != "sqlite")
        return none(
            tr("the site needs a database server ({}), which a drill does not start", database.engine));
    target_ = TRY(machine_.fs.open_dir(folder_.site()));
    find_documents();
    if (!documents_.root) return none(tr("no folder of the rebuilt site holds a first page (index)"));
    if (!has_php()) return from_files();
    if (!have_php()) return none(tr("PHP's command-line program (php) is not installed here"));
    return from_server();
  }

 private:
  static PagesRehearsed none(std::string note) { return {0, {}, std::move(note)}; }

  bool has(const std::string& path) { return target_->stat(path).has_value(); }

  static std::string in(std::string_view folder, std::string_view name) {
    if (folder.empty() || name.empty()) return std::string(folder.empty() ? name : folder);
    return fmt::format("{}/{}", folder, name);
  }

  // Of several roots the first that has a first page; in it the folder itself, or one of the usual names.
  void find_documents() {
    for (const archive::RootEntry& root : case_.hacked().manifest().roots)
      for (const char* below : {"", "public", "web", "htdocs", "public_html", "www", "html"})
        for (const char* index : {"index.php", "index.html", "index.htm"}) {
          if (!has(in(in(root.label, below), index))) continue;
          documents_ = {&root, below, ""};
          if (is_router(in(root.label, "router.php"))) documents_.router = "router.php";
          return;
        }
  }

  // One that was written for PHP's own server, and not a class of that name.
  bool is_router(const std::string& path) {
    auto bytes = fs::read_file(*target_, path, kRouterMax);
    if (!bytes) return false;
    std::string_view text = as_text(*bytes);
    return text.find("php -S") != text.npos || text.find("cli-server") != text.npos;
  }

  bool has_php() const {
    return std::ranges::any_of(case_.good(), [](const auto& entry) {
      return entry.second.is_file() && lower(entry.first).ends_with(".php");
    });
  }

  void compare(PagesRehearsed& result, const archive::PageEntry& page, ByteView stored, ByteView now) {
    ++result.checked;
    double same = likeness_of_pages(page.content_type, stored, now);
    if (same < kAlike)
      result.different.push_back(
          {page.url_path, tr("{} % of its words are those that were stored", static_cast<int>(same * 100))});
  }

  Result<PagesRehearsed> from_files() {
    PagesRehearsed result;
    const std::string top = in(documents_.root->label, documents_.below);
    for (const archive::PageEntry& page : chosen_) {
      Bytes stored = TRY(case_.clean()->page(page));
      std::string path = http::percent_decode(page.url_path.substr(0, page.url_path.find('?')));
      while (path.starts_with('/')) path.erase(0, 1);
      while (path.ends_with('/')) path.pop_back();
      auto bytes = read_public(top, path);
      if (bytes) {
        compare(result, page, stored, *bytes);
      } else {
        ++result.checked;
        result.different.push_back({page.url_path, bytes.error().what});
      }
    }
    result.note = tr("the site has no PHP: its files were compared with the stored pages, without a server");
    return result;
  }

  Result<Bytes> read_public(const std::string& top, const std::string& path) {
    std::string file = path.empty() ? top : in(top, path);
    auto stat = target_->stat(file);
    if (!stat) return fail(std::move(stat).error());
    if (stat->type == fs::FileType::directory)
      file = in(file, has(in(file, "index.html")) ? "index.html" : "index.htm");
    return fs::read_file(*target_, file, kFileMax);
  }

  Result<PagesRehearsed> from_server() {
    PageQuestion question;
    question.document_root = in(documents_.root->path, documents_.below);
    if (!documents_.router.empty()) question.router = in(documents_.root->path, documents_.router);
    http::Url url = TRY(http::Url::parse(site_.url));
    question.url = fmt::format("http://{}{}", url.host,
                               url.port == 80 || url.port == 443 ? "" : fmt::format(":{}", url.port));
    for (const archive::PageEntry& page : chosen_) question.paths.push_back(page.url_path);
    question.page_ms = static_cast<uint32_t>(site_.limits.page_seconds * 1000);
    auto served = serve_isolated(private_root(), question);
    if (!served) {
      // The machine's fault, or the site's that never answers: neither says that the rebuilt site is wrong.
      return none(tr("the rebuilt site was not served: {}", served.error().what));
    }
    if (!served->problem.empty()) return none(printable(served->problem));
    PagesRehearsed result;
    for (size_t i = 0; i < chosen_.size(); ++i) {
      const PageAnswer& page = served->pages[i];
      if (page.status >= 200 && page.status < 300) {
        Bytes stored = TRY(case_.clean()->page(chosen_[i]));
        compare(result, chosen_[i], stored, page.body);
        continue;
      }
      ++result.checked;
      result.different.push_back({chosen_[i].url_path, page.status == 0
                                                           ? printable(page.what)
                                                           : tr("it answers with status {}", page.status)});
    }
    result.note =
        tr("served by PHP's own server in a network of its own without any route; compared by the words that "
           "a page shows, without those that hold a digit; nine in ten have to be the same");
    return result;
  }

  proc::PrivateRoot private_root() {
    proc::PrivateRoot root;
    root.folder = folder_.root();
    const archive::Manifest& manifest = case_.hacked().manifest();
    for (const archive::RootEntry& entry : manifest.roots)
      root.shown.push_back({in(folder_.site(), entry.label), entry.path, true});
    root.uid = documents_.root->node.uid;
    root.gid = documents_.root->node.gid;
    for (const archive::DatabaseEntry& database : manifest.databases) {
      // Who owns the database is who runs the site.
      root.uid = database.node.uid;
      root.gid = database.node.gid;
      if (database.object_path.empty())
        root.shown.push_back({folder_.site() + "/" + place_in_rebuilt(database), database.path, true});
    }
    return root;
  }

  const archive::Machine& machine_;
  const site::SiteConfig& site_;
  const Case& case_;
  const DrillFolder& folder_;
  std::vector<archive::PageEntry> chosen_;
  std::unique_ptr<fs::Dir> target_;
  Documents documents_;
};

}  // namespace

std::vector<archive::PageEntry> choose_pages(const std::vector<archive::PageEntry>& pages, size_t count) {
  std::vector<archive::PageEntry> chosen;
  for (bool html : {true, false})
    for (const archive::PageEntry& page : pages)
      if (chosen.size() < count && is_html(page.content_type) == html) chosen.push_back(page);
  return chosen;
}

Result<PagesRehearsed> rehearse_pages(const archive::Machine& machine, const site::SiteConfig& site,
                                      const Case& incident, const DrillFolder& folder) {
  return Pages(machine, site, incident, folder).run();
}

}  // namespace aplomb::recover
