#include "scan/file_report.h"

#include "base/messages.h"

namespace aplomb::scan {
namespace {

constexpr uint64_t kFindingsMax = 256, kTextMax = 4096, kArgumentsMax = 16;

// The answers of FileFacts in the order of their bits.
using Flag = bool FileFacts::*;
constexpr std::array<Flag, 8> kFlags{
    &FileFacts::text,         &FileFacts::random,       &FileFacts::holds_php,    &FileFacts::starts_as_php,
    &FileFacts::does_nothing, &FileFacts::holds_script, &FileFacts::ransom_words, &FileFacts::protects};

void encode_facts(ByteWriter& writer, const FileFacts& facts) {
  writer.varint(facts.size);
  for (uint16_t entropy : facts.entropy_milli) writer.u16(entropy);
  writer.u8(static_cast<uint8_t>(facts.format));
  uint8_t flags = 0;
  for (size_t i = 0; i < kFlags.size(); ++i) flags |= static_cast<uint8_t>((facts.*kFlags[i] ? 1 : 0) << i);
  writer.u8(flags);
  writer.u32(facts.name_code);
  encode(writer, facts.words);
}

Result<FileFacts> decode_facts(ByteReader& reader) {
  FileFacts facts;
  facts.size = TRY(reader.varint());
  for (uint16_t& entropy : facts.entropy_milli) entropy = TRY(reader.u16());
  uint8_t format = TRY(reader.u8());
  if (format > static_cast<uint8_t>(kLastFormat))
    return fail(Code::corrupt, tr("a report names an unknown format"));
  facts.format = static_cast<Format>(format);
  uint8_t flags = TRY(reader.u8());
  for (size_t i = 0; i < kFlags.size(); ++i) facts.*kFlags[i] = (flags >> i & 1) != 0;
  facts.name_code = TRY(reader.u32());
  facts.words = TRY(decode_word_print(reader));
  return facts;
}

void encode_reason(ByteWriter& writer, const Reason& reason) {
  writer.text(reason.message);
  writer.varint(reason.arguments.size());
  for (const std::string& argument : reason.arguments)
    writer.text(std::string_view(argument).substr(0, kTextMax));
}

Result<Reason> decode_reason(ByteReader& reader) {
  Reason reason;
  reason.message = TRY(reader.text(kTextMax));
  uint64_t count = TRY(reader.varint());
  if (count > kArgumentsMax) return fail(Code::corrupt, tr("a reason has too many arguments"));
  for (uint64_t i = 0; i < count; ++i) reason.arguments.push_back(TRY(reader.text(kTextMax)));
  return reason;
}

}  // namespace

void encode(ByteWriter& writer, const FileReport& report) {
  writer.u8(static_cast<uint8_t>(report.kind));
  writer.u8(static_cast<uint8_t>((report.executable ? 1 : 0) | (report.fits_type ? 2 : 0) |
                                 (report.hit_limit ? 4 : 0)));
  encode_reason(writer, report.mismatch);
  size_t count = std::min<size_t>(report.findings.size(), kFindingsMax);
  writer.varint(count);
  for (size_t i = 0; i < count; ++i) encode(writer, report.findings[i]);
  encode_facts(writer, report.facts);
  encode(writer, report.handlers);
}

Result<FileReport> decode_file_report(ByteReader& reader) {
  FileReport report;
  uint8_t kind = TRY(reader.u8());
  if (kind > static_cast<uint8_t>(kLastKind))
    return fail(Code::corrupt, tr("a report names an unknown kind of file"));
  report.kind = static_cast<Kind>(kind);
  uint8_t flags = TRY(reader.u8());
  if (flags > 7) return fail(Code::corrupt, tr("a report has unknown flags"));
  report.executable = (flags & 1) != 0;
  report.fits_type = (flags & 2) != 0;
  report.hit_limit = (flags & 4) != 0;
  report.mismatch = TRY(decode_reason(reader));
  uint64_t count = TRY(reader.varint());
  if (count > kFindingsMax) return fail(Code::corrupt, tr("a report has too many findings"));
  for (uint64_t i = 0; i < count; ++i) report.findings.push_back(TRY(decode_finding(reader)));
  report.facts = TRY(decode_facts(reader));
  report.handlers = TRY(decode_handlers(reader));
  return report;
}

FileReport failed_report(Kind kind, uint64_t size, const std::string& why) {
  FileReport report;
  report.kind = kind;
  report.executable = true;  // not known to be inert
  report.hit_limit = true;
  report.facts.size = size;
  report.findings.push_back(
      {Level::opaque,
       "analysis-failed",
       {tr_later("the analysis was stopped, so this is not known to be clean: {}"), {why}},
       0});
  return report;
}

}  // namespace aplomb::scan
