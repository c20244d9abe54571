#include "judge/memo.h"

#include "base/messages.h"

namespace aplomb::judge {
namespace {

constexpr char kMagic[] = "APLMMEM1";
constexpr size_t kMagicSize = 8, kMacSize = 32;
constexpr uint64_t kFileMax = 1ull << 30, kReportMax = 1 << 20, kCountMax = 1 << 26;

}  // namespace

Memo Memo::load(fs::Dir& dir, std::string_view path, crypto::Secret key, std::string rules) {
  Memo memo(std::move(key), std::move(rules));
  auto bytes = fs::read_file(dir, path, kFileMax);
  if (!bytes || bytes->size() < kMagicSize + kMacSize) return memo;
  ByteView body = ByteView(*bytes).first(bytes->size() - kMacSize);
  auto mac = crypto::hmac_sha256(memo.key_.view(), body);
  if (!crypto::equal_constant_time(mac, ByteView(*bytes).last(kMacSize))) return memo;
  auto parse = [&]() -> Status {
    ByteReader reader(body);
    ByteView magic = TRY(reader.bytes(kMagicSize));
    std::string known_rules = TRY(reader.text(256));
    if (as_text(magic) != std::string_view(kMagic, kMagicSize) || known_rules != memo.rules_) return {};
    uint64_t count = TRY(reader.varint());
    if (count > kCountMax) return fail(Code::corrupt, "count");
    for (uint64_t i = 0; i < count; ++i) {
      auto hash = TRY(reader.id<Sha256>());
      uint32_t content_class = TRY(reader.u32());
      ByteView report = TRY(reader.sized(kReportMax));
      memo.reports_[{hash, content_class}] = Bytes(report.begin(), report.end());
    }
    return reader.finish();
  };
  if (!parse()) memo.reports_.clear();
  return memo;
}

std::optional<scan::FileReport> Memo::find(const Sha256& hash, uint32_t content_class) const {
  auto found = reports_.find({hash, content_class});
  if (found == reports_.end()) return std::nullopt;
  ByteReader reader(found->second);
  auto report = scan::decode_file_report(reader);
  if (!report) return std::nullopt;
  return std::move(*report);
}

void Memo::remember(const Sha256& hash, uint32_t content_class, const scan::FileReport& report) {
  if (report.hit_limit) return;
  ByteWriter writer;
  encode(writer, report);
  reports_[{hash, content_class}] = writer.take();
  changed_ = true;
}

Status Memo::save(fs::Dir& dir, std::string_view path) const {
  if (!changed_) return {};
  ByteWriter writer;
  writer.bytes(as_bytes({kMagic, kMagicSize}));
  writer.text(rules_);
  writer.varint(reports_.size());
  for (const auto& [key, report] : reports_) {
    writer.id(key.first);
    writer.u32(key.second);
    writer.sized(report);
  }
  auto mac = crypto::hmac_sha256(key_.view(), writer.view());
  writer.bytes(mac);
  return fs::write_file_durably(dir, path, writer.view());
}

}  // namespace aplomb::judge
