#include "recover/drill_record.h"

#include <gtest/gtest.h>

#include "fs/memory_fs.h"

namespace aplomb::recover {

TEST(DrillRecord, ComesBackAsItWasWritten) {
  DrillRecord record{{1'764'000'000'000'000'000},
                     true,
                     "ab12",
                     12.5,
                     86'400,
                     30'000,
                     1'300'000'000,
                     20,
                     1,
                     "a page differs"};
  auto back = parse_record(write_record(record));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, record);
  auto empty = parse_record(write_record(DrillRecord()));
  ASSERT_TRUE(empty);
  EXPECT_EQ(*empty, DrillRecord());
}

TEST(DrillRecord, IsRefusedWhereverItWasCut) {
  const std::string text = write_record(DrillRecord());
  for (size_t size = 0; size + 2 < text.size(); ++size)
    EXPECT_FALSE(parse_record(std::string_view(text).substr(0, size))) << size;
}

TEST(DrillRecord, OneThatIsDamagedIsNone) {
  fs::MemoryFs fs;
  auto state = *fs.make_dirs("/state", 0700);
  EXPECT_FALSE(load_record(fs, "/state"));
  EXPECT_FALSE(load_record(fs, "/elsewhere"));
  DrillRecord record;
  record.rto_seconds = 3;
  ASSERT_TRUE(save_record(*state, record));
  ASSERT_TRUE(load_record(fs, "/state"));
  EXPECT_EQ(load_record(fs, "/state")->rto_seconds, 3);
  ASSERT_TRUE(fs::write_file_durably(*state, "last-drill", as_bytes("{}")));
  EXPECT_FALSE(load_record(fs, "/state"));
}

}  // namespace aplomb::recover
