// Logs: every byte of a line may be the attacker's, and a packed log may be made to harm who unpacks it.
#include <array>
#include <cstring>

#include "fuzz/targets.h"
#include "trace/endpoints.h"
#include "trace/line_reader.h"
#include "trace/log_files.h"
#include "trace/log_line.h"
#include "trace/suspects.h"

namespace aplomb::fuzz {
namespace {

const trace::SuspectIndex& index() {
  static const std::vector<trace::Suspect> suspects = {{"uploads/x.php", {}, {}, {}},
                                                       {"public/a b.php", {}, {}, {}}};
  static const trace::SuspectIndex made(suspects, {});
  return made;
}

// What a parser hands out lies within the line.
void check_within(std::string_view part, std::string_view line) {
  if (part.empty()) return;
  APLOMB_CHECK(part.data() >= line.data() && part.data() + part.size() <= line.data() + line.size());
}

void log_line(ByteView bytes) {
  trace::LineParser parser(Time{1'795'000'000 * kSecond});
  std::string_view text = as_text(bytes);
  (void)trace::logs_in_configuration(text);
  (void)trace::parse_rotated(text);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const trace::Line parsed = parser.parse(line);
    for (std::string_view part : {parsed.address, parsed.account, parsed.host, parsed.method, parsed.target,
                                  parsed.referer, parsed.agent, parsed.text})
      check_within(part, line);
    APLOMB_CHECK(parsed.kind == trace::LineKind::none || parsed.time.ns != 0 ||
                 parsed.kind == trace::LineKind::other);
    (void)trace::endpoint_of(parsed.target, parsed.referer);
    (void)trace::is_dump(parsed.target);
    (void)index().find(parsed.target);
    (void)index().find_in_text(parsed.text);
  }
}

void log_file(ByteView bytes) {
  const trace::ReadAt source = [bytes](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
    if (offset >= bytes.size()) return size_t{0};
    const size_t count = std::min(out.size(), bytes.size() - static_cast<size_t>(offset));
    std::memcpy(out.data(), bytes.data() + offset, count);
    return count;
  };
  trace::ReadLog told;
  uint64_t last = 0;
  (void)trace::read_lines(
      source, [] { return std::make_unique<trace::Inflater>(); },
      [&](uint64_t number, std::string_view line) {
        APLOMB_CHECK(number == last + 1 && line.size() <= trace::kLineMax);
        last = number;
        return number < 10'000;
      },
      told);
}

constexpr std::array kTargets = {Target{"log_line", log_line}, Target{"log_file", log_file}};

}  // namespace

std::span<const Target> trace_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
