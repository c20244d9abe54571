#include "base/messages.h"

#include <gtest/gtest.h>

namespace aplomb {

TEST(Messages, EnglishIsTheSourceText) {
  set_language(Language::english);
  EXPECT_EQ(tr("the data end too early, at byte {}", 3), "the data end too early, at byte 3");
  EXPECT_EQ(tr_n("{} file", "{} files", 1), "1 file");
  EXPECT_EQ(tr_n("{} file", "{} files", 2), "2 files");
}

}  // namespace aplomb
