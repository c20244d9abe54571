#include "cli/passphrase.h"

#include <cstdlib>

#include "base/messages.h"
#include "cli/terminal.h"

namespace aplomb::cli {
namespace {

constexpr int kTries = 3;
constexpr uint64_t kFileMax = 4096;

const char* from_environment() {
  const char* value = std::getenv("APLOMB_PASSPHRASE");
  return value && *value ? value : nullptr;
}

Result<crypto::Secret> from_file(App& app, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = app.fs().open_dir(folder.empty() ? "/" : folder);
  auto bytes = dir ? fs::read_file(**dir, name, kFileMax) : Result<Bytes>(fail(std::move(dir).error()));
  if (!bytes) {
    Error error = make_error(Code::key, tr("the passphrase file cannot be read: {}", bytes.error().what));
    return fail(std::move(error).at(path).then(tr("check the path after --passphrase-file")));
  }
  crypto::Secret whole(std::move(*bytes));
  size_t end = as_text(whole.view()).find_first_of("\r\n");
  return crypto::Secret(whole.view().first(std::min(end, whole.size())));
}

}  // namespace

bool Passphrases::from_terminal() const {
  const Options& options = app_.options();
  return options.passphrase_file.empty() && !options.passphrase && !from_environment();
}

Result<crypto::Secret> Passphrases::read(const std::string& question) {
  const Options& options = app_.options();
  if (options.passphrase) return crypto::Secret(as_bytes(*options.passphrase));
  if (!options.passphrase_file.empty()) return from_file(app_, options.passphrase_file);
  if (const char* value = from_environment()) return crypto::Secret(as_bytes(value));
  if (options.interactive) return ask_hidden(question);
  return fail(make_error(Code::key, tr("a passphrase is needed, and nobody is there to type it"))
                  .then(tr("name a file with --passphrase-file, or set APLOMB_PASSPHRASE")));
}

Status Passphrases::unlock(const std::string& what, const Opener& open) {
  if (typed_ && open(as_text(typed_->view()))) return {};
  int tries = from_terminal() && app_.options().interactive ? kTries : 1;
  for (int i = 1;; ++i) {
    crypto::Secret passphrase = TRY(read(tr("Passphrase of {}:", what)));
    Status opened = open(as_text(passphrase.view()));
    if (opened) {
      if (from_terminal()) typed_ = std::move(passphrase);
      return {};
    }
    if (opened.error().code != Code::key || i == tries) return opened;
    app_.out().log(opened.error().what);
  }
}

Result<crypto::Secret> Passphrases::choose(const std::string& what) {
  for (int i = 1;; ++i) {
    crypto::Secret passphrase = TRY(read(tr("New passphrase for {}:", what)));
    if (!from_terminal()) {
      if (passphrase.empty())
        return fail(make_error(Code::key, tr("the passphrase is empty"))
                        .then(tr("choose one that is hard to guess")));
      return passphrase;
    }
    crypto::Secret again = TRY(read(tr("The same once more:")));
    if (!passphrase.empty() && crypto::equal_constant_time(passphrase.view(), again.view())) {
      typed_ = passphrase.clone();
      return passphrase;
    }
    if (i == kTries) return fail(Code::key, tr("no passphrase was chosen"));
    app_.out().log(passphrase.empty() ? tr("It must not be empty.") : tr("The two are not the same."));
  }
}

}  // namespace aplomb::cli
