#include "vault/s3_cache.h"

#include <algorithm>
#include <map>

#include "base/messages.h"
#include "vault/format.h"

namespace aplomb::vault {
namespace {

constexpr char kMagic[] = "APLMS3C1";
constexpr uint64_t kMarkTextMax = 4096;
constexpr uint64_t kMarksMax = 10'000'000;
constexpr uint64_t kFileMax = 1ull << 30;

void put_marks(ByteWriter& writer, const std::vector<S3VersionMark>& marks) {
  writer.bytes(as_bytes({kMagic, kMagicSize}));
  writer.varint(marks.size());
  for (const S3VersionMark& mark : marks) {
    writer.text(mark.id);
    writer.text(mark.etag);
    writer.u64(mark.size);
  }
}

Result<std::vector<S3VersionMark>> take_marks(ByteReader& reader) {
  ByteView magic = TRY(reader.bytes(kMagicSize));
  uint64_t count = TRY(reader.varint());
  if (as_text(magic) != std::string_view(kMagic, kMagicSize) || count > kMarksMax ||
      count > reader.remaining() / 10)
    return fail(Code::corrupt, tr("these bytes do not begin as they must"));
  std::vector<S3VersionMark> marks;
  for (uint64_t i = 0; i < count; ++i) {
    S3VersionMark mark;
    mark.id = TRY(reader.text(kMarkTextMax));
    mark.etag = TRY(reader.text(kMarkTextMax));
    mark.size = TRY(reader.u64());
    marks.push_back(std::move(mark));
  }
  return marks;
}

}  // namespace

Bytes encode(const S3CachedRun& run) {
  ByteWriter writer;
  put_marks(writer, run.versions);
  writer.bytes(encode(run.run));  // ends in its own hash
  writer.id(crypto::sha256(writer.view()));
  return writer.take();
}

Result<S3CachedRun> decode_s3_cached_run(ByteView bytes) {
  if (bytes.size() < Sha256::kSize) return fail(Code::corrupt, tr("an index run is too short"));
  ByteView covered = bytes.first(bytes.size() - Sha256::kSize);
  if (crypto::sha256(covered).bytes != TRY(ByteReader(bytes.subspan(covered.size())).id<Sha256>()).bytes)
    return fail(Code::corrupt, tr("an index run is damaged"));
  ByteReader reader(covered);
  S3CachedRun run;
  run.versions = TRY(take_marks(reader));
  run.run = TRY(decode_index_run(covered.subspan(reader.offset())));
  if (run.versions.size() != run.run.packs.size()) return fail(Code::corrupt, tr("an index run is damaged"));
  return run;
}

Bytes encode(const S3CachedObject& object) {
  ByteWriter writer;
  put_marks(writer, object.versions);
  writer.bytes(object.bytes);
  return writer.take();
}

Result<S3CachedObject> decode_s3_cached_object(ByteView bytes) {
  ByteReader reader(bytes);
  S3CachedObject object;
  object.versions = TRY(take_marks(reader));
  ByteView rest = bytes.subspan(reader.offset());
  object.bytes.assign(rest.begin(), rest.end());
  return object;
}

S3Cache::S3Cache(std::unique_ptr<fs::Dir> folder) : folder_(std::move(folder)) {
  for (const char* part : {"log", "index", "junk"})
    if (folder_ && !fs::make_dirs(*folder_, part, 0700)) folder_.reset();
}

std::optional<S3CachedObject> S3Cache::object(const std::string& name) {
  if (!folder_) return std::nullopt;
  auto bytes = fs::read_file(*folder_, name, kFileMax);
  auto object = bytes ? decode_s3_cached_object(*bytes) : Result<S3CachedObject>(fail(bytes.error()));
  if (!object) return std::nullopt;
  return std::move(*object);
}

// Not made durable: what a crash leaves half written does not hash to its name.
void S3Cache::keep_object(const std::string& name, const S3CachedObject& object) {
  if (!folder_) return;
  (void)folder_->remove(name);
  auto file = folder_->open(name, fs::Open::create_new);
  if (file && !(*file)->write_at(0, encode(object))) (void)folder_->remove(name);
}

std::vector<S3CachedRun> S3Cache::runs() {
  std::vector<S3CachedRun> usable;
  if (!folder_) return usable;
  auto folder = folder_->open_dir("index");
  auto entries = folder ? (*folder)->list() : Result<std::vector<fs::Entry>>();
  if (!entries) return usable;
  for (const fs::Entry& entry : *entries) {
    auto bytes = fs::read_file(**folder, entry.name, kFileMax);
    auto run = bytes ? decode_s3_cached_run(*bytes) : Result<S3CachedRun>(fail(bytes.error()));
    if (run) usable.push_back(std::move(*run));
  }
  return usable;
}

size_t S3Cache::most_runs_of_a_domain() {
  if (!folder_) return 0;
  auto folder = folder_->open_dir("index");
  auto entries = folder ? (*folder)->list() : Result<std::vector<fs::Entry>>();
  if (!entries) return 0;
  std::map<std::string, size_t> counts;
  size_t most = 0;
  for (const fs::Entry& entry : *entries)
    most = std::max(most, ++counts[entry.name.substr(0, entry.name.find('-'))]);
  return most;
}

void S3Cache::keep_run(const S3CachedRun& run) {
  if (!folder_) return;
  Bytes encoded = encode(run);
  std::string name = "index/" + run.run.domain.hex() + "-" +
                     to_hex(ByteView(crypto::sha256(encoded).bytes).first(8)) + ".run";
  (void)fs::write_file_durably(*folder_, name, encoded);
}

void S3Cache::drop_runs() {
  if (!folder_) return;
  auto folder = folder_->open_dir("index");
  auto entries = folder ? (*folder)->list() : Result<std::vector<fs::Entry>>();
  if (!entries) return;
  for (const fs::Entry& entry : *entries) (void)(*folder)->remove(entry.name);
}

}  // namespace aplomb::vault
