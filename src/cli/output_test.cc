#include "cli/output.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aplomb::cli {
namespace {

TEST(Output, WithJsonOnlyTheDocumentIsOnStandardOutput) {
  std::string out, err;
  Output output([&](auto part) { out += part; }, [&](auto part) { err += part; }, Output::Form::json);
  output.say("for people");
  output.advise("for people too");
  output.document({{"a", 1}});
  EXPECT_EQ(nlohmann::json::parse(out), (nlohmann::json{{"a", 1}}));
  EXPECT_EQ(err, "");
}

TEST(Output, DocumentSurvivesBytesThatAreNotText) {
  std::string out;
  Output output([&](auto part) { out += part; }, [](auto) {}, Output::Form::json);
  output.document({{"name", std::string("\xff\xfe")}});
  EXPECT_FALSE(nlohmann::json::parse(out, nullptr, false).is_discarded());
}

TEST(Output, ErrorTextLeavesOutWhatIsEmptyAndCannotWriteToTheTerminal) {
  EXPECT_EQ(error_text({Code::io, 0, "it failed", "", ""}), "aplomb: it failed\n");
  EXPECT_EQ(error_text({Code::io, 0, "it failed", "/a", "try again"}),
            "aplomb: it failed\n  where: /a\n  next: try again\n");
  EXPECT_EQ(error_text({Code::io, 0, "bad \x1b[2J name", "", ""}).find('\x1b'), std::string::npos);
}

TEST(Output, AnErrorOfTheSystemHasItsUsualAnswer) {
  EXPECT_NE(error_text({Code::io, ENOSPC, "it failed", "", ""}).find("make room"), std::string::npos);
  EXPECT_EQ(next_step({Code::io, ENOSPC, "it failed", "", "delete the old ones"}), "delete the old ones");
  EXPECT_EQ(error_document({Code::io, EACCES, "it failed", "", ""})["error"]["next"],
            next_step({Code::io, EACCES, "", "", ""}));
}

TEST(Output, TableAlignsByCharactersNotBytes) {
  EXPECT_EQ(table({{"é", "1"}, {"ab", "2"}}), "é   1\nab  2");
  EXPECT_EQ(table({{"a", ""}, {"b", "c"}}), "a\nb  c");
}

TEST(Output, SizesAndAges) {
  EXPECT_EQ(human_size(1023), "1023 B");
  EXPECT_EQ(human_size(3 * 1024 * 1024 / 2), "1.5 MiB");
  EXPECT_EQ(human_age({0}, {kMinute}), "just now");
  EXPECT_EQ(human_age({0}, {3 * kHour}), "3 hours ago");
  EXPECT_EQ(human_age({0}, {47 * kHour}), "47 hours ago");
  EXPECT_EQ(human_age({0}, {5 * kDay}), "5 days ago");
  EXPECT_EQ(human_age({kDay}, {0}), to_local({kDay}));
}

}  // namespace
}  // namespace aplomb::cli
