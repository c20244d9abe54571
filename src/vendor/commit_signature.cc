#include "vendor/commit_signature.h"

#include <algorithm>
#include <ctime>

#include "base/messages.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "proc/command.h"
#include "vendor/gpg_status.h"
#include "vendor/scratch_folder.h"

namespace aplomb::vendor {
namespace {

constexpr int64_t kTimeoutMs = 30'000;
constexpr size_t kSignatureMax = 64 << 10;
constexpr std::string_view kSsh = "-----BEGIN SSH SIGNATURE-----", kPgp = "-----BEGIN PGP SIGNATURE-----",
                           kPgpKeys = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

Result<proc::CommandResult> run(std::vector<std::string> argv, std::string_view input = {}) {
  proc::Command command;
  command.argv = std::move(argv);
  command.timeout_ms = kTimeoutMs;
  if (!input.empty())
    command.input = [input](std::span<uint8_t> out) mutable -> Result<size_t> {
      size_t count = input.copy(reinterpret_cast<char*>(out.data()), out.size());
      input.remove_prefix(count);
      return count;
    };
  auto result = proc::run(command);
  if (!result && result.error().code == Code::not_found)
    return fail(Code::unsupported,
                tr("{} is missing, without which no signature can be checked", command.argv.front()));
  return result;
}

Error nobody() {
  return make_error(Code::refused, tr("none of the pinned keys signed this commit"));
}

std::string time_text(int64_t seconds) {
  std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts)};
}

// As git does it (gpg-interface.c, verify_ssh_signed_buffer): whose key is it, then does it fit; a key whose
// time is over signed when it was not.
Result<std::string> ssh_signer(const GitCommit& commit, ByteView signers) {
  ScratchFolder folder = TRY(ScratchFolder::make());
  std::string allowed = TRY(folder.write("signers", signers));
  std::string signature = TRY(folder.write("signature", as_bytes(commit.signature)));
  std::string when = "-Overify-time=" + time_text(commit.time);
  auto found = TRY(run({"ssh-keygen", "-Y", "find-principals", "-f", allowed, "-s", signature, when}));
  if (!found.ok()) return fail(nobody());
  std::string_view names = found.out;
  while (!names.empty()) {
    size_t end = std::min(names.find('\n'), names.size());
    std::string name(trim(names.substr(0, end)));
    names.remove_prefix(std::min(end + 1, names.size()));
    if (name.empty()) continue;
    auto verified =
        TRY(run({"ssh-keygen", "-Y", "verify", "-n", "git", "-f", allowed, "-I", name, "-s", signature, when},
                commit.payload));
    if (verified.ok()) return name;
  }
  return fail(nobody());
}

Result<std::string> pgp_signer(const GitCommit& commit, ByteView signers) {
  ScratchFolder folder = TRY(ScratchFolder::make());
  std::string keys = TRY(folder.write("keys", TRY(without_armour(signers))));
  std::string signature = TRY(folder.write("signature", as_bytes(commit.signature)));
  std::string payload = TRY(folder.write("payload", as_bytes(commit.payload)));
  auto said = TRY(run({"gpgv", "--status-fd", "1", "--keyring", keys, signature, payload}));
  auto signer = good_signer(said.out);
  if (!signer || !said.ok()) return fail(nobody());
  return *signer;
}

}  // namespace

Result<std::string> signer_of(const GitCommit& commit, ByteView signers) {
  if (commit.signature.empty()) return fail(Code::refused, tr("this commit is not signed"));
  if (commit.signature.size() > kSignatureMax) return fail(nobody());
  if (commit.signature.starts_with(kSsh)) return ssh_signer(commit, signers);
  if (commit.signature.starts_with(kPgp)) return pgp_signer(commit, signers);
  return fail(Code::refused,
              tr("this commit is signed in a way that is not known here: only SSH and OpenPGP keys are"));
}

// RFC 4880, section 6.2: headers, an empty line, base64, and a checksum behind "=".
Result<Bytes> without_armour(ByteView keys) {
  std::string_view text = as_text(keys);
  if (!trim(text).starts_with(kPgpKeys)) return Bytes(keys.begin(), keys.end());
  text.remove_prefix(text.find(kPgpKeys) + kPgpKeys.size());
  std::string digits;
  bool body = false;
  size_t padding = 0;
  text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  while (!text.empty() && !text.starts_with("-----")) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!body) {
      body = line.empty();
    } else if (!line.starts_with('=')) {
      digits += line;
    }
  }
  for (; padding < 2 && digits.ends_with(std::string(padding + 1, '=')); ++padding) {
  }
  std::replace(digits.end() - static_cast<ptrdiff_t>(padding), digits.end(), '=', 'A');
  auto bytes = crypto::from_base64(digits);
  if (!bytes || bytes->size() <= padding)
    return fail(Code::corrupt, tr("the armour of these keys cannot be read"));
  bytes->resize(bytes->size() - padding);
  return std::move(*bytes);
}

}  // namespace aplomb::vendor
