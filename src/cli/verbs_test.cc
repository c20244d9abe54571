#include "cli/verbs.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace aplomb::cli {
namespace {

struct Outcome {
  int status = 0;
  std::string out, err;
};

Outcome run_words(const std::vector<std::string>& words, Output::Form form) {
  Outcome outcome;
  SystemClock clock;
  Options options;
  options.config = "/nonexistent-folder/aplomb.toml";
  options.json = form == Output::Form::json;
  App app(options, clock,
          Output([&](std::string_view part) { outcome.out += part; },
                 [&](std::string_view part) { outcome.err += part; }, form));
  outcome.status = run_command(app, words);
  return outcome;
}

TEST(Verbs, TableIsConsistent) {
  std::set<std::string> names;
  for (const Verb& verb : verbs()) {
    EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
    EXPECT_LE(verb.words_min, verb.words_max) << verb.name;
    EXPECT_NE(verb.run, nullptr) << verb.name;
    for (const char* option : verb.options) {
      ASSERT_NE(find_option(option), nullptr) << verb.name << " " << option;
      EXPECT_FALSE(is_global(option)) << verb.name << " " << option;
    }
  }
}

TEST(Verbs, EveryOptionBelongsToAVerbOrToAll) {
  for (const OptionRule& rule : option_rules()) {
    bool used = is_global(rule.name);
    for (const Verb& verb : verbs())
      for (const char* option : verb.options) used = used || std::string_view(option) == rule.name;
    EXPECT_TRUE(used) << rule.name;
  }
}

TEST(Verbs, SuggestsTheNearestAndNothingFar) {
  ASSERT_NE(nearest_verb("statsu"), nullptr);
  EXPECT_STREQ(nearest_verb("statsu")->name, "status");
  EXPECT_STREQ(nearest_verb("restor")->name, "restore");
  EXPECT_EQ(nearest_verb("frobnicate"), nullptr);
  EXPECT_EQ(nearest_verb(std::string(1000, 'x')), nullptr);
}

TEST(Verbs, UnknownVerbAndWrongWordsExitTwo) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{},
                                                                                     {"statsu"},
                                                                                     {"restore"},
                                                                                     {"diff", "a"},
                                                                                     {"status", "x"},
                                                                                     {"status", "--yes"},
                                                                                     {"scan"},
                                                                                     {"--nosuch"}}) {
    Outcome text = run_words(words, Output::Form::text);
    EXPECT_EQ(text.status, 2);
    EXPECT_EQ(text.out, "");
    EXPECT_TRUE(text.err.starts_with("aplomb: ")) << text.err;
    Outcome json = run_words(words, Output::Form::json);
    EXPECT_EQ(json.status, 2);
    auto document = nlohmann::json::parse(json.out, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << json.out;
    EXPECT_EQ(document["error"]["code"], "usage");
  }
}

TEST(Verbs, MissingConfigurationSaysWhereAndWhatNext) {
  Outcome json = run_words({"status"}, Output::Form::json);
  EXPECT_EQ(json.status, 2);
  auto error = nlohmann::json::parse(json.out)["error"];
  EXPECT_EQ(error["code"], "config");
  EXPECT_EQ(error["where"], "/nonexistent-folder/aplomb.toml");
  EXPECT_NE(error["next"], "");
}

TEST(Verbs, HelpNamesEveryCommandAndItsOptions) {
  std::string help = help_text();
  for (const Verb& verb : verbs()) {
    EXPECT_NE(help.find(std::string("\n  ") + verb.name), std::string::npos) << verb.name;
    for (const char* option : verb.options)
      EXPECT_NE(help_text(verb).find(option), std::string::npos) << verb.name;
  }
}

}  // namespace
}  // namespace aplomb::cli
