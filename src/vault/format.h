// The numbers of the vault's format 1, in the words of docs/format/vault.md. format_test.cc compares the two.
#pragma once

#include <cstdint>

namespace aplomb::vault {

constexpr uint8_t kFormat = 1;

constexpr char kHeaderMagic[] = "APLMVLT1";
constexpr char kPackMagic[] = "APLMPAK1";
constexpr char kLogMagic[] = "APLMLOG1";
constexpr char kIndexMagic[] = "APLMIDX1";
constexpr char kWriterKeyMagic[] = "APLMWKY1";
constexpr char kKeeperKeyMagic[] = "APLMKKY1";
constexpr uint64_t kMagicSize = 8;

constexpr uint64_t kFooterSize = 52;                 // offset 8, length 4, SHA-256 32, magic 8
constexpr uint32_t kFrameTarget = 512 * 1024;        // raw bytes after which a frame is closed
constexpr uint32_t kFrameMax = 2 * 1024 * 1024;      // raw bytes a frame may hold, for decoders
constexpr uint64_t kPackTarget = 16 * 1024 * 1024;   // stored bytes after which a pack is closed
constexpr uint64_t kPackMax = 64 * 1024 * 1024;      // stored bytes a pack may hold, for decoders
constexpr uint32_t kChunkMax = 1024 * 1024;          // raw bytes of one chunk
constexpr uint32_t kTableTarget = 4 * 1024 * 1024;   // bytes of the table after which a pack is closed too
constexpr uint64_t kTableChunk = 36;                 // bytes of a chunk in a table: id 32, length 4
constexpr uint32_t kTableMax = 16 * 1024 * 1024;     // bytes of one pack table
constexpr uint64_t kSegmentMask = 1023;              // a reference segment ends at an id whose low bits are 0
constexpr uint64_t kSegmentMax = 8192;               // … or after this many ids
constexpr uint64_t kLogEntryMax = 64 * 1024 * 1024;  // bytes of one commit or record
constexpr uint64_t kTreeMax = 1024ull * 1024 * 1024;  // bytes of one encoded tree
constexpr uint64_t kXattrsMax = 256;                  // extended attributes of one node
constexpr uint64_t kExtentsMax = 1024 * 1024;         // pieces of one sparse file
constexpr uint64_t kHashHolesMax = 4ull << 30;        // zeros that count in the hash of a sparse file
constexpr unsigned kDepthMax = 512;                   // nested folders, for decoders

// Retention, in days: docs/format/vault.md says what each is for.
constexpr int64_t kKeepAllDays = 2;
constexpr int64_t kKeepHourlyDays = 7;
constexpr int64_t kKeepDailyDays = 90;
constexpr int64_t kKeepWeeklyDays = 730;
constexpr int64_t kKeepMonthlyDays = 3653;  // ten years; and one a year for ever
constexpr int64_t kKeepFloorDays = 30;  // days with a snapshot: the last ones of a domain, whatever their age
constexpr int64_t kGraceDays = 7;       // between what is marked and its end; longer than any backup takes

constexpr uint8_t kFrameZstd = 1;   // compressed before it was sealed
constexpr uint8_t kFramePlain = 2;  // a frame of reference segments: not sealed, ids are plain SHA-256

constexpr char kInfoSession[] = "aplomb session 1";
constexpr char kInfoPack[] = "aplomb pack 1";
constexpr char kInfoFrame[] = "aplomb frame 1";
constexpr char kInfoCommit[] = "aplomb commit 1";
constexpr char kInfoRecord[] = "aplomb record 1";
constexpr char kInfoLog[] = "aplomb log 1";
constexpr char kInfoGear[] = "aplomb gear 1";

}  // namespace aplomb::vault
