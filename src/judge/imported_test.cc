#include "judge/imported.h"

#include <gtest/gtest.h>

namespace aplomb::judge {
namespace {

TEST(Imported, ABodySaysWhatWasWritten) {
  const ImportedBackup imported{*parse_iso("2026-11-01T03:00:00Z"), "/root/back\nup.tar.gz", "marie"};
  auto read = read_imported(as_bytes(write_imported(imported)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at, imported.at);
  EXPECT_EQ(read->source, imported.source);
  EXPECT_EQ(read->who, imported.who);
}

TEST(Imported, AnOrdinaryHoldDatesNothing) {
  for (const char* body : {"", "marie", "evidence", "import", "import 2026-11-01T03:00:00Z",
                           "import yesterday\na\nb", "import 2026-11-01T03:00:00Z\nmarie"})
    EXPECT_FALSE(read_imported(as_bytes(body))) << body;
}

TEST(Imported, TimesAreThoseOfHoldsAlone) {
  vault::OpenRecord record;
  record.snapshots = {vault::SnapshotId()};
  const std::string body = write_imported({*parse_iso("2026-11-01T03:00:00Z"), "a", "b"});
  record.body.assign(body.begin(), body.end());
  record.kind = vault::RecordKind::approval;
  EXPECT_TRUE(imported_times({record}).empty());
  record.kind = vault::RecordKind::hold;
  EXPECT_EQ(imported_times({record}).size(), 1u);
}

}  // namespace
}  // namespace aplomb::judge
