// The numbers of the keeper's protocol 0, in the words of docs/format/keeper-protocol.md. message_test.cc
// compares the two.
#pragma once

#include <cstdint>

#include "vault/format.h"

namespace aplomb::keeper {

constexpr uint8_t kProtocol = 0;

constexpr uint32_t kMessageHeader = 9;                                            // length 4, verb 1, call 4
constexpr uint32_t kMessageMax = static_cast<uint32_t>(vault::kPackMax) + 65536;  // bytes of any body
constexpr uint32_t kSmallMax = 4096;              // bytes of a body without ids, frames or contents
constexpr uint32_t kIdsMax = 16384;               // ids in one `has`
constexpr uint32_t kFramesMax = 4 * 1024 * 1024;  // bytes in one `frames`
constexpr uint32_t kCommitMax = 4 * 1024 * 1024;  // bytes of a commit
constexpr uint32_t kKnownMax = 4 * 1024 * 1024;   // ids in the answer to `known`: 32 MiB
constexpr uint32_t kOpenPacksMax = 4;             // packs that one session has open
constexpr uint32_t kNeighboursMax = 4096;         // chunks in the answer to `locate`

constexpr char kInfoHello[] = "aplomb hello 1";
constexpr char kInfoDomain[] = "aplomb domain 1";
constexpr char kInfoSshReader[] = "aplomb sshreader 1";
constexpr char kInfoSshOwner[] = "aplomb sshowner 1";

enum class Role : uint8_t { writer = 1, reader = 2, owner = 3 };

enum class Verb : uint8_t {
  hello = 1,
  domain = 10,
  known = 11,
  has = 12,
  pack = 13,
  frames = 14,
  table = 15,
  drop = 16,
  commit = 17,
  log = 20,
  entries = 21,
  packs = 22,
  range = 23,
  locate = 24,
  doubtful = 25,
  doubt = 26,
  trust = 27,
  create = 30,
  record = 31,
  room = 32,
  answer = 128,
  refusal = 129,
};

}  // namespace aplomb::keeper
