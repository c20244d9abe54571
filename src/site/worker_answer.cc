#include "site/worker_answer.h"

#include "base/messages.h"

namespace aplomb::site {
namespace {
constexpr uint8_t kValue = 0, kFailure = 1;
constexpr size_t kTextMax = 4096, kArgumentsMax = 8;
}  // namespace

Bytes encode_answer(const Outcome<Bytes>& outcome) {
  if (outcome) {
    Bytes answer;
    answer.reserve(outcome->size() + 1);
    answer.push_back(kValue);
    answer.insert(answer.end(), outcome->begin(), outcome->end());
    return answer;
  }
  const Failure& failure = outcome.error();
  ByteWriter writer;
  writer.u8(kFailure);
  writer.u8(static_cast<uint8_t>(failure.code));
  writer.text(failure.reason.message);
  writer.varint(failure.reason.arguments.size());
  for (const std::string& argument : failure.reason.arguments)
    writer.text(std::string_view(argument).substr(0, kTextMax));
  return writer.take();
}

Result<Bytes> decode_answer(Bytes answer) {
  if (!answer.empty() && answer.front() == kValue) {
    answer.erase(answer.begin());
    return answer;
  }
  ByteReader reader(answer);
  uint8_t kind = TRY(reader.u8()), code = TRY(reader.u8());
  Reason reason;
  reason.message = TRY(reader.text(kTextMax));
  uint64_t count = TRY(reader.varint());
  if (kind != kFailure || code > static_cast<uint8_t>(Code::limit) || count > kArgumentsMax)
    return fail(Code::corrupt, tr("the process that reads databases gave no sensible answer"));
  for (uint64_t i = 0; i < count; ++i) reason.arguments.push_back(TRY(reader.text(kTextMax)));
  TRY(reader.finish());
  return fail(static_cast<Code>(code), reason.text());
}

}  // namespace aplomb::site
