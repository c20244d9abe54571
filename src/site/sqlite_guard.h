// A VFS for live databases that touches the database, its -journal, -wal and -shm, and nothing else. A
// rollback journal names a super-journal that SQLite deletes when it plays the journal back; whoever can
// plant a journal beside a database would so delete any file with the rights of this process. Here such a
// name is an error, before anything is played back. https://www.sqlite.org/fileformat2.html section 3 has the
// journal's layout.
#pragma once

namespace aplomb::site {

// The name to open with (sqlite3_open_v2); registered on first use. Thread-safe.
const char* guarded_vfs();

}  // namespace aplomb::site
