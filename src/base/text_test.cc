#include "base/text.h"

#include <gtest/gtest.h>

namespace aplomb {
namespace {

TEST(Text, DistanceCountsLettersPutInTakenOutAndChanged) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("plage", "plage"), 0u);
  EXPECT_EQ(edit_distance("plage", "plge"), 1u);
  EXPECT_EQ(edit_distance("plage", "plagie"), 1u);
  EXPECT_EQ(edit_distance("plage", "place"), 1u);
  EXPECT_EQ(edit_distance("", "plage"), 5u);
  EXPECT_EQ(edit_distance("status", "sattus"), 2u);
}

TEST(Text, EscapesWhatHasAMeaningInHtml) {
  EXPECT_EQ(escape_html("<a href=\"x\" b='y'>&é"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;é");
}

}  // namespace
}  // namespace aplomb
