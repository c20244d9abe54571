#include "scan/ransom.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "scan/analyse.h"

namespace aplomb::scan {
namespace {

using namespace std::string_literals;

std::string random_bytes(size_t count, uint64_t seed) {
  std::string out(count, '\0');
  SeededRandom(seed).fill({reinterpret_cast<uint8_t*>(out.data()), out.size()});
  return out;
}

SnapshotFile file(std::string path, const std::string& content) {
  FileReport report = analyse_file(path, 0644, as_bytes(content), {});
  return {std::move(path), report.kind, report.fits_type, report.facts};
}

const std::string kText(600, 'a');
const std::string kNote =
    "All your files have been encrypted. To get the decryption key, send 1 BTC and contact us at "
    "a@x.invalid.";

std::string jpeg(uint64_t seed) {
  return "\xff\xd8\xff\xe0" + random_bytes(5000, seed);
}

std::vector<SnapshotFile> files(int count, const std::string& prefix, const std::string& suffix,
                                bool encrypted) {
  std::vector<SnapshotFile> out;
  for (int i = 0; i < count; ++i)
    out.push_back(file(
        prefix + std::to_string(i) + suffix,
        encrypted ? random_bytes(5000, static_cast<uint64_t>(i) + 100) : jpeg(static_cast<uint64_t>(i))));
  return out;
}

std::vector<SnapshotFile> join(std::vector<SnapshotFile> a, const std::vector<SnapshotFile>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Ransom, ManyFilesEncryptedInPlace) {
  std::vector<SnapshotFile> now = join(files(12, "img/a", ".jpg", true), files(300, "img/b", ".jpg", false));
  std::vector<PathFinding> found = find_ransom(now, {});
  ASSERT_EQ(found.size(), 12u);
  for (const PathFinding& f : found) {
    EXPECT_TRUE(f.path.starts_with("img/a"));
    EXPECT_EQ(f.finding.level, Level::malicious);
    EXPECT_EQ(f.finding.rule, "mass-encryption");
  }
}

TEST(Ransom, ManyFilesRenamed) {
  EXPECT_EQ(find_ransom(files(10, "doc/a", ".pdf.locked", true), {}).size(), 10u);
  EXPECT_EQ(find_ransom(files(6, "doc/a", ".docx.x7f", true), {}).size(),
            6u);  // few, but all of a small site
}

TEST(Ransom, WhatElseTheSameHandDidIsPartOfIt) {
  std::vector<SnapshotFile> before = files(12, "up/2026/a", ".jpg", false);
  before.push_back(file("up/how_to_recover_a_password.txt", "ask the town hall, room 3"));
  std::vector<SnapshotFile> now = files(12, "up/2026/a", ".jpg.locked", true);
  now.push_back(before.back());
  now.push_back(file("up/small.txt.locked", "short"));
  now.push_back(file("up/LISEZ-POUR-RECUPERER.txt", "Vos fichiers sont verrouilles."));
  now.push_back(file("other/recover.txt", "a text in a folder that nobody touched"));
  std::vector<std::string> extra;
  for (const PathFinding& f : find_ransom(now, before))
    if (!f.path.starts_with("up/2026/a")) extra.push_back(f.path);
  EXPECT_EQ(extra, (std::vector<std::string>{"up/LISEZ-POUR-RECUPERER.txt", "up/small.txt.locked"}));
}

TEST(Ransom, AFewReplacedFilesAreEnough) {
  std::vector<SnapshotFile> rest = files(300, "img/b", ".jpg", false);
  std::vector<SnapshotFile> before = join(files(4, "pages/a", ".txt", false), rest);
  EXPECT_EQ(find_ransom(join(files(4, "pages/a", ".txt.locked", true), rest), before).size(), 4u);
  EXPECT_TRUE(find_ransom(join(files(2, "pages/a", ".txt.locked", true), rest), before).empty());
  // The former names still there: somebody's own encrypted copies.
  EXPECT_TRUE(find_ransom(join(files(4, "pages/a", ".txt.gpg2", true), before), before).empty());
}

std::vector<SnapshotFile> pages(int count, const std::string& suffix, bool encrypted) {
  std::vector<SnapshotFile> out;
  for (int i = 0; i < count; ++i)
    out.push_back(file("pages/p" + std::to_string(i) + ".html" + suffix,
                       encrypted ? random_bytes(64, static_cast<uint64_t>(i) + 9)
                                 : "<p>Horaires de la mairie " + std::to_string(i) + "</p>"));
  return out;
}

TEST(Ransom, SmallFilesShowItByTheirNames) {
  std::vector<SnapshotFile> before = pages(9, "", false);
  before.push_back(file("index.php", "<?php echo 1;"));
  std::vector<SnapshotFile> now = pages(9, ".locked", true);
  now.push_back(file("index.php.locked", random_bytes(64, 3)));
  now.push_back(file("README_MRK.txt", "Your files are encrypted. Pay bitcoin."));
  EXPECT_EQ(find_ransom(now, before).size(), 11u);
  EXPECT_TRUE(find_ransom(pages(7, ".locked", true), pages(7, "", false)).empty());
  std::vector<PathFinding> renamed = find_ransom(pages(9, ".off", false), pages(9, "", false));
  ASSERT_EQ(renamed.size(), 9u);
  EXPECT_EQ(renamed[0].finding.level, Level::suspicious);
  EXPECT_EQ(renamed[0].finding.rule, "mass-rename");
  for (const char* known : {".gz", ".bak", ".old"})
    EXPECT_TRUE(find_ransom(pages(9, known, false), pages(9, "", false)).empty()) << known;
}

TEST(Ransom, SmallFilesEncryptedInPlaceAndTheNoteBesideThem) {
  std::vector<SnapshotFile> before = pages(20, "", false);
  std::vector<SnapshotFile> now = pages(20, "", true);
  now.push_back(file("README_MRK.txt", "Your files are encrypted. Pay bitcoin."));
  now.push_back(file("about.txt", "A new text that nobody minds."));
  EXPECT_EQ(find_ransom(now, before).size(), 21u);
  before.push_back(file("README.txt", "A text of the town hall."));
  std::vector<SnapshotFile> quiet = before;
  quiet.push_back(file("pages/README.md", "A new text, on a quiet night."));
  EXPECT_TRUE(find_ransom(quiet, before).empty());
}

TEST(Ransom, AFewOddFilesAreNoMassEncryption) {
  EXPECT_TRUE(find_ransom(join(files(6, "a", ".jpg", true), files(60, "b", ".jpg", false)), {}).empty());
  EXPECT_TRUE(find_ransom(files(4, "a", ".jpg", true), {}).empty());
}

TEST(Ransom, CompressedAndEncryptedByNatureIsLeftAlone) {
  std::vector<SnapshotFile> now = files(50, "img/", ".jpg", false);
  for (int i = 0; i < 20; ++i) {
    std::string n = std::to_string(i);
    now.push_back(file("b/" + n + ".zip", "PK\3\4" + random_bytes(4000, 1)));
    now.push_back(file("b/" + n + ".gpg", random_bytes(4000, 2)));
    now.push_back(file("cache/" + n, random_bytes(4000, 3)));  // nameless blobs of some application
  }
  EXPECT_TRUE(find_ransom(now, {}).empty());
}

TEST(Ransom, WithAPreviousSnapshotOnlyChangesCount) {
  std::vector<SnapshotFile> blobs = files(20, "store/", ".jpg", true);
  EXPECT_TRUE(find_ransom(blobs, blobs).empty());
  std::vector<SnapshotFile> before, now;
  for (int i = 0; i < 20; ++i) {
    before.push_back(file("pages/" + std::to_string(i), kText));
    now.push_back(file("pages/" + std::to_string(i), random_bytes(700, static_cast<uint64_t>(i))));
  }
  EXPECT_EQ(find_ransom(now, before).size(), 20u);
}

TEST(Ransom, NotesAreFoundBesideTheDamageOrInNumber) {
  std::vector<SnapshotFile> quiet = files(40, "img/", ".jpg", false);
  std::vector<SnapshotFile> one = join(quiet, {file("info.txt", kNote)});
  EXPECT_TRUE(find_ransom(one, {}).empty());  // an article, perhaps
  EXPECT_EQ(find_ransom(join(quiet, {file("HOW_TO_DECRYPT.txt", kNote)}), {}).size(), 1u);
  EXPECT_EQ(find_ransom(join(one, {file("img/info.txt", kNote)}), {}).size(), 2u);
  std::vector<PathFinding> beside = find_ransom(join(one, files(12, "a", ".jpg", true)), {});
  ASSERT_EQ(beside.size(), 13u);
  EXPECT_EQ(beside.back().finding.rule, "ransom-note");
}

TEST(Ransom, WordsOfANote) {
  EXPECT_TRUE(has_ransom_words(kNote));
  EXPECT_TRUE(
      has_ransom_words("Vos fichiers ont été chiffrés. Pour payer en bitcoin, contactez-nous : a@x.invalid"));
  EXPECT_FALSE(has_ransom_words(
      "The council voted the payment of 300 euros. Contact us: mairie@x.invalid, or come in."));
  EXPECT_FALSE(
      has_ransom_words("Never pay a ransom in bitcoin: ask the police, they are there to help everybody."));
}

}  // namespace
}  // namespace aplomb::scan
