#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace aplomb::cli {
namespace {

const char* no_environment(const char*) {
  return nullptr;
}

CommandLine parsed(const std::vector<std::string>& words) {
  auto line = parse_arguments(words, no_environment);
  EXPECT_TRUE(line) << (line ? "" : line.error().what);
  return line ? std::move(*line) : CommandLine();
}

std::string refused(const std::vector<std::string>& words) {
  auto line = parse_arguments(words, no_environment);
  EXPECT_FALSE(line);
  if (line) return "";
  EXPECT_EQ(line.error().code, Code::usage);
  EXPECT_FALSE(line.error().next.empty());
  return line.error().what;
}

TEST(Arguments, TakesGlobalOptionsBeforeAndBehindTheVerb) {
  CommandLine before = parsed({"--json", "--config", "/a.toml", "backup", "town"});
  CommandLine behind = parsed({"backup", "town", "--config=/a.toml", "--json"});
  for (const CommandLine* line : {&before, &behind}) {
    EXPECT_TRUE(line->options.json);
    EXPECT_EQ(line->options.config, "/a.toml");
    EXPECT_EQ(line->arguments.verb, "backup");
    EXPECT_EQ(line->arguments.words, std::vector<std::string>{"town"});
  }
}

TEST(Arguments, KeepsTheOrderOfRepeatedOptions) {
  CommandLine line = parsed({"init", "--root", "/b", "--yes", "--root=/a"});
  EXPECT_EQ(line.arguments.values("--root"), (std::vector<std::string>{"/b", "/a"}));
  EXPECT_TRUE(line.arguments.has("--yes"));
  EXPECT_FALSE(line.arguments.has("--db"));
  EXPECT_TRUE(line.arguments.values("--db").empty());
}

TEST(Arguments, LeavesWordsBehindTwoDashesAlone) {
  CommandLine line = parsed({"restore", "1a2b", "--to", "/out", "--", "--yes", "[slug]", "-x"});
  EXPECT_EQ(line.arguments.words, (std::vector<std::string>{"1a2b", "--yes", "[slug]", "-x"}));
  EXPECT_FALSE(line.arguments.has("--yes"));
}

TEST(Arguments, TakesAValueThatBeginsWithADash) {
  EXPECT_EQ(parsed({"init", "--name=-x"}).arguments.value("--name"), "-x");
  EXPECT_EQ(parsed({"init", "--name", "-x"}).arguments.value("--name"), "-x");
}

TEST(Arguments, NamesTheWordThatIsWrong) {
  EXPECT_NE(refused({"backup", "--nosuch"}).find("--nosuch"), std::string::npos);
  EXPECT_NE(refused({"--nosuch=1", "backup"}).find("--nosuch"), std::string::npos);
  EXPECT_NE(refused({"restore", "-x"}).find("-x"), std::string::npos);
  EXPECT_NE(refused({"restore", "--to"}).find("--to"), std::string::npos);
  EXPECT_NE(refused({"backup", "--json=1"}).find("--json"), std::string::npos);
  EXPECT_NE(refused({"init", "--name", "a", "--name", "b"}).find("--name"), std::string::npos);
  EXPECT_NE(refused({"status", "--config", ""}).find("--config"), std::string::npos);
  EXPECT_NE(refused({"status", "--lang", "de"}).find("de"), std::string::npos);
}

TEST(Arguments, CanBeParsedAgainAfterAnError) {
  refused({"backup", "--nosuch"});
  EXPECT_EQ(parsed({"status"}).arguments.verb, "status");
}

TEST(Arguments, FindsTheConfigurationInTheEnvironmentUnlessItIsNamed) {
  auto environment = [](const char* name) -> const char* {
    return std::string_view(name) == "APLOMB_CONFIG" ? "/env.toml" : nullptr;
  };
  EXPECT_EQ(parse_arguments({"status"}, environment)->options.config, "/env.toml");
  EXPECT_EQ(parse_arguments({"status", "--config", "/named.toml"}, environment)->options.config,
            "/named.toml");
  EXPECT_EQ(parsed({"status"}).options.config, "/etc/aplomb/aplomb.toml");
}

TEST(Arguments, MakesPathsAbsoluteAndNormal) {
  EXPECT_EQ(parsed({"status", "--owner-key", "/a/./b/../owner.key"}).options.owner_key, "/a/owner.key");
  EXPECT_TRUE(parsed({"status", "--recovery-key", "r.key"}).options.recovery_key.starts_with('/'));
  EXPECT_EQ(absolute_path(""), "");
}

TEST(Arguments, HelpAndVersionAreFlags) {
  EXPECT_TRUE(parsed({"--help"}).help);
  EXPECT_TRUE(parsed({"scan", "-h"}).help);
  EXPECT_TRUE(parsed({"--version"}).version);
  EXPECT_FALSE(parsed({"scan", "x"}).help);
}

}  // namespace
}  // namespace aplomb::cli
