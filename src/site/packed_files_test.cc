#include "site/packed_files.h"

#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>

#include <map>

namespace aplomb::site {
namespace {

using Files = std::map<std::string, std::string>;
enum class Format { zip, tar_gz };

// The bytes of an archive with these files, and a link and a folder beside them.
Bytes pack(Format format, const Files& files) {
  Bytes out(1 << 20);
  size_t used = 0;
  struct archive* made = archive_write_new();
  if (format == Format::zip) {
    archive_write_set_format_zip(made);
  } else {
    archive_write_set_format_pax_restricted(made);
    archive_write_add_filter_gzip(made);
  }
  archive_write_open_memory(made, out.data(), out.size(), &used);
  auto add = [&](const std::string& name, unsigned type, const std::string& content) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    if (type == AE_IFLNK) archive_entry_set_symlink(entry, "/etc/passwd");
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(made, entry);
    archive_write_data(made, content.data(), content.size());
    archive_entry_free(entry);
  };
  add("wp", AE_IFDIR, "");
  add("wp/link", AE_IFLNK, "");
  for (const auto& [name, content] : files) add(name, AE_IFREG, content);
  archive_write_close(made);
  archive_write_free(made);
  out.resize(used);
  return out;
}

Result<Files> unpack(ByteView bytes) {
  auto files = TRY(PackedFiles::open(bytes));
  Files found;
  while (auto file = TRY(files.next())) found[file->path] = std::string(as_text(file->content));
  return found;
}

TEST(PackedFiles, GivesEachFileOfEachFormat) {
  const Files files = {
      {"wp/index.php", "<?php"}, {"wp/a/é.txt", std::string(200'000, 'x')}, {"wp/empty", ""}};
  for (Format format : {Format::zip, Format::tar_gz}) {
    auto found = unpack(pack(format, files));
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(*found, files);
  }
}

TEST(PackedFiles, NoNameLeavesTheArchive) {
  for (const char* name : {"../evil.php", "wp/../../evil.php", "/etc/cron.d/x"})
    EXPECT_EQ(unpack(pack(Format::tar_gz, {{name, "x"}})).error().code, Code::corrupt) << name;
}

TEST(PackedFiles, WhatIsNoArchiveOrWasCutIsSaid) {
  EXPECT_FALSE(unpack(as_bytes("this is not an archive")));
  Bytes whole = pack(Format::tar_gz, {{"wp/a", std::string(100'000, 'a')}, {"wp/b", "b"}});
  EXPECT_FALSE(unpack(ByteView(whole).first(whole.size() / 2)));
  Bytes zip = pack(Format::zip, {{"wp/a", "hello hello hello"}});
  for (size_t i = 0; i < zip.size(); i += 7) {  // any answer, and no crash of ours
    Bytes changed = zip;
    changed[i] ^= 0x40;
    (void)unpack(changed);
  }
}

}  // namespace
}  // namespace aplomb::site
