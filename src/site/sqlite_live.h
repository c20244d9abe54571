// Opening a website's SQLite file with distrust, and SQLite's result codes in our words. For sqlite_copy.cc
// and sqlite_freeze.cc.
#pragma once

#include <sqlite3.h>

#include <string>

#include "base/result.h"
#include "site/sqlite_image.h"

namespace aplomb::site {

enum class LiveUse { read, write };

// The file must exist and be regular; no component of the path may be a link.
Result<SqliteHandle> open_live(const std::string& path, LiveUse use, int64_t timeout_ms);
Error live_error(int sqlite_code, const std::string& path);

}  // namespace aplomb::site
