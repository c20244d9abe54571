#include "judge/vouchers.h"

#include "archive/snapshot_view.h"
#include "base/messages.h"
#include "vendor/debian_proof.h"

namespace aplomb::judge {
namespace {

// Each distinct voucher once, with a snapshot that has it.
struct Found {
  archive::VoucherEntry entry;
  const vault::SnapshotInfo* snapshot;
};
using Vouchers = std::map<Sha256, Found>;

void gather(vault::VaultReader& reader, const std::string& site,
            std::map<vendor::VoucherKind, Vouchers>& all) {
  for (const vault::SnapshotInfo& info : reader.snapshots()) {
    if (info.site != site) continue;
    auto view = archive::VaultSnapshot::open(reader, info);
    if (!view) continue;  // judging it says so
    for (const archive::VoucherEntry& entry : (*view)->manifest().vouchers)
      if (auto kind = vendor::voucher_kind(entry.name))
        all[*kind].try_emplace(entry.hash, Found{entry, &info});
  }
}

}  // namespace

void add_vouchers(Trust& trust, vault::VaultReader& reader, const std::string& site, Log& log) {
  std::map<vendor::VoucherKind, Vouchers> all;
  gather(reader, site, all);
  if (all[vendor::VoucherKind::package].empty()) return;
  // A voucher that proves nothing makes the judgement stricter, never milder.
  auto unproven = [&log](const Found& found, const std::string& why) {
    log.warn(tr("{} proves nothing: {}", printable(found.entry.name), why));
  };
  auto each = [&](vendor::VoucherKind kind, auto&& take) {
    for (const auto& [hash, found] : all[kind]) {
      auto view = archive::VaultSnapshot::open(reader, *found.snapshot);
      auto bytes = view ? (*view)->voucher(found.entry) : Result<Bytes>(fail(std::move(view).error()));
      Status taken = bytes ? take(found, *bytes) : Status(fail(std::move(bytes).error()));
      if (!taken) unproven(found, taken.error().what);
    }
  };
  vendor::DebianProof proof(vendor::archive_keyrings());
  std::set<Sha256> packages;
  for (const auto& [hash, found] : all[vendor::VoucherKind::package]) packages.insert(hash);
  each(vendor::VoucherKind::release, [&](const Found&, ByteView bytes) { return proof.add_release(bytes); });
  each(vendor::VoucherKind::index, [&](const Found&, ByteView bytes) -> Status {
    if (proof.add_index(bytes, packages)) return {};
    return fail(Code::refused, tr("no signed release file names it"));
  });
  each(vendor::VoucherKind::package, [&](const Found& found, ByteView bytes) -> Status {
    auto trees = TRY(proof.trees(bytes, found.entry.hash));
    if (trees.empty()) return fail(Code::refused, tr("no signed index names it"));
    for (vendor::PackagedTree& tree : trees)
      trust.add_release({std::move(tree.product), std::move(tree.files)});
    return {};
  });
}

}  // namespace aplomb::judge
