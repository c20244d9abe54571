#include "vault/import.h"

#include <algorithm>

#include "base/messages.h"
#include "vault/format.h"
#include "vault/references.h"

namespace aplomb::vault {
namespace {

constexpr size_t kWholePacksKept = 3;  // some 50 MiB: the folders of a site lie in several packs at once
constexpr size_t kFramesKept = 16;
constexpr uint64_t kListingMax = 1ull << 30;  // as an index run

}  // namespace

Import::Import(VaultReader& reader, const DomainId& from, const DomainId& into, Sign sign)
    : reader_(reader), from_(from), sign_(std::move(sign)) {
  run_.domain = into;
  if (auto marks = reader_.doubtful())
    for (const DoubtfulPack& mark : *marks) doubtful_.insert(mark.pack);
}

bool Import::take(const ChunkRef& ref, const Sha256& hash) {
  auto earlier = reader_.id_in(from_, hash);
  auto places = earlier ? reader_.locate(from_, *earlier) : Result<std::vector<Location>>();
  if (!places) return false;
  for (const Location& place : *places) {
    if (place.length != ref.length) continue;
    const Frame* found = frame(place);
    if (!found || !reader_.chunk_in(found->plan, found->content, from_, {*earlier, ref.length}, place.offset))
      continue;
    run_.entries.push_back({ref.id, packs_.at(place.pack).number, place.frame, place.offset, place.length});
    bytes_ += place.length;
    return true;
  }
  return false;
}

// A pack is read and hashed as a whole, once. Under a name that its bytes do not hash to, an S3 store may
// have another object tomorrow.
const Import::Pack& Import::pack(const PackId& id) {
  auto [place, fresh] = packs_.try_emplace(id);
  Pack& pack = place->second;
  if (!fresh || doubtful_.contains(id)) return pack;
  auto bytes = reader_.whole_pack(id);
  if (!bytes) return pack;
  pack.true_to_name = true;
  pack.number = static_cast<uint32_t>(run_.packs.size());
  run_.packs.push_back({id, bytes->size()});
  whole_packs_.emplace_front(id, std::move(*bytes));
  if (whole_packs_.size() > kWholePacksKept) whole_packs_.pop_back();
  return pack;
}

const Import::Frame* Import::frame(const Location& place) {
  const FrameKey key(place.pack, place.frame);
  for (auto it = frames_.begin(); it != frames_.end(); ++it) {
    if (it->first != key) continue;
    frames_.splice(frames_.begin(), frames_, it);
    return &frames_.front().second;
  }
  if (bad_frames_.contains(key) || !pack(place.pack).true_to_name) return nullptr;
  auto opened = open(place);
  // Whoever wrote a frame that lies anywhere is not believed about the rest of it.
  if (!opened || !opened->content.all_sound() || (opened->plan.entry.flags & kFramePlain) != 0) {
    bad_frames_.insert(key);
    return nullptr;
  }
  frames_.emplace_front(key, std::move(*opened));
  if (frames_.size() > kFramesKept) frames_.pop_back();
  return &frames_.front().second;
}

Result<Import::Frame> Import::open(const Location& place) {
  Frame frame;
  frame.plan = TRY(reader_.plan_frame(place.pack, place.frame));
  const uint64_t offset = frame.plan.entry.offset, length = frame.plan.entry.stored_length;
  auto whole = std::ranges::find(whole_packs_, place.pack, &std::pair<PackId, Bytes>::first);
  if (whole == whole_packs_.end()) {
    frame.content = TRY(reader_.open_frame(frame.plan));
    return frame;
  }
  whole_packs_.splice(whole_packs_.begin(), whole_packs_, whole);
  ByteView bytes = whole_packs_.front().second;
  if (offset > bytes.size() || length > bytes.size() - offset)
    return fail(Code::corrupt, tr("the pack ends too early"));
  frame.content = TRY(reader_.open_frame(
      frame.plan, bytes.subspan(static_cast<size_t>(offset), static_cast<size_t>(length))));
  return frame;
}

Bytes Import::listing() {
  std::ranges::sort(run_.entries, {}, &IndexRun::Entry::id);
  return encode(run_);
}

namespace {

Status read_import(References& references, KnownImport& known) {
  const std::vector<ChunkId> pieces = TRY(references.segment(known.domain, known.listing));
  Bytes bytes;
  for (const ChunkId& id : pieces) {
    Bytes piece = TRY(references.plain_chunk(known.domain, id));
    if (bytes.size() + piece.size() > kListingMax)
      return fail(Code::limit, tr("the list of an import is larger than the format allows"));
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  IndexRun run = TRY(decode_index_run(bytes));
  if (run.domain != known.domain) return fail(Code::corrupt, tr("the list of an import is of another site"));
  known.run = std::make_shared<const IndexRun>(std::move(run));
  known.pieces = pieces;
  known.pieces.push_back(known.listing);
  return {};
}

}  // namespace

void read_imports(ReaderStore& store, std::vector<KnownImport>& imports) {
  for (KnownImport& known : imports) {
    if (known.run) continue;
    References references(store, nullptr);
    (void)read_import(references, known);  // verify and the collection say what that means
  }
}

}  // namespace aplomb::vault
