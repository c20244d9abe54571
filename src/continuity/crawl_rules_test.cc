#include "continuity/crawl_rules.h"

#include <gtest/gtest.h>

namespace aplomb::continuity {
namespace {

http::Url at(const std::string& target) {
  return *http::Url::parse("https://ville.test" + target);
}
bool action(const std::string& target) {
  return looks_like_action(at(target), LinkKind::page);
}

TEST(CrawlRules, LeaveActionsAlone) {
  for (const char* target : {"/logout",
                             "/user/logout",
                             "/Logout/",
                             "/wp-login.php",
                             "/wp-login.php?redirect_to=%2F",
                             "/wp-admin/",
                             "/node/5/delete",
                             "/edit/",
                             "/delete-post.php?p=5",
                             "/post_remove.php",
                             "/doku.php?id=start&do=edit",
                             "/doku.php?do=search&id=x",
                             "/doku.php?id=x&rev=123",
                             "/index.php?title=X&action=edit",
                             "/index.php?title=X&oldid=4",
                             "/?p=1&_wpnonce=abc",
                             "/?PHPSESSID=1",
                             "/x;jsessionid=1",
                             "/?sid=4",
                             "/?csrf_token=a",
                             "/?%61ction=x",
                             "/x?page=user-logout",
                             "/?p=1&replytocom=3",
                             "/index.php?task=user.delete"})
    EXPECT_TRUE(action(target)) << target;
}

TEST(CrawlRules, FollowOrdinaryPages) {
  for (const char* target :
       {"/", "/?p=1", "/doku.php?id=start", "/index.php?title=Accueil", "/supprimer-les-obstacles/",
        "/administration-communale/", "/spip.php?article12", "/demarches/?lang=fr", "/edition-2024.html",
        "/actualites/2024/12/travaux/", "/removed.html", "/connexion-internet/"})
    EXPECT_FALSE(action(target)) << target;
}

TEST(CrawlRules, TakeThePicturesOfAPageAsTheyAre) {
  for (const char* target : {"/wp-admin/css/style.css", "/lib/exe/fetch.php?w=200&tok=1a2b&media=logo.png",
                             "/style.css?ver=d41d8cd98f00b204e9800998ecf8427e"})
    EXPECT_FALSE(looks_like_action(at(target), LinkKind::asset)) << target;
  for (const char* target : {"/x.png?do=delete", "/pixel/delete", "/delete.php?x=logo.png"})
    EXPECT_TRUE(looks_like_action(at(target), LinkKind::asset)) << target;
}

TEST(CrawlRules, KeepWhatACopyIsMadeOf) {
  for (const char* type :
       {"text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml", "text/css", "image/png",
        "image/svg+xml", "font/woff2", "application/pdf", "application/vnd.ms-fontobject"})
    EXPECT_TRUE(is_kept_type(type, at("/x"))) << type;
  for (const char* type :
       {"", "text/javascript", "application/json", "text/plain", "video/mp4", "application/zip"})
    EXPECT_FALSE(is_kept_type(type, at("/x.woff2"))) << type;
  EXPECT_TRUE(is_kept_type("application/octet-stream", at("/x.WOFF2")));
  EXPECT_FALSE(is_kept_type("application/octet-stream", at("/x.bin")));
  for (const char* name : {"/x.js", "/a/b.ZIP", "/feed.xml"})
    EXPECT_TRUE(is_left_out_by_name(at(name))) << name;
  for (const char* name : {"/x.png", "/x.js/", "/x.pdf", "/doku.php?id=a.js"})
    EXPECT_FALSE(is_left_out_by_name(at(name))) << name;
}

TEST(TrapGuard, GivesAPathABoundedNumberOfQueries) {
  TrapGuard guard;
  size_t months = 0, pages = 0, styles = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    months += guard.take(at("/agenda/?month=" + n), LinkKind::page);
    pages += guard.take(at("/?page_id=" + n), LinkKind::page);
    styles += guard.take(at("/css.php?t=" + n), LinkKind::asset);
  }
  EXPECT_EQ(months, 8u);
  EXPECT_EQ(pages, 100u);
  EXPECT_EQ(styles, 200u);
  EXPECT_TRUE(guard.take(at("/agenda/"), LinkKind::page));
  EXPECT_TRUE(guard.take(at("/spip.php?article12"), LinkKind::page));
}

TEST(TrapGuard, GivesAShapeOfPathABoundedNumberOfPaths) {
  TrapGuard guard;
  size_t months = 0;
  for (int i = 0; i < 1000; ++i)
    months += guard.take(at("/agenda/" + std::to_string(2000 + i) + "-05/"), LinkKind::page);
  EXPECT_EQ(months, 100u);
  EXPECT_TRUE(guard.take(at("/agenda/"), LinkKind::page));
  EXPECT_FALSE(guard.take(at("/a/a/a/a/a/a/a/a/a/a/a/a/a/a"), LinkKind::page));
  EXPECT_FALSE(guard.take(at("/" + std::string(2000, 'a')), LinkKind::page));
}

}  // namespace
}  // namespace aplomb::continuity
