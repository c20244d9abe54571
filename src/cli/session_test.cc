#include "cli/session.h"

#include <gtest/gtest.h>

namespace aplomb::cli {
namespace {

App make_app(const Clock& clock, Options options = {}) {
  return App(std::move(options), clock, Output([](auto) {}, [](auto) {}, Output::Form::text));
}

site::Config config_of(const std::vector<std::string>& names) {
  site::Config config;
  config.file = "/etc/aplomb/aplomb.toml";
  config.state_dir = "/var/lib/aplomb";
  config.vault = "file:/nonexistent-folder/vault";
  for (const std::string& name : names) {
    config.sites.emplace_back();
    config.sites.back().name = name;
  }
  return config;
}

TEST(Session, ASiteMayStayUnnamedOnlyWhenItIsAlone) {
  SystemClock clock;
  App app = make_app(clock);
  Session one(app, config_of({"town"}));
  EXPECT_EQ((*one.site(""))->name, "town");
  EXPECT_EQ((*one.site("town"))->name, "town");
  EXPECT_EQ(one.site("tonw").error().code, Code::not_found);
  Session two(app, config_of({"town", "wiki"}));
  EXPECT_EQ(two.site("").error().code, Code::usage);
  EXPECT_NE(two.site("").error().next.find("town, wiki"), std::string::npos);
  Session none(app, config_of({}));
  EXPECT_EQ(none.site("").error().code, Code::config);
}

TEST(Session, KeysLieWhereTheyAreNamedElseInTheState) {
  SystemClock clock;
  App app = make_app(clock);
  site::Config config = config_of({"town"});
  EXPECT_EQ(Session(app, config).owner_key_path(), "/var/lib/aplomb/owner.key");
  EXPECT_FALSE(Session(app, config).recovery_key_named());
  config.owner_key = "/srv/owner.key";
  config.recovery_key = "/srv/recovery.key";
  EXPECT_EQ(Session(app, config).owner_key_path(), "/srv/owner.key");
  EXPECT_TRUE(Session(app, config).recovery_key_named());
  Options options;
  options.owner_key = "/named/owner.key";
  options.recovery_key = "/named/recovery.key";
  App named = make_app(clock, options);
  EXPECT_EQ(Session(named, config).owner_key_path(), "/named/owner.key");
  EXPECT_EQ(Session(named, config).recovery_key_path(), "/named/recovery.key");
}

TEST(Session, AMissingVaultOrKeyNamesThePathAndTheNextStep) {
  SystemClock clock;
  Options options;
  options.recovery_key = "/nonexistent-folder/r.key";
  App app = make_app(clock, options);
  Session session(app, config_of({"town"}));
  auto store = session.reader_store();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().where, "/nonexistent-folder/vault");
  EXPECT_FALSE(store.error().next.empty());
  auto key = session.recovery_key();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Code::key);
  EXPECT_EQ(key.error().where, "/nonexistent-folder/r.key");
  EXPECT_FALSE(key.error().next.empty());
}

}  // namespace
}  // namespace aplomb::cli
