#include "scan/elf.h"

#include <array>

#include "base/messages.h"
#include "scan/sample.h"

namespace aplomb::scan {
namespace {

constexpr size_t kPackerMarkReach = 4096;
constexpr uint16_t kPackedEntropy = 7600;  // machine code lies around 6000, compressed code near 8000

// e_shnum of a little-endian ELF header (elf(5)); nullopt when there is none to read.
std::optional<uint16_t> section_count(ByteView content) {
  if (content.size() < 64) return std::nullopt;
  size_t at = content[4] == 2 ? 60 : 48;
  return static_cast<uint16_t>(content[at] | content[at + 1] << 8);
}

bool is_packed(ByteView content) {
  std::string_view head = as_text(content.first(std::min(content.size(), kPackerMarkReach)));
  if (head.find("UPX!") != std::string_view::npos) return true;
  Samples samples = take_samples(content);
  return section_count(content) == 0 && content.size() > 3 * kSampleSize &&
         entropy_milli(samples.parts[1]) > kPackedEntropy;
}

}  // namespace

void analyse_elf(ByteView content, ReportBuilder& report) {
  if (is_packed(content))
    report.add(Level::suspicious, "elf-packed", tr_later("a packed program: what it does cannot be seen"), {},
               0);
  constexpr std::array<std::string_view, 6> words{"stratum+tcp://", "stratum+ssl://", "donate-level",
                                                  "cryptonight",    "randomx",        "xmrig"};
  std::string_view text = as_text(content);
  size_t seen = 0;
  for (std::string_view word : words) seen += text.find(word) != std::string_view::npos ? 1 : 0;
  if (seen >= 2)
    report.add(Level::malicious, "elf-miner", tr_later("a program that mines cryptocurrency for a pool"), {},
               0);
}

}  // namespace aplomb::scan
