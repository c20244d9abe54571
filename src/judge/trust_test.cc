// What explains an object, and that nothing else does.
#include "judge/trust.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"
#include "fs/fs.h"

namespace aplomb::judge {
namespace {

Sha256 hash(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

Identity object(const std::string& path, std::string_view text = "code", uint32_t mode = 0644) {
  return {path, hash(text), mode};
}

Approval approval(ApprovalKind kind, std::vector<Identity> objects, int64_t day = 1) {
  return {kind, "town", Time{day * kDay}, "the mayor", std::move(objects), {}};
}

Provenance provenance(const Trust& trust, const Identity& identity) {
  return trust.explain(identity).provenance;
}

}  // namespace

TEST(Trust, ExplainsNothingByItself) {
  Trust trust;
  EXPECT_EQ(provenance(trust, object("index.php")), Provenance::unexplained);
  EXPECT_FALSE(trust.has_baseline());
}

TEST(Trust, AnApprovalCoversExactlyPathContentAndMode) {
  Trust trust;
  trust.approve(approval(ApprovalKind::person, {object("index.php")}));
  EXPECT_EQ(provenance(trust, object("index.php")), Provenance::approved);
  EXPECT_EQ(provenance(trust, object("other/index.php")), Provenance::unexplained);
  EXPECT_EQ(provenance(trust, object("index.php", "other code")), Provenance::unexplained);
  EXPECT_EQ(provenance(trust, object("index.php", "code", 0755)), Provenance::unexplained);
  EXPECT_TRUE(trust.known_elsewhere(hash("code")));
  EXPECT_FALSE(trust.known_elsewhere(hash("other code")));
}

TEST(Trust, SaysWhatRestsOnTheBaselineAlone) {
  Trust trust;
  trust.approve(approval(ApprovalKind::baseline, {object("old.php")}, 1));
  trust.approve(approval(ApprovalKind::person, {object("new.php")}, 5));
  Explanation old_code = trust.explain(object("old.php")), new_code = trust.explain(object("new.php"));
  EXPECT_EQ(old_code.provenance, Provenance::unchanged);
  EXPECT_TRUE(old_code.baseline);
  EXPECT_EQ(old_code.since, Time{kDay});
  EXPECT_EQ(new_code.provenance, Provenance::approved);
  EXPECT_FALSE(new_code.baseline);
  EXPECT_EQ(new_code.since, Time{5 * kDay});
  EXPECT_TRUE(trust.has_baseline());
  EXPECT_EQ(trust.baseline_time(), Time{kDay});
}

TEST(Trust, WhatIsRevokedIsExplainedNoMore) {
  Trust trust;
  trust.approve(approval(ApprovalKind::person, {object("a.php"), object("b.php")}));
  trust.revoke(approval(ApprovalKind::person, {object("a.php")}));
  EXPECT_EQ(provenance(trust, object("a.php")), Provenance::unexplained);
  EXPECT_EQ(provenance(trust, object("b.php")), Provenance::approved);
  EXPECT_TRUE(trust.known_elsewhere(hash("code"))) << "b.php still has it";
  trust.revoke(approval(ApprovalKind::person, {object("b.php")}));
  trust.revoke(approval(ApprovalKind::person, {object("b.php")}));
  EXPECT_FALSE(trust.known_elsewhere(hash("code")));
  trust.approve(approval(ApprovalKind::person, {object("a.php")}));
  EXPECT_EQ(provenance(trust, object("a.php")), Provenance::approved) << "approved once more";
}

TEST(Trust, AProtectionIsMissedUntilItIsGivenUp) {
  Trust trust;
  Approval first = approval(ApprovalKind::baseline, {object(".htaccess", "deny")});
  first.protections = {".htaccess"};
  trust.approve(first);
  trust.approve(approval(ApprovalKind::person, {object(".htaccess", "deny, better")}));
  EXPECT_TRUE(trust.protects(".htaccess"));
  trust.revoke(approval(ApprovalKind::person, {object(".htaccess", "deny")}));
  EXPECT_TRUE(trust.protects(".htaccess")) << "the better version is still approved";
  Trust given_up = trust;
  given_up.revoke(approval(ApprovalKind::person, {{".htaccess", Sha256(), 0}}));
  EXPECT_FALSE(given_up.protects(".htaccess")) << "revoked as missing";
  trust.revoke(approval(ApprovalKind::person, {object(".htaccess", "deny, better")}));
  EXPECT_FALSE(trust.protects(".htaccess")) << "no version is approved any more";
}

// ---- releases ----

namespace {

// What a snapshot that holds these files of the wiki says of where it is installed.
Trust::Installed installed(const Trust& trust, const std::vector<std::string>& paths) {
  Trust::InstallCount count(trust);
  for (const std::string& path : paths) count.add(path, hash(fs::split_path(path).second));
  return count.installed();
}

// Four files; each one's content is its name.
Release wiki() {
  Release release{"wiki 1.0", {}};
  for (const char* path : {"doku.php", "inc/init.php", "inc/load.php", "lib/fetch.php"})
    release.files.emplace_back(path, hash(fs::split_path(path).second));
  return release;
}

}  // namespace

TEST(Trust, AVendorsFileExplainsItselfWhereItsReleaseIsInstalled) {
  Trust trust;
  trust.add_release(wiki());
  Trust::Installed here = installed(trust, {"site/doku.php", "site/inc/init.php", "uploads/load.php"});
  auto explains = [&](const std::string& path, std::string_view text) {
    return trust.explain({path, hash(text), 0600}, here).provenance == Provenance::vendor;
  };
  EXPECT_TRUE(explains("site/doku.php", "doku.php"));
  EXPECT_TRUE(explains("site/lib/fetch.php", "fetch.php")) << "whatever its mode";
  for (const char* path : {"site/fetch.php", "uploads/lib/fetch.php", "lib/fetch.php", "xsite/lib/fetch.php",
                           "site/lib/fetch.php/x", "site/lib/fetch.php5", "site/xlib/fetch.php"})
    EXPECT_FALSE(explains(path, "fetch.php")) << path;
  EXPECT_FALSE(explains("site/doku.php", "other content"));
  EXPECT_TRUE(trust.known_elsewhere(hash("fetch.php"))) << "worth a word when it lies elsewhere";
}

TEST(Trust, OneFileOfManyIsNoInstallation) {
  Trust trust;
  trust.add_release(wiki());
  EXPECT_TRUE(installed(trust, {"uploads/doku.php"}).empty());
  EXPECT_EQ(installed(trust, {"a/doku.php", "a/inc/load.php", "b/inc/load.php"}),
            (Trust::Installed{{"wiki 1.0", "a"}}));
  EXPECT_EQ(installed(trust, {"doku.php", "lib/fetch.php"}), (Trust::Installed{{"wiki 1.0", ""}}))
      << "at the top";
}

TEST(Trust, TheVendorsWordGoesBeforeAnApproval) {
  Trust trust;
  trust.approve(approval(ApprovalKind::baseline, {object("doku.php", "doku.php")}));
  trust.add_release(wiki());
  Explanation why = trust.explain(object("doku.php", "doku.php"), {{"wiki 1.0", ""}});
  EXPECT_EQ(why.provenance, Provenance::vendor);
  EXPECT_FALSE(why.baseline);
}

// ---- as bytes ----

TEST(Trust, BodiesComeBackAsTheyWere) {
  Approval sent = approval(ApprovalKind::baseline,
                           {object("a\xff.php", "x", 04755), {"db:town.db/users/3", hash("row"), 0}}, 9);
  sent.protections = {".htaccess"};
  auto got = decode_approval(encode(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, sent.kind);
  EXPECT_EQ(got->site, sent.site);
  EXPECT_EQ(got->time, sent.time);
  EXPECT_EQ(got->who, sent.who);
  EXPECT_EQ(got->objects, sent.objects);
  EXPECT_EQ(got->protections, sent.protections);
  Release release{"wiki 1.0", {{"a.php", hash("a")}, {"b.php", hash("b")}}};
  auto again = decode_release(encode(release));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->product, release.product);
  EXPECT_EQ(again->files, release.files);
}

TEST(Trust, BodiesCutAnywhereOrWithMoreBehindAreRefused) {
  Approval sent = approval(ApprovalKind::person, {object("a.php"), object("b.php")});
  sent.protections = {".htaccess"};
  Bytes approval_bytes = encode(sent), release_bytes = encode(Release{"wiki", {{"a.php", hash("a")}}});
  for (size_t i = 0; i < approval_bytes.size(); ++i)
    EXPECT_FALSE(decode_approval(ByteView(approval_bytes).first(i))) << i;
  for (size_t i = 0; i < release_bytes.size(); ++i)
    EXPECT_FALSE(decode_release(ByteView(release_bytes).first(i))) << i;
  approval_bytes.push_back(0);
  release_bytes.push_back(0);
  EXPECT_FALSE(decode_approval(approval_bytes));
  EXPECT_FALSE(decode_release(release_bytes));
}

TEST(Trust, ANewerBodyIsNotGuessedAt) {
  Bytes bytes = encode(approval(ApprovalKind::person, {}));
  bytes[0] = 1;
  EXPECT_EQ(decode_approval(bytes).error().code, Code::unsupported);
  bytes[0] = 0;
  bytes[1] = 2;
  EXPECT_EQ(decode_approval(bytes).error().code, Code::corrupt);
}

}  // namespace aplomb::judge
