// A small Debian repository, signed by a key made for the test, with real gpg: packages, index, release file,
// keyring. For tests only.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "crypto/crypto.h"
#include "proc/command.h"

namespace aplomb::vendor {

class TestRepository {
 public:
  using Files = std::map<std::string, std::string>;

  TestRepository() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aplomb-repository.XXXXXX").string();
    folder = mkdtemp(pattern.data());
    gpg({"--quick-gen-key", "Archive <archive@example.org>", "ed25519", "sign", "never"});
    gpg({"--output", keyring(), "--export", "archive@example.org"});
  }
  ~TestRepository() {
    proc::Command end;
    end.argv = {"gpgconf", "--homedir", folder, "--kill", "all"};
    (void)proc::run(end);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::string keyring() const { return folder + "/archive.gpg"; }

  // A package with these files, by their absolute paths without the leading slash.
  static Bytes deb(const Files& files) {
    std::string data = tar(files);
    std::string text = "!<arch>\n" + member("debian-binary", "2.0\n") +
                       member("control.tar", tar({{"control", "x"}})) + member("data.tar.xz", data);
    return Bytes(text.begin(), text.end());
  }
  static std::string index(const std::map<std::string, Bytes>& debs) {  // "dokuwiki_1_all" -> .deb
    std::string text;
    for (const auto& [name, bytes] : debs) {
      size_t a = name.find('_'), b = name.rfind('_');
      text += fmt::format("Package: {}\nVersion: {}\nArchitecture: {}\nSize: {}\nSHA256: {}\n\n",
                          name.substr(0, a), name.substr(a + 1, b - a - 1), name.substr(b + 1), bytes.size(),
                          crypto::sha256(bytes).hex());
    }
    return text;
  }
  static std::string release(const std::string& index) {
    return fmt::format("Origin: Test\nSuite: stable\nSHA256:\n {} {} main/binary-all/Packages\n",
                       crypto::sha256(as_bytes(index)).hex(), index.size());
  }
  std::string sign(const std::string& text) {
    std::ofstream(folder + "/Release") << text;
    std::filesystem::remove(folder + "/InRelease");
    gpg({"--output", folder + "/InRelease", "--clearsign", folder + "/Release"});
    std::ifstream file(folder + "/InRelease");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder;

 private:
  void gpg(const std::vector<std::string>& words) {
    proc::Command command;
    command.argv = {"gpg", "--homedir",       folder,    "--batch", "--quiet", "--passphrase",
                    "",    "--pinentry-mode", "loopback"};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    auto result = proc::run(command);
    ASSERT_TRUE(result) << result.error().what;
    ASSERT_TRUE(result->ok()) << result->err;
  }

  static std::string member(std::string name, std::string_view content) {
    std::string size = std::to_string(content.size());
    name.resize(16, ' ');
    return name + std::string(32, ' ') + size + std::string(10 - size.size(), ' ') + "`\n" +
           std::string(content) + (content.size() % 2 ? "\n" : "");
  }
  static std::string tar(const Files& files) {
    std::string out(4 << 20, '\0');
    size_t used = 0;
    struct archive* made = archive_write_new();
    archive_write_set_format_pax_restricted(made);
    archive_write_add_filter_xz(made);
    archive_write_open_memory(made, out.data(), out.size(), &used);
    for (const auto& [name, content] : files) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, ("./" + name).c_str());
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
      archive_write_header(made, entry);
      archive_write_data(made, content.data(), content.size());
      archive_entry_free(entry);
    }
    archive_write_close(made);
    archive_write_free(made);
    out.resize(used);
    return out;
  }
};

}  // namespace aplomb::vendor
