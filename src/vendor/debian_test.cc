#include "vendor/debian.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"

namespace aplomb::vendor {
namespace {

std::string sum(std::string_view text) {
  return crypto::sha256(as_bytes(text)).hex();
}

TEST(Debian, AReleaseNamesItsIndexesByHash) {
  std::string release =
      "Origin: Debian\nMD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 main/binary-amd64/Packages\nSHA256:\n " +
      sum("a") + "  12 main/binary-amd64/Packages\n " + sum("b") + " 12 main/binary-amd64/Packages.xz\n " +
      sum("c") + "\t7 Packages\nAcquire-By-Hash: yes\n " + sum("d") + " 1 main/binary-all/Packages\n";
  EXPECT_EQ(indexes_of_release(release),
            (std::set<Sha256>{crypto::sha256(as_bytes("a")), crypto::sha256(as_bytes("c"))}));
  EXPECT_TRUE(indexes_of_release("SHA256:\n xyz 1 Packages\n \n").empty());
}

TEST(Debian, AnIndexNamesItsPackagesByHash) {
  std::string index = "Package: other\nVersion: 9\nSHA256: " + sum("other") +
                      "\n\nPackage: dokuwiki\nArchitecture: all\nVersion: 1-2\nSHA256: " + sum("deb") +
                      "\nDescription: a wiki\n\nPackage: last\nSHA256: " + sum("last") + "\n";
  auto found =
      packages_of_index(index, {crypto::sha256(as_bytes("deb")), crypto::sha256(as_bytes("nowhere"))});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.begin()->second, (IndexedPackage{"dokuwiki", "1-2", "all"}));
}

std::string member(std::string name, std::string_view content, std::string size = "") {
  if (size.empty()) size = std::to_string(content.size());
  name.resize(16, ' ');
  std::string header = name + std::string(32, ' ') + size + std::string(10 - size.size(), ' ') + "`\n";
  return header + std::string(content) + (content.size() % 2 ? "\n" : "");
}

TEST(Debian, APackageHoldsItsFilesInOneMember) {
  std::string deb = "!<arch>\n" + member("debian-binary", "2.0\n") + member("control.tar.xz", "odd") +
                    member("data.tar.xz", "the data");
  auto data = data_of_deb(as_bytes(deb));
  ASSERT_TRUE(data);
  EXPECT_EQ(as_text(*data), "the data");
  for (size_t size = 0; size < deb.size(); ++size)
    EXPECT_FALSE(data_of_deb(as_bytes(deb.substr(0, size)))) << size;
  EXPECT_FALSE(data_of_deb(as_bytes("!<arch>\n" + member("data.tar", "x", "99999"))));
  EXPECT_FALSE(data_of_deb(as_bytes("!<arch>\n" + member("data.tar", "x", "-1"))));
  EXPECT_FALSE(data_of_deb(as_bytes("!<arch>\n" + member("other", "x"))));
}

TEST(Debian, ATreeIsWhatAWebsiteMayBe) {
  auto place = place_in_tree("usr/share/dokuwiki/inc/a.php");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->tree + ":" + place->path, "dokuwiki:inc/a.php");
  EXPECT_FALSE(place_in_tree("etc/dokuwiki/a.php"));
  EXPECT_FALSE(place_in_tree("usr/share/file"));
}

TEST(Debian, ASignedMessageStandsAlone) {
  std::string message =
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n-----BEGIN PGP SIGNATURE-----\n\ny\n-----END "
      "PGP "
      "SIGNATURE-----\n";
  EXPECT_TRUE(is_one_clear_signed_message(message));
  EXPECT_FALSE(is_one_clear_signed_message("x" + message));
  EXPECT_FALSE(is_one_clear_signed_message(message + "x"));
  EXPECT_FALSE(is_one_clear_signed_message(message + message));
  EXPECT_FALSE(is_one_clear_signed_message(""));
}

}  // namespace
}  // namespace aplomb::vendor
