// The bytes of one file, out of a snapshot and compared with what is on the disk. Whoever wrote the snapshot
// also wrote the hash of the file; the judge went by that hash, so the bytes must fit it in every case.
#pragma once

#include <functional>

#include "archive/snapshot_view.h"
#include "vault/read_ahead.h"

namespace aplomb::archive {

// A chunk's bytes, checked against its id.
using TakeChunk = std::function<Result<vault::ReadAhead::Piece>(const vault::ChunkRef&)>;

// Does the id of the only chunk prove the hash of the file as well? Code::corrupt when it disproves it.
Result<bool> is_proven(VaultSnapshot& snapshot, const vault::Node& node);
// Writes a regular file's content into `file`, which is empty. Code::corrupt when it does not fit the node.
Status write_content(const TakeChunk& take, const vault::Node& node, bool proven, fs::File& file);

// Mode, owner, attributes and time onto an open file. A lack of privilege is a problem, not an error.
Status apply_to_file(fs::File& file, const vault::Node& node, std::vector<Skipped>& problems);

// Is the file at `name` what the node says? A second name may lie outside the target, and what is done to the
// file would be done there too: such a file is never taken over. Any thread may ask.
enum class Sameness : uint8_t { different, same_bytes, same };  // `same`: attributes, owner and time too
Sameness compare(fs::Dir& dir, const std::string& name, const vault::Node& node);

}  // namespace aplomb::archive
