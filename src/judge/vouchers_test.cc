// From the apt hook's store into a snapshot, out of the vault, and back to the signature: the chain as
// `clean-point` with the recovery key follows it.
#include "judge/vouchers.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "archive/test_site.h"
#include "fs/memory_fs.h"
#include "judge/history.h"
#include "vendor/test_repository.h"

namespace aplomb::judge {
namespace {

using vendor::TestRepository;

TEST(Vouchers, ExplainAPackageFromItsSignatureEvenWhenItIsGone) {
  TestRepository repository;
  setenv("APLOMB_ARCHIVE_KEYRING", repository.keyring().c_str(), 1);
  const std::string code = "<?php // the wiki as Debian packed it";
  Bytes deb = TestRepository::deb({{"usr/share/dokuwiki/doku.php", code}});
  Bytes forged = TestRepository::deb({{"usr/share/dokuwiki/doku.php", "<?php // forged"}});
  std::string index = TestRepository::index({{"dokuwiki_1_all", deb}});
  std::string release = repository.sign(TestRepository::release(index));

  fs::MemoryFs memory;
  archive::TestSite site(memory, "/town");
  auto store = site.folder("packages");
  archive::put_file(*store, "dokuwiki_1_all.deb", deb);
  archive::put_file(*store, "dokuwiki_2_all.deb", forged);  // vouched for by nobody
  archive::put_file(*store, "a.Packages", as_bytes(index));
  archive::put_file(*store, "a.InRelease", as_bytes(release));
  archive::put_file(*site.root, "doku.php", as_bytes(code));
  archive::SnapshotRequest request{
      .site = site.config, .state_path = site.state_path(), .facts_json = "{}", .pages = {}};
  request.vouchers_path = "/town/packages";
  ASSERT_TRUE(take_snapshot(site.machine(), *site.keeper, site.vault.writer, request));
  for (const char* name : {"dokuwiki_1_all.deb", "a.Packages", "a.InRelease"})
    ASSERT_TRUE(store->remove(name));
  ASSERT_TRUE(take_snapshot(site.machine(), *site.keeper, site.vault.writer, request));

  auto reader = site.vault.reader(*site.keeper);
  ASSERT_TRUE(reader);
  Trust trust = trust_from_vault(**reader, "mairie", site.log);
  Trust::InstallCount count(trust);
  count.add("wiki/doku.php", crypto::sha256(as_bytes(code)));
  count.add("doku.php", crypto::sha256(as_bytes("<?php // forged")));
  Trust::Installed installed = count.installed();
  Explanation explained = trust.explain({"wiki/doku.php", crypto::sha256(as_bytes(code)), 0644}, installed);
  EXPECT_EQ(explained.provenance, Provenance::vendor);
  EXPECT_EQ(explained.reason.text(), "published by its vendor: dokuwiki 1 (Debian)");
  EXPECT_EQ(
      trust.explain({"doku.php", crypto::sha256(as_bytes("<?php // forged")), 0644}, installed).provenance,
      Provenance::unexplained);

  TestRepository stranger;
  setenv("APLOMB_ARCHIVE_KEYRING", stranger.keyring().c_str(), 1);
  Trust none = trust_from_vault(**reader, "mairie", site.log);
  unsetenv("APLOMB_ARCHIVE_KEYRING");
  EXPECT_FALSE(none.known_elsewhere(crypto::sha256(as_bytes(code))));
}

}  // namespace
}  // namespace aplomb::judge
