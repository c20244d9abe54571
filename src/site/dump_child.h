// Dumps of a server, read, repaired and compared in the confined child: see sql_dump.h for what happens
// there. The calls for single databases of any kind are database_rows.h and database_repair.h.
#pragma once

#include <string>

#include "base/bytes.h"
#include "site/database_model.h"
#include "site/database_repair.h"

namespace aplomb::site {

Result<Database> read_dump(ByteView dump, int64_t timeout_ms);
// The same bytes when the repair made no difference.
Result<Bytes> repair_dump(ByteView dump, const Repair& repair, int64_t timeout_ms);
// Statements for the client that make the state of the dump `to` out of that of `from`.
Result<Bytes> dump_changes(ByteView from, ByteView to, const std::string& delimiter, int64_t timeout_ms);

}  // namespace aplomb::site
