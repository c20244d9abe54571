#include "continuity/export_copy.h"

#include <gtest/gtest.h>

#include "continuity/web_server_conf.h"
#include "fs/memory_fs.h"

namespace aplomb::continuity {
namespace {

Bytes bytes(std::string_view text) {
  return Bytes(as_bytes(text).begin(), as_bytes(text).end());
}

StaticSite site_of(const std::vector<std::pair<std::string, std::string>>& pages) {
  std::vector<Page> list;
  for (const auto& [address, type] : pages) list.push_back({address, type, bytes("x"), Time{}});
  return StaticSite::build(list, {}, {});
}

// Where each address goes: "/a -> a/index.html", one a line.
std::string places(const StaticSite& site) {
  ExportPlan plan = plan_export(site);
  std::string text;
  auto file = plan.files.begin();
  for (const auto& [address, page] : site.pages())
    text += address + " " + (plan.mapped.contains(address) ? "=> " : "-> ") + (file++)->path + "\n";
  return text;
}

TEST(ExportPlan, GivesPlainAddressesPlainFiles) {
  EXPECT_EQ(places(site_of({{"/", "text/html"},
                            {"/a", "text/html"},
                            {"/a/b/", "text/html; charset=utf-8"},
                            {"/a/c.html", "text/html"},
                            {"/css/style.css", "text/css"},
                            {"/photo.JPG", "image/jpeg"}})),
            "/ -> index.html\n/a -> a/index.html\n/a/b/ -> a/b/index.html\n/a/c.html -> a/c.html\n"
            "/css/style.css -> css/style.css\n/photo.JPG -> photo.JPG\n");
}

TEST(ExportPlan, MapsWhatAFileNameCannotSay) {
  EXPECT_EQ(places(site_of({{"/?page_id=2", "text/html"},
                            {"/a", "text/html"},
                            {"/a/", "text/html"},
                            {"/caf%C3%A9/", "text/html"},
                            {"/css.php?t=1", "text/css"}})),
            "/?page_id=2 => __pages/0001.html\n/a -> a/index.html\n/a/ => __pages/0002.html\n"
            "/caf%C3%A9/ => __pages/0003.html\n/css.php?t=1 => __pages/0004.css\n");
  EXPECT_EQ(places(site_of({{"/a.html", "text/html"}, {"/b", "image/png"}, {"/b.bin", "image/png"}})),
            "/a.html -> a.html\n/b => __pages/0001.png\n/b.bin => __pages/0002.png\n");
}

// Nothing that a hacked site answers may become a file that a web server runs or obeys.
TEST(ExportPlan, WritesNoNameThatAServerTreatsInItsOwnWay) {
  StaticSite site = site_of({{"/index.php", "text/html"},
                             {"/x.php.html", "text/html"},
                             {"/y.php.png", "image/png"},
                             {"/index.php/z", "text/html"},
                             {"/.htaccess", "text/html"},
                             {"/.well-known/a", "text/html"},
                             {"/__card.html", "text/html"},
                             {"/__pages/0001.html", "text/html"},
                             {"/a.shtml", "text/html"},
                             {"/b.cgi", "text/css"},
                             {"/..%2f..%2fetc", "text/html"},
                             {"/x%00y", "text/html"},
                             {"/-", "application/octet-stream"},
                             {"/" + std::string(300, 'n'), "text/html"}});
  ExportPlan plan = plan_export(site);
  EXPECT_EQ(plan.mapped.size(), site.pages().size());
  for (const ExportPlan::File& file : plan.files) {
    EXPECT_TRUE(file.path.starts_with("__pages/0")) << file.path;
    EXPECT_TRUE(file.path.ends_with(".html") || file.path.ends_with(".png") || file.path.ends_with(".css") ||
                file.path.ends_with(".bin"))
        << file.path;
  }
}

TEST(ExportPlan, FindsTheCharsetOfMostPages) {
  StaticSite site = site_of({{"/", "text/html; charset=ISO-8859-1"},
                             {"/a", "text/html;charset=\"iso-8859-1\""},
                             {"/b", "text/html"},
                             {"/c.css", "text/css; charset=utf-8"}});
  EXPECT_EQ(plan_export(site).charset, "iso-8859-1");
  EXPECT_EQ(plan_export(site_of({{"/", "text/html; charset=x; evil"}})).charset, "x");
  EXPECT_EQ(plan_export(site_of({{"/", "text/html; charset=$x"}})).charset, "");
}

TEST(WebServerConf, EscapesEveryAddress) {
  EXPECT_EQ(exact_pattern("/a.b?c=1+2|[$x](y)*"), "^/a[.]b[?]c=1[+]2[|][[][$]x[]][(]y[)][*]$");
  WebServerSite site{"www.ville.test", "/srv/copy/site", "utf-8", {{"/?p=1", "__pages/0001.html"}}};
  std::string nginx = nginx_conf(site), apache = apache_conf(site);
  EXPECT_NE(nginx.find("\"~^/[?]p=1$\" /__pages/0001.html;"), std::string::npos) << nginx;
  EXPECT_NE(nginx.find("add_header Retry-After 3600 always;"), std::string::npos);
  EXPECT_NE(apache.find("\"^(GET|HEAD) /[?]p=1 HTTP/\""), std::string::npos) << apache;
  EXPECT_NE(apache.find("Retry-After 3600"), std::string::npos);
  EXPECT_EQ(nginx.find("Set-Cookie"), std::string::npos);
}

class Export : public testing::Test {
 protected:
  Export() {
    state_ = fs_.make_dirs("/state", 0700).value();
    target_ = fs_.make_dirs("/copy", 0755).value();
    site_.name = "town";
    site_.url = "https://www.ville.test/";
    EXPECT_TRUE(
        keep_pages(*state_, std::string(64, 'a'), Time{kDay},
                   {{"/", "text/html", bytes("<body>home")}, {"/?p=1", "text/html", bytes("<body>one")}}));
  }
  Result<ExportedCopy> run(const std::string& path = "/copy") {
    return export_copy(*state_, site_, Language::french, *target_, path, clock_, log_);
  }
  std::string read(const std::string& path) {
    auto text = fs::read_file(*target_, path, 1 << 20);
    return text ? std::string(as_text(*text)) : "(" + text.error().what + ")";
  }

