// The detectors in a pool of confined children: whatever a hostile file does to its analysis costs that one
// file, and turns into a finding that says so. Thread-safe. The parent only decodes reports, with limits.
#pragma once

#include <memory>
#include <span>

#include "proc/child.h"
#include "scan/file_report.h"

namespace aplomb::scan {

// Content over kWholeMax is given as its first and last halves, joined.
enum class Part : uint8_t { whole, head_and_tail };

class UserRules;
class Clamd;

class Scanner {
 public:
  static constexpr size_t kWholeMax = 32u << 20;

  struct Options {
    size_t children = 2;
    int64_t timeout_ms = 20'000;  // a file of 10 MB takes well under two seconds
    std::string worker = "scan";  // tests register one that misbehaves
  };
  Scanner() : Scanner(Options{2, 20'000, "scan"}) {}
  explicit Scanner(const Options& options);
  ~Scanner();
  // Others who are asked about each content as well; null: nobody. Before the first analysis.
  void also_ask(std::unique_ptr<UserRules> rules, std::unique_ptr<Clamd> clamd);
  bool clamd_is_gone() const;  // it answered, and stopped answering

  // Fails only when this system cannot run confined children at all; a child that dies or runs out of time
  // yields a report with an opaque finding "analysis-failed".
  Result<FileReport> analyse(std::string_view path, uint32_t mode, ByteView content, const Handlers& handlers,
                             Part part = Part::whole);

  // The same for several whole files, in their order, in one message: a round trip costs as much as the
  // analysis of a small file. A batch that fails is done again one by one, so that only the hostile file is
  // lost.
  struct Input {
    std::string_view path;
    uint32_t mode = 0;
    ByteView content;
    const Handlers* handlers = nullptr;
  };
  Result<std::vector<FileReport>> analyse_files(std::span<const Input> files);

  // The findings on each of the database values, in their order.
  Result<std::vector<std::vector<Finding>>> analyse_values(std::span<const std::string_view> values);

 private:
  Result<Bytes> call(ByteView request);
  Result<FileReport> look(const Input& file, Part part);
  Status add_opinions(ByteView content, FileReport& report);
  Result<std::vector<std::vector<Finding>>> analyse_batch(std::span<const std::string_view> values);

  int64_t timeout_ms_;
  proc::ChildPool children_;
  std::unique_ptr<UserRules> rules_;
  std::unique_ptr<Clamd> clamd_;
};

// What the child does with one request; pure. Empty when the request cannot be read, which no answer is.
Bytes answer_scan_request(ByteView request);
constexpr size_t kScanRequestMax = Scanner::kWholeMax + (1u << 20);

}  // namespace aplomb::scan
