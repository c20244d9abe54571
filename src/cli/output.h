// What a command says. Without --json: sentences and tables on standard output, advice and errors on standard
// error. With --json: exactly one JSON document on standard output, an error being one too, and nothing else
// there. The sinks are passed in, so that the demonstration runs commands in its own process and reads their
// output.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/human_size.h"
#include "base/log.h"
#include "base/result.h"

namespace aplomb::cli {

using Sink = std::function<void(std::string_view)>;

class Output {
 public:
  enum class Form { text, json };
  Output(Sink out, Sink err, Form form) : out_(std::move(out)), err_(std::move(err)), form_(form) {}
  static Output standard(Form form);  // the streams of the process

  bool json() const { return form_ == Form::json; }
  // One line, or several, of the result for people. Nothing with --json.
  void say(std::string_view text);
  // Advice beside the result, on standard error. Nothing with --json.
  void advise(std::string_view text);
  // The result for programs. Nothing without --json. Bytes that are not UTF-8 become U+FFFD.
  void document(const nlohmann::json& document);
  void error(const Error& error);
  // A line for standard error, whatever the form: what went on, and is no part of the result.
  void log(std::string_view text);

 private:
  Sink out_, err_;
  Form form_;
};

// Warnings go to the output's standard error as "aplomb: …".
class OutputLog final : public Log {
 public:
  explicit OutputLog(Output& output) : output_(output) {}
  void info(std::string_view) override {}
  void warn(std::string_view line) override;

 private:
  Output& output_;
};

std::string next_step(const Error& error);
nlohmann::json error_document(const Error& error);
// "aplomb: what\n  where: …\n  next: …\n"
std::string error_text(const Error& error);

// Rows of cells as aligned columns, two blanks between; widths count code points. No trailing blanks.
std::string table(const std::vector<std::vector<std::string>>& rows);
// "3 hours ago"; the date itself when it is in the future.
std::string human_age(Time then, Time now);

}  // namespace aplomb::cli
