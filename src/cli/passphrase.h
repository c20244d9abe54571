// Where passphrases come from: --passphrase-file, $APLOMB_PASSPHRASE, or a question on the terminal without
// echo. One source serves both keys. What was typed is kept for the next key of the same run, and asked for
// again when it does not open that one.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/app.h"
#include "crypto/crypto.h"

namespace aplomb::cli {

class Passphrases {
 public:
  explicit Passphrases(App& app) : app_(app) {}

  // Calls `open` with a passphrase until it does not fail with Code::key, three times at most on a terminal.
  // `what` is the key as people call it: "the owner key".
  using Opener = std::function<Status(std::string_view passphrase)>;
  Status unlock(const std::string& what, const Opener& open);
  // A new one, asked for twice on a terminal. Code::key when there is none, or an empty one.
  Result<crypto::Secret> choose(const std::string& what);

 private:
  Result<crypto::Secret> read(const std::string& question);
  bool from_terminal() const;

  App& app_;
  std::optional<crypto::Secret> typed_;
};

}  // namespace aplomb::cli
