#include "scan/user_rules.h"

#include <algorithm>

#include "base/messages.h"
#include "proc/frame.h"
#include "scan/scanner.h"
#include "scan/yara_match.h"

namespace aplomb::scan {
namespace {

constexpr size_t kAnswerMax = 1u << 20;
constexpr size_t kRequestMax = Scanner::kWholeMax + UserRules::kTextMax + (1u << 20);
constexpr uint64_t kFilesMax = 10'000, kNameMax = 4096, kFindingsMax = 1000;
constexpr int kMatchSeconds = 10;

// A child is sent the rules once; a new one says that it has none.
enum class Answer : uint8_t { findings = 1, rules_wanted = 2, mistake = 3 };

Bytes encode_files(const std::vector<RuleFile>& files) {
  ByteWriter writer;
  writer.varint(files.size());
  for (const RuleFile& file : files) {
    writer.text(file.name);
    writer.text(file.text);
  }
  return writer.take();
}

Result<std::vector<RuleFile>> decode_files(ByteView bytes) {
  ByteReader reader(bytes);
  uint64_t count = TRY(reader.varint());
  if (count > kFilesMax) return fail(Code::limit, "files");
  std::vector<RuleFile> files;
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = TRY(reader.text(kNameMax));
    files.push_back({std::move(name), TRY(reader.text(UserRules::kTextMax))});
  }
  TRY(reader.finish());
  return files;
}

Bytes say(Answer kind) {
  return {static_cast<uint8_t>(kind)};
}

Bytes say_mistake(const Error& error) {
  ByteWriter writer;
  writer.u8(static_cast<uint8_t>(Answer::mistake));
  writer.u8(error.code == Code::config ? 1 : 0);
  writer.text(error.what.substr(0, kNameMax));
  writer.text(error.where.substr(0, kNameMax));
  return writer.take();
}

// The rules of this process, once it got them.
Result<Bytes> answer(ByteView request, std::optional<YaraRules>& rules) {
  ByteReader reader(request);
  ByteView text = TRY(reader.sized(kRequestMax));
  ByteView content = TRY(reader.sized(Scanner::kWholeMax));
  if (!text.empty()) {
    auto compiled = YaraRules::compile(TRY(decode_files(text)));
    if (!compiled) return say_mistake(compiled.error());
    rules = std::move(*compiled);
  }
  if (!rules) return say(Answer::rules_wanted);
  auto findings = rules->match(content, kMatchSeconds);
  if (!findings) return say_mistake(findings.error());
  ByteWriter writer;
  writer.u8(static_cast<uint8_t>(Answer::findings));
  writer.varint(findings->size());
  for (const Finding& finding : *findings) encode(writer, finding);
  return writer.take();
}

int worker_main(int in_fd, int out_fd) {
  std::optional<YaraRules> rules;
  return proc::serve_frames(in_fd, out_fd, kRequestMax,
                            [&rules](ByteView request) { return answer(request, rules).value_or(Bytes{}); });
}

const proc::WorkerRegistration kRegistration("yara", worker_main);

Result<std::vector<Finding>> decode_answer(ByteView bytes) {
  ByteReader reader(bytes);
  auto kind = static_cast<Answer>(TRY(reader.u8()));
  if (kind == Answer::mistake) {
    Code code = TRY(reader.u8()) == 1 ? Code::config : Code::limit;
    std::string what = TRY(reader.text(kNameMax));
    return fail(make_error(code, std::move(what)).at(TRY(reader.text(kNameMax))));
  }
  if (kind != Answer::findings) return fail(Code::corrupt, tr("unknown request"));
  uint64_t count = TRY(reader.varint());
  if (count > kFindingsMax) return fail(Code::corrupt, tr("a report has too many findings"));
  std::vector<Finding> findings;
  for (uint64_t i = 0; i < count; ++i) findings.push_back(TRY(decode_finding(reader)));
  TRY(reader.finish());
  return findings;
}

Finding stopped(const std::string& why) {
  return {Level::opaque,
          "user-rules-stopped",
          {tr_later("your rules could not be matched with it: {}"), {why}},
          0};
}

}  // namespace

UserRules::UserRules(const std::vector<RuleFile>& files, const Options& options)
    : rules_(encode_files(files)),
      timeout_ms_(options.timeout_ms),
      children_("yara", proc::WorkerLimits{.memory_bytes = 768ULL << 20, .cpu_seconds = 0},
                options.children) {}

Result<Bytes> UserRules::ask(ByteView content) {
  auto request = [&content](ByteView rules) {
    ByteWriter writer;
    writer.reserve(rules.size() + content.size() + 32);
    writer.sized(rules);
    writer.sized(content);
    return writer.take();
  };
  Bytes response = TRY(children_.call(request({}), timeout_ms_, kAnswerMax));
  if (response != say(Answer::rules_wanted)) return response;
  return children_.call(request(rules_), timeout_ms_, kAnswerMax);
}

Status UserRules::check() {
  if (rules_.size() > kTextMax) return fail(Code::limit, tr("your rules are too large"));
  auto findings = decode_answer(TRY(ask({})));
  if (!findings) return fail(std::move(findings).error());
  return {};
}

Result<std::vector<Finding>> UserRules::match(ByteView content) {
  auto response = ask(content.first(std::min(content.size(), Scanner::kWholeMax)));
  auto findings =
      response ? decode_answer(*response) : Result<std::vector<Finding>>(fail(std::move(response).error()));
  if (findings || findings.error().code == Code::unsupported || findings.error().code == Code::config)
    return findings;
  return std::vector<Finding>{stopped(findings.error().what)};
}

}  // namespace aplomb::scan
