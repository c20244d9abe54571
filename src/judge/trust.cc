#include "judge/trust.h"

#include <algorithm>
#include <optional>

#include "base/messages.h"

namespace aplomb::judge {
namespace {

constexpr uint8_t kBodyVersion = 0;
constexpr uint64_t kPathMax = 1 << 20, kTextMax = 4096, kObjectsMax = 1 << 24;

Status check_version(ByteReader& reader) {
  if (TRY(reader.u8()) == kBodyVersion) return {};
  return fail(make_error(Code::unsupported, tr("an approval was written by a newer Aplomb"))
                  .then(tr("install a newer Aplomb")));
}

Result<uint64_t> count_of(ByteReader& reader) {
  uint64_t count = TRY(reader.varint());
  if (count > kObjectsMax || count > reader.remaining())
    return fail(Code::corrupt, tr("an approval names too many objects"));
  return count;
}

// The folder in which a release would be installed for its file `tail` to stand at `path`; nullopt when it
// cannot be.
std::optional<std::string> folder_of_install(const std::string& path, const std::string& tail) {
  if (path == tail) return "";
  if (path.size() > tail.size() && path.ends_with(tail) && path[path.size() - tail.size() - 1] == '/')
    return path.substr(0, path.size() - tail.size() - 1);
  return std::nullopt;
}

}  // namespace

Bytes encode(const Approval& approval) {
  ByteWriter writer;
  writer.u8(kBodyVersion);
  writer.u8(static_cast<uint8_t>(approval.kind));
  writer.text(approval.site);
  writer.i64(approval.time.ns);
  writer.text(approval.who);
  writer.varint(approval.objects.size());
  for (const Identity& object : approval.objects) {
    writer.text(object.path);
    writer.id(object.hash);
    writer.varint(object.mode);
  }
  writer.varint(approval.protections.size());
  for (const std::string& path : approval.protections) writer.text(path);
  return writer.take();
}

Result<Approval> decode_approval(ByteView bytes) {
  ByteReader reader(bytes);
  TRY(check_version(reader));
  Approval approval;
  uint8_t kind = TRY(reader.u8());
  if (kind > static_cast<uint8_t>(ApprovalKind::person))
    return fail(Code::corrupt, tr("an approval is of an unknown kind"));
  approval.kind = static_cast<ApprovalKind>(kind);
  approval.site = TRY(reader.text(kTextMax));
  approval.time.ns = TRY(reader.i64());
  approval.who = TRY(reader.text(kTextMax));
  uint64_t count = TRY(count_of(reader));
  for (uint64_t i = 0; i < count; ++i) {
    Identity object;
    object.path = TRY(reader.text(kPathMax));
    object.hash = TRY(reader.id<Sha256>());
    uint64_t mode = TRY(reader.varint());
    if (mode > 07777) return fail(Code::corrupt, tr("an approval holds a mode that cannot be"));
    object.mode = static_cast<uint32_t>(mode);
    approval.objects.push_back(std::move(object));
  }
  count = TRY(count_of(reader));
  for (uint64_t i = 0; i < count; ++i) approval.protections.push_back(TRY(reader.text(kPathMax)));
  TRY(reader.finish());
  return approval;
}

Bytes encode(const Release& release) {
  ByteWriter writer;
  writer.u8(kBodyVersion);
  writer.text(release.product);
  writer.varint(release.files.size());
  for (const auto& [path, hash] : release.files) {
    writer.text(path);
    writer.id(hash);
  }
  return writer.take();
}

Result<Release> decode_release(ByteView bytes) {
  ByteReader reader(bytes);
  TRY(check_version(reader));
  Release release;
  release.product = TRY(reader.text(kTextMax));
  uint64_t count = TRY(count_of(reader));
  for (uint64_t i = 0; i < count; ++i) {
    std::string path = TRY(reader.text(kPathMax));
    release.files.emplace_back(std::move(path), TRY(reader.id<Sha256>()));
  }
  TRY(reader.finish());
  return release;
}

Reason nothing_explains() {
  return {tr_later("nothing explains it"), {}};
}

void Trust::approve(const Approval& approval) {
  for (const Identity& object : approval.objects) {
    // The first proof stays: an object of the baseline that is approved again still rests on the baseline's
    // date.
    if (approved_.try_emplace(object, Proof{approval.kind, approval.time}).second)
      ++approved_hashes_[object.hash];
  }
  for (const std::string& path : approval.protections) {
    auto [place, fresh] = protections_.try_emplace(path, approval.time);
    if (!fresh) place->second = std::min(place->second, approval.time);
  }
  if (approval.kind == ApprovalKind::baseline && !baseline_) baseline_ = approval.time;
}

void Trust::revoke(const Approval& approval) {
  for (const Identity& object : approval.objects) {
    if (approved_.erase(object) > 0 && --approved_hashes_[object.hash] == 0)
      approved_hashes_.erase(object.hash);
    // Given up as missing (no content), or no approved version of it is left.
    auto left = approved_.lower_bound(Identity{object.path, {}, 0});
    bool any_left = left != approved_.end() && left->first.path == object.path;
    if (object.hash == Sha256() || !any_left) protections_.erase(object.path);
    // Older states had it, and what approved it there holds; newer ones are not expected to.
    if (object.hash == Sha256()) given_up_[object.path] = approval.time;
  }
}

bool Trust::pins(const Sha256& signers) const {
  return approved_.contains(Identity{kSignersPath, signers, 0});
}

void Trust::add_release(const Release& release) {
  for (const auto& [path, hash] : release.files) released_[hash].emplace_back(path, release.product);
  release_sizes_[release.product] = release.files.size();
}

void Trust::InstallCount::add(const std::string& path, const Sha256& hash) {
  auto released = trust_.released_.find(hash);
  if (released == trust_.released_.end()) return;
  for (const auto& [tail, product] : released->second)
    if (auto folder = folder_of_install(path, tail)) ++counts_[{product, *folder}];
}

// Half of a release's files standing in their places is an installation; one file of many is not.
Trust::Installed Trust::InstallCount::installed() const {
  Installed installed;
  for (const auto& [place, count] : counts_)
    if (count * 2 >= trust_.release_sizes_.at(place.first)) installed.insert(place);
  return installed;
}

Explanation Trust::explain(const Identity& identity, const Installed& installed) const {
  if (auto released = released_.find(identity.hash); released != released_.end()) {
    for (const auto& [tail, product] : released->second)
      if (auto folder = folder_of_install(identity.path, tail);
          folder && installed.contains({product, *folder}))
        return {Provenance::vendor, {tr_later("published by its vendor: {}"), {product}}, {}, false};
  }
  auto approved = approved_.find(identity);
  if (approved != approved_.end()) {
    const Proof& proof = approved->second;
    if (proof.kind == ApprovalKind::baseline)
      return {Provenance::unchanged,
              {tr_later("unchanged since the baseline of {}, which nobody reviewed"), {to_iso(proof.time)}},
              proof.time,
              true};
    return {Provenance::approved,
            {tr_later("approved by a person on {}"), {to_iso(proof.time)}},
            proof.time,
            false};
  }
  return {Provenance::unexplained, nothing_explains(), {}, false};
}

bool Trust::known_elsewhere(const Sha256& hash) const {
  return approved_hashes_.contains(hash) || released_.contains(hash);
}

std::vector<std::string> Trust::protections(Time by) const {
  std::vector<std::string> paths;
  for (const auto& [path, since] : protections_)
    if (since <= by) paths.push_back(path);
  return paths;
}

std::set<std::string> Trust::approved_paths(Time by) const {
  auto gone = [this](const std::string& path, Time approved, Time then) {
    auto found = given_up_.find(path);
    return found != given_up_.end() && approved < found->second && found->second <= then;
  };
  std::set<std::string> paths;
  for (const auto& [identity, proof] : approved_)
    if (proof.time <= by && !gone(identity.path, proof.time, by)) paths.insert(identity.path);
  return paths;
}

}  // namespace aplomb::judge
