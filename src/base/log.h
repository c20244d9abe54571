// What the program did, for the person who reads it afterwards. Not the program's result: that is returned.
// Never pass a secret, and pass hostile names through printable().
#pragma once

#include <string>
#include <string_view>

namespace aplomb {

class Log {
 public:
  virtual ~Log() = default;
  virtual void info(std::string_view line) = 0;
  virtual void warn(std::string_view line) = 0;
};

class NullLog final : public Log {
 public:
  void info(std::string_view) override {}
  void warn(std::string_view) override {}
};

// Warnings to standard error, as "aplomb: …"; information only when verbose.
class StderrLog final : public Log {
 public:
  enum class Level { warnings, all };
  explicit StderrLog(Level level) : level_(level) {}
  void info(std::string_view line) override;
  void warn(std::string_view line) override;

 private:
  Level level_;
};

// A file name as it can be shown: control characters, and bytes that are not UTF-8, become \xNN. A name must
// not be able to write to the terminal of the person who reads it.
std::string printable(std::string_view name);

}  // namespace aplomb
