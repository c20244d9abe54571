#include "cli/output.h"

#include <fmt/format.h>
#include <cerrno>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace aplomb::cli {
namespace {

Sink stream_sink(FILE* stream) {
  return [stream](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
  };
}

size_t code_points(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Output Output::standard(Form form) {
  return Output(stream_sink(stdout), stream_sink(stderr), form);
}

void Output::say(std::string_view text) {
  if (!json()) out_(fmt::format("{}\n", text));
}

void Output::advise(std::string_view text) {
  if (!json()) log(text);
}

void Output::document(const nlohmann::json& document) {
  if (json()) out_(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void Output::error(const Error& error) {
  json() ? document(error_document(error)) : err_(error_text(error));
}

void Output::log(std::string_view text) {
  err_(fmt::format("{}\n", text));
}

void OutputLog::warn(std::string_view line) {
  output_.log(fmt::format("aplomb: {}", line));
}

// What to do next, also where the one who failed did not know: the system's own reasons have usual answers.
std::string next_step(const Error& error) {
  if (!error.next.empty()) return error.next;
  switch (error.sys_errno) {
    case ENOSPC:
    case EDQUOT:
      return tr("make room on this disk, then run it again");
    case EACCES:
    case EPERM:
    case EROFS:
      return tr("give this user access to it, or run aplomb as a user who has it");
    case EIO:
      return tr("check this disk, then run it again");
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return tr("end other programs, then run it again");
    default:
      return "";
  }
}

nlohmann::json error_document(const Error& error) {
  return {{"error",
           {{"code", name(error.code)},
            {"what", printable(error.what)},
            {"where", printable(error.where)},
            {"next", printable(next_step(error))}}}};
}

std::string error_text(const Error& error) {
  std::string text = fmt::format("aplomb: {}\n", printable(error.what));
  if (!error.where.empty()) text += tr("  where: {}", printable(error.where)) + "\n";
  if (std::string next = next_step(error); !next.empty()) text += tr("  next: {}", printable(next)) + "\n";
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], code_points(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - code_points(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

std::string human_age(Time then, Time now) {
  int64_t age = now.ns - then.ns;
  auto count = [age](int64_t unit) { return static_cast<unsigned long>(age / unit); };
  if (age < 0) return to_local(then);
  if (age < 2 * kMinute) return tr("just now");
  if (age < 2 * kHour) return tr_n("{} minute ago", "{} minutes ago", count(kMinute));
  if (age < 2 * kDay) return tr_n("{} hour ago", "{} hours ago", count(kHour));
  return tr_n("{} day ago", "{} days ago", count(kDay));
}

}  // namespace aplomb::cli
