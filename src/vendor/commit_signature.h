// Who signed a commit, by the keys that its owner pinned: a file of allowed signers as ssh-keygen reads it
// (ssh-keygen(1), "ALLOWED SIGNERS"), or public keys of OpenPGP, armoured or not. ssh-keygen and gpgv do it;
// git is not asked, because a repository's settings could make it ask somebody else.
#pragma once

#include <string>

#include "base/bytes.h"
#include "vendor/git_object.h"

namespace aplomb::vendor {

// The signer, as the file calls him. Code::refused when none of its keys signed; Code::unsupported when the
// program that could tell is missing.
Result<std::string> signer_of(const GitCommit& commit, ByteView signers);

// The bytes in an OpenPGP armour, as gpgv wants its keys; unarmoured ones as they are.
Result<Bytes> without_armour(ByteView keys);

}  // namespace aplomb::vendor
