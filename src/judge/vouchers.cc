#include "judge/vouchers.h"

#include "archive/snapshot_view.h"
#include "base/messages.h"
#include "crypto/crypto.h"
#include "vendor/debian_proof.h"

namespace aplomb::judge {
namespace {

// Each distinct voucher once, with a snapshot that has it.
struct Found {
  archive::VoucherEntry entry;
  const vault::SnapshotInfo* snapshot;
};
using Vouchers = std::map<Sha256, Found>;

void gather(vault::VaultReader& reader, const std::string& site, std::map<vendor::VoucherKind, Vouchers>& all,
            Vouchers& commits) {
  for (const vault::SnapshotInfo& info : reader.snapshots()) {
    if (info.site != site) continue;
    auto view = archive::VaultSnapshot::open(reader, info);
    if (!view) continue;  // judging it says so
    for (const archive::VoucherEntry& entry : (*view)->manifest().vouchers) {
      if (entry.name.ends_with(archive::kDeploymentEnding)) {
        commits.try_emplace(entry.hash, Found{entry, &info});
      } else if (auto kind = vendor::voucher_kind(entry.name)) {
        all[*kind].try_emplace(entry.hash, Found{entry, &info});
      }
    }
  }
}

}  // namespace

Status add_commit(Trust& trust, const vendor::Deployment& deployment) {
  if (!trust.pins(crypto::sha256(deployment.signers)))
    return fail(Code::refused, tr("the owner did not pin its keys"));
  trust.add_deployment(TRY(vendor::prove(deployment)));
  return {};
}

void add_vouchers(Trust& trust, vault::VaultReader& reader, const std::string& site, Log& log) {
  std::map<vendor::VoucherKind, Vouchers> all;
  Vouchers commits;
  gather(reader, site, all, commits);
  // A voucher that proves nothing makes the judgement stricter, never milder.
  auto unproven = [&log](const Found& found, const std::string& why) {
    log.warn(tr("{} proves nothing: {}", printable(found.entry.name), why));
  };
  auto each = [&](const Vouchers& vouchers, auto&& take) {
    for (const auto& [hash, found] : vouchers) {
      auto view = archive::VaultSnapshot::open(reader, *found.snapshot);
      auto bytes = view ? (*view)->voucher(found.entry) : Result<Bytes>(fail(std::move(view).error()));
      Status taken = bytes ? take(found, *bytes) : Status(fail(std::move(bytes).error()));
      if (!taken) unproven(found, taken.error().what);
    }
  };
  each(commits, [&](const Found&, ByteView bytes) -> Status {
    return add_commit(trust, TRY(vendor::decode_deployment(bytes)));
  });
  if (all[vendor::VoucherKind::package].empty()) return;
  vendor::DebianProof proof(vendor::archive_keyrings());
  std::set<Sha256> packages;
  for (const auto& [hash, found] : all[vendor::VoucherKind::package]) packages.insert(hash);
  each(all[vendor::VoucherKind::release],
       [&](const Found&, ByteView bytes) { return proof.add_release(bytes); });
  each(all[vendor::VoucherKind::index], [&](const Found&, ByteView bytes) -> Status {
    if (proof.add_index(bytes, packages)) return {};
    return fail(Code::refused, tr("no signed release file names it"));
  });
  each(all[vendor::VoucherKind::package], [&](const Found& found, ByteView bytes) -> Status {
    auto trees = TRY(proof.trees(bytes, found.entry.hash));
    if (trees.empty()) return fail(Code::refused, tr("no signed index names it"));
    for (vendor::PackagedTree& tree : trees)
      trust.add_release({std::move(tree.product), std::move(tree.files)});
    return {};
  });
}

}  // namespace aplomb::judge
