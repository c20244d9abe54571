// Reading a database as values: the pages of SQLite, or the dump of a server. The bytes may be an attacker's:
// they are opened only inside a confined child process, one for each image, which sends the model back. What
// crashes, loops or eats memory there is an error of this call and nothing else.
#pragma once

#include "base/bytes.h"
#include "site/database_model.h"
#include "site/database_spec.h"
#include "site/worker_answer.h"

namespace aplomb::site {

struct ReadOptions {
  uint64_t image_bytes_max = 200ULL << 20;
  int64_t timeout_ms = 120'000;
  DatabaseKind kind = DatabaseKind::sqlite;
};

// Code::corrupt names the table that cannot be read; Code::limit says that the database is too large or took
// too long; Code::unsupported that this system cannot confine the child.
Result<Database> read_database(ByteView image, const ReadOptions& options = {});

// What runs in the child: bytes of a database to an encoded model. Pure; for the worker, tests and fuzzing.
Outcome<Bytes> read_database_image(ByteView image, const ModelLimits& limits = {});

}  // namespace aplomb::site