  fs::MemoryFs fs_;
  std::unique_ptr<fs::Dir> state_, target_;
  site::SiteConfig site_;
  ManualClock clock_{Time{2 * kDay}};
  NullLog log_;
};

TEST_F(Export, WritesPagesCardStatusAndConfigurations) {
  auto exported = run();
  ASSERT_TRUE(exported) << exported.error().what;
  EXPECT_EQ(exported->pages, 2u);
  EXPECT_EQ(exported->captured, Time{kDay});
  EXPECT_EQ(read("site/index.html"), "<body>" + banner_html(Time{kDay}, Language::french) + "home");
  EXPECT_TRUE(read("site/__pages/0001.html").ends_with("one"));
  EXPECT_NE(read("site/__card.html").find("<main>"), std::string::npos);
  EXPECT_NE(read("site/__status.html").find("noindex"), std::string::npos);
  EXPECT_NE(read("site/__status.json").find("\"pages\": 2"), std::string::npos);
  EXPECT_NE(read("nginx.conf").find("root \"/copy/site\";"), std::string::npos);
  EXPECT_NE(read("apache.conf").find("ServerName www.ville.test\n"), std::string::npos);
  EXPECT_EQ(target_->stat("site/index.html")->mode, 0644u);
}

TEST_F(Export, ReplacesAnEarlierOneAndNothingElse) {
  ASSERT_TRUE(run());
  ASSERT_TRUE(
      keep_pages(*state_, std::string(64, 'b'), Time{2 * kDay}, {{"/new", "text/html", bytes("new")}}));
  ASSERT_TRUE(run());
  EXPECT_NE(read("site/new/index.html").find("new"), std::string::npos);
  EXPECT_FALSE(target_->stat("site/index.html"));
  ASSERT_TRUE(fs::write_file_durably(*target_, "thesis.txt", as_bytes("mine")));
  auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exists);
  EXPECT_EQ(read("thesis.txt"), "mine");
}

TEST_F(Export, RefusesAFolderThatAConfigurationCannotName) {
  for (const char* path : {"/co$py", "/co\"py", "/co\npy"}) {
    auto refused = run(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, Code::usage);
  }
}

}  // namespace
}  // namespace aplomb::continuity
