// Small questions about files that several commands ask.
#pragma once

#include <string>

#include "crypto/crypto.h"
#include "fs/fs.h"

namespace aplomb::cli {

// Is there anything of this absolute path? A link counts, wherever it leads.
bool exists(fs::Fs& fs, const std::string& path);

// SHA-256 of a file's content, read in steps.
Result<Sha256> hash_file(fs::Dir& dir, const std::string& name);

}  // namespace aplomb::cli
