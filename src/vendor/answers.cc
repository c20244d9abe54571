#include "vendor/answers.h"

#include "base/messages.h"

namespace aplomb::vendor {
namespace {

constexpr std::string_view kMagic = "APLMPUB0";
constexpr size_t kMacSize = 32;
constexpr size_t kGitIdMax = 64;
constexpr uint64_t kFileMax = 1ull << 30, kAnswersMax = 100'000, kKeyMax = 4096, kSumsMax = 1 << 20;
constexpr int64_t kKept = 100 * kDay, kUseGrain = kDay;

}  // namespace

Answers Answers::load(fs::Dir& dir, std::string_view path, crypto::Secret key) {
  Answers answers(std::move(key));
  auto bytes = fs::read_file(dir, path, kFileMax);
  if (!bytes || bytes->size() < kMagic.size() + kMacSize) return answers;
  ByteView body = ByteView(*bytes).first(bytes->size() - kMacSize);
  auto mac = crypto::hmac_sha256(answers.key_.view(), body);
  if (!crypto::equal_constant_time(mac, ByteView(*bytes).last(kMacSize))) return answers;
  if (!answers.parse(body)) {
    answers.answers_.clear();
    answers.sums_.clear();
    answers.git_ids_.clear();
  }
  return answers;
}

Status Answers::parse(ByteView body) {
  ByteReader reader(body);
  if (as_text(TRY(reader.bytes(kMagic.size()))) != kMagic) return fail(Code::corrupt, "magic");
  uint64_t count = TRY(reader.varint());
  if (count > kAnswersMax) return fail(Code::corrupt, "count");
  for (uint64_t i = 0; i < count; ++i) {
    std::string key = TRY(reader.text(kKeyMax));
    Answer& answer = answers_[key];
    answer.asked.ns = TRY(reader.i64());
    answer.used.ns = TRY(reader.i64());
    answer.listing = TRY(decode_listing(reader));
  }
  count = TRY(reader.varint());
  if (count > kSumsMax) return fail(Code::corrupt, "count");
  for (uint64_t i = 0; i < count; ++i) {
    auto content = TRY(reader.id<Sha256>());
    sums_[content] = TRY(reader.id<Md5>());
  }
  count = TRY(reader.varint());
  if (count > kSumsMax) return fail(Code::corrupt, "count");
  for (uint64_t i = 0; i < count; ++i) {
    auto content = TRY(reader.id<Sha256>());
    std::string id = TRY(reader.text(kGitIdMax));
    git_ids_[{content, id.size()}] = std::move(id);
  }
  return reader.finish();
}

const Answers::Answer* Answers::find(const std::string& key, Time now) {
  auto found = answers_.find(key);
  if (found == answers_.end()) return nullptr;
  if (found->second.used.ns + kUseGrain < now.ns) {
    found->second.used = now;
    changed_ = true;
  }
  return &found->second;
}

void Answers::keep(const std::string& key, Time now, const Listing& listing) {
  Answer& answer = answers_[key];
  answer.asked = answer.used = now;
  merge(answer.listing, listing);
  changed_ = true;
}

std::optional<Md5> Answers::md5(const Sha256& content) const {
  auto found = sums_.find(content);
  return found == sums_.end() ? std::nullopt : std::optional(found->second);
}

void Answers::keep_md5(const Sha256& content, const Md5& sum) {
  if (sums_.size() >= kSumsMax) sums_.clear();  // they are computed again
  sums_[content] = sum;
  changed_ = true;
}

std::optional<std::string> Answers::git_id(const Sha256& content, size_t digits) const {
  auto found = git_ids_.find({content, digits});
  return found == git_ids_.end() ? std::nullopt : std::optional(found->second);
}

void Answers::keep_git_id(const Sha256& content, const std::string& id) {
  if (git_ids_.size() >= kSumsMax) git_ids_.clear();
  git_ids_[{content, id.size()}] = id;
  changed_ = true;
}

Status Answers::save(fs::Dir& dir, std::string_view path, Time now) const {
  if (!changed_) return {};
  ByteWriter kept, writer;
  uint64_t count = 0;
  for (const auto& [key, answer] : answers_) {
    if (answer.used.ns + kKept < now.ns || count == kAnswersMax) continue;
    ++count;
    kept.text(key);
    kept.i64(answer.asked.ns);
    kept.i64(answer.used.ns);
    encode(kept, answer.listing);
  }
  writer.bytes(as_bytes(kMagic));
  writer.varint(count);
  writer.bytes(kept.view());
  writer.varint(sums_.size());
  for (const auto& [content, sum] : sums_) {
    writer.id(content);
    writer.id(sum);
  }
  writer.varint(git_ids_.size());
  for (const auto& [content, id] : git_ids_) {
    writer.id(content.first);
    writer.text(id);
  }
  auto mac = crypto::hmac_sha256(key_.view(), writer.view());
  writer.bytes(mac);
  return fs::write_file_durably(dir, path, writer.view());
}

}  // namespace aplomb::vendor
