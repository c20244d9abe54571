#include "cli/terminal.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "base/messages.h"

namespace aplomb::cli {
namespace {

constexpr size_t kLineMax = 4096;

void show(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

// Byte by byte and unbuffered: a passphrase must not stay behind in the buffer of a stream.
Result<crypto::Secret> read_line() {
  crypto::Secret line(kLineMax);
  size_t length = 0;
  for (char c = 0; c != '\n';) {
    ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      if (length > 0) break;
      return fail(Code::usage, tr("the input ended before there was an answer"));
    }
    if (c == '\n') break;
    if (length == kLineMax) return fail(Code::usage, tr("the line is too long"));
    line.writable()[length++] = static_cast<uint8_t>(c);
  }
  return crypto::Secret(line.view().first(length));
}

// The terminal without echo, as long as it lives.
class Quiet {
 public:
  Quiet() : known_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!known_) return;
    termios quiet = before_;
    quiet.c_lflag &= static_cast<tcflag_t>(~ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Quiet() {
    if (known_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  termios before_{};
  bool known_;
};

}  // namespace

Result<std::string> ask(App& app, std::string_view question, std::string_view fallback) {
  app.progress().done();
  show(fallback.empty() ? fmt::format("{} ", question) : fmt::format("{} [{}] ", question, fallback));
  std::string line(as_text(TRY(read_line()).view()));
  return line.empty() ? std::string(fallback) : line;
}

bool confirm(App& app, std::string_view question) {
  auto answer = ask(app, fmt::format("{} {}", question, tr("[y/N]")));
  return answer && (*answer == "y" || *answer == "Y" || *answer == "yes" || *answer == "o" ||
                    *answer == "O" || *answer == "oui");
}

Result<crypto::Secret> ask_hidden(std::string_view question) {
  show(fmt::format("{} ", question));
  Quiet quiet;
  auto line = read_line();
  show("\n");
  return line;
}

}  // namespace aplomb::cli
