#include "scan/scanner.h"

#include "base/messages.h"
#include "proc/frame.h"
#include "scan/analyse.h"
#include "scan/clamd.h"
#include "scan/rows.h"
#include "scan/user_rules.h"

namespace aplomb::scan {
namespace {

constexpr size_t kReportMax = 4u << 20;
constexpr uint64_t kPathMax = 4096, kValuesMax = 4096;
// Values travel together, because a round trip costs as much as a short value's analysis; a batch that fails
// is done again one by one, so that only the hostile value is lost.
constexpr size_t kBatchBytes = 1u << 20, kBatchValues = 512;

enum class Request : uint8_t { file = 1, values = 2, files = 3 };

struct FileRequest {
  std::string path;
  uint32_t mode = 0;
  Part part = Part::whole;
  Handlers handlers;
  ByteView content;
};

Result<FileRequest> decode_file_request(ByteReader& reader) {
  FileRequest request;
  request.path = TRY(reader.text(kPathMax));
  request.mode = TRY(reader.u32());
  request.part = TRY(reader.u8()) == 0 ? Part::whole : Part::head_and_tail;
  request.handlers = TRY(decode_handlers(reader));
  request.content = TRY(reader.sized(Scanner::kWholeMax));
  return request;
}

void answer_file(const FileRequest& request, ByteWriter& writer) {
  FileReport report = analyse_file(request.path, request.mode, request.content, request.handlers);
  if (request.part == Part::head_and_tail && report.executable) {
    report.hit_limit = true;
    report.findings.push_back({Level::opaque,
                               "analysis-limit",
                               {tr_later("too large or too deep to be looked at in full"), {}},
                               0});
  }
  encode(writer, report);
}

Result<Bytes> answer_files(ByteReader& reader, uint64_t count) {
  ByteWriter writer;
  for (uint64_t i = 0; i < count; ++i) {
    FileRequest request = TRY(decode_file_request(reader));
    answer_file(request, writer);
  }
  return writer.take();
}

void encode_request(ByteWriter& writer, const Scanner::Input& file, Part part) {
  // Of an over-long path, the end names the file.
  writer.text(file.path.substr(file.path.size() - std::min<size_t>(file.path.size(), kPathMax)));
  writer.u32(file.mode);
  writer.u8(part == Part::whole ? 0 : 1);
  encode(writer, *file.handlers);
  writer.sized(file.content);
}

Result<Bytes> answer_values(ByteReader& reader) {
  uint64_t count = TRY(reader.varint());
  ByteWriter writer;
  for (uint64_t i = 0; i < count; ++i) {
    std::vector<Finding> findings = analyse_value(as_text(TRY(reader.sized(Scanner::kWholeMax))));
    writer.varint(findings.size());
    for (const Finding& finding : findings) encode(writer, finding);
  }
  return writer.take();
}

Result<Bytes> answer(ByteView message) {
  ByteReader reader(message);
  switch (static_cast<Request>(TRY(reader.u8()))) {
    case Request::file:
      return answer_files(reader, 1);
    case Request::files:
      return answer_files(reader, TRY(reader.varint()));
    case Request::values:
      return answer_values(reader);
  }
  return fail(Code::corrupt, tr("unknown request"));
}

int worker_main(int in_fd, int out_fd) {
  return proc::serve_frames(in_fd, out_fd, kScanRequestMax, answer_scan_request);
}

const proc::WorkerRegistration kRegistration("scan", worker_main);

// The child's fault, or the file's; anything else is the machine's.
bool is_contained(const Error& error) {
  return error.code == Code::limit || error.code == Code::corrupt;
}

Finding failed_value(const std::string& why) {
  return {Level::opaque,
          "analysis-failed",
          {tr_later("the analysis was stopped, so this is not known to be clean: {}"), {why}},
          0};
}

}  // namespace

Bytes answer_scan_request(ByteView request) {
  return answer(request).value_or(Bytes{});
}

Scanner::Scanner(const Options& options)
    : timeout_ms_(options.timeout_ms),
      children_(options.worker, proc::WorkerLimits{.memory_bytes = 768ULL << 20, .cpu_seconds = 0},
                options.children) {}

Scanner::~Scanner() = default;

void Scanner::also_ask(std::unique_ptr<UserRules> rules, std::unique_ptr<Clamd> clamd) {
  rules_ = std::move(rules);
  clamd_ = std::move(clamd);
}

bool Scanner::clamd_is_gone() const {
  return clamd_ && clamd_->gone();
}

Status Scanner::add_opinions(ByteView content, FileReport& report) {
  if (rules_) {
    std::vector<Finding> findings = TRY(rules_->match(content));
    for (Finding& finding : findings) {
      if (finding.level == Level::opaque) report.hit_limit = true;  // not remembered
      report.findings.push_back(std::move(finding));
    }
  }
  if (!clamd_) return {};
  if (auto finding = clamd_->ask(content)) report.findings.push_back(std::move(*finding));
  return {};
}

Result<Bytes> Scanner::call(ByteView request) {
  return children_.call(request, timeout_ms_, kReportMax);
}

Result<FileReport> Scanner::analyse(std::string_view path, uint32_t mode, ByteView content,
                                    const Handlers& handlers, Part part) {
  FileReport report = TRY(look({path, mode, content, &handlers}, part));
  TRY(add_opinions(content, report));
  return report;
}

Result<FileReport> Scanner::look(const Input& file, Part part) {
  const ByteView content = file.content;
  if (content.size() > kWholeMax)
    return fail(Code::limit, tr("{} bytes are more than can be analysed at once", content.size()));
  ByteWriter writer;
  writer.u8(static_cast<uint8_t>(Request::file));
  encode_request(writer, file, part);
  Result<Bytes> response = call(writer.view());
  Kind kind = classify_name(file.path).kind;
  if (!response) {
    if (!is_contained(response.error())) return fail(std::move(response).error());
    return failed_report(kind, content.size(), response.error().what);
  }
  ByteReader reader(*response);
  Result<FileReport> report = decode_file_report(reader);
  if (!report) return failed_report(kind, content.size(), report.error().what);
  if (Status end = reader.finish(); !end) return failed_report(kind, content.size(), end.error().what);
  return report;
}

Result<std::vector<FileReport>> Scanner::analyse_files(std::span<const Input> files) {
  size_t bytes = 0;
  for (const Input& file : files) bytes += file.content.size() + file.path.size() + 64;
  auto together = [&]() -> Result<std::vector<FileReport>> {
    ByteWriter writer;
    writer.reserve(bytes);
    writer.u8(static_cast<uint8_t>(Request::files));
    writer.varint(files.size());
    for (const Input& file : files) encode_request(writer, file, Part::whole);
    Bytes response = TRY(call(writer.view()));
    ByteReader reader(response);
    std::vector<FileReport> reports;
    for (size_t i = 0; i < files.size(); ++i) reports.push_back(TRY(decode_file_report(reader)));
    TRY(reader.finish());
    return reports;
  };
  if (files.size() > 1 && bytes <= kWholeMax) {
    Result<std::vector<FileReport>> all = together();
    if (all)
      for (size_t i = 0; i < files.size(); ++i) TRY(add_opinions(files[i].content, (*all)[i]));
    if (all || !is_contained(all.error())) return all;
  }
  std::vector<FileReport> reports;
  for (const Input& file : files)
    reports.push_back(TRY(analyse(file.path, file.mode, file.content, *file.handlers)));
  return reports;
}

Result<std::vector<std::vector<Finding>>> Scanner::analyse_values(std::span<const std::string_view> values) {
  std::vector<std::vector<Finding>> out;
  for (size_t at = 0; at < values.size();) {
    size_t end = at, bytes = 0;
    while (end < values.size() && end - at < kBatchValues &&
           (end == at || bytes + values[end].size() <= kBatchBytes))
      bytes += values[end++].size();
    std::vector<std::vector<Finding>> batch = TRY(analyse_batch(values.subspan(at, end - at)));
    std::move(batch.begin(), batch.end(), std::back_inserter(out));
    at = end;
  }
  return out;
}

Result<std::vector<std::vector<Finding>>> Scanner::analyse_batch(std::span<const std::string_view> values) {
  ByteWriter writer;
  writer.u8(static_cast<uint8_t>(Request::values));
  writer.varint(values.size());
  for (std::string_view value : values) writer.text(value.substr(0, kWholeMax));
  Result<Bytes> response = call(writer.view());
  auto decode = [&]() -> Result<std::vector<std::vector<Finding>>> {
    if (!response) return fail(std::move(response).error());
    ByteReader reader(*response);
    std::vector<std::vector<Finding>> out(values.size());
    for (std::vector<Finding>& findings : out) {
      uint64_t count = TRY(reader.varint());
      if (count > kValuesMax) return fail(Code::corrupt, tr("a report has too many findings"));
      for (uint64_t i = 0; i < count; ++i) findings.push_back(TRY(decode_finding(reader)));
    }
    TRY(reader.finish());
    return out;
  };
  Result<std::vector<std::vector<Finding>>> decoded = decode();
  if (decoded || !is_contained(decoded.error())) return decoded;
  if (values.size() == 1) return std::vector<std::vector<Finding>>{{failed_value(decoded.error().what)}};
  std::vector<std::vector<Finding>> out;
  for (size_t i = 0; i < values.size(); ++i)
    out.push_back(std::move(TRY(analyse_batch(values.subspan(i, 1))).front()));
  return out;
}

}  // namespace aplomb::scan
