// A repository of git with commits signed by an SSH or OpenPGP key made for the test, with the real programs.
// For tests only.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/text.h"
#include "proc/command.h"

namespace aplomb::vendor {

class TestGit {
 public:
  TestGit() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aplomb-git.XXXXXX").string();
    top_ = mkdtemp(pattern.data());
    folder = top_ + "/site";
    std::filesystem::create_directory(folder);
    for (const char* name : {"anne", "mallory"})
      run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key(name)});
    signers = "anne@valmont.example namespaces=\"git\" " + read(key("anne") + ".pub");
    git({"init", "-q", "-b", "main"});
  }
  ~TestGit() {
    std::error_code ignored;
    std::filesystem::remove_all(top_, ignored);
  }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder + "/" + path).parent_path());
    std::ofstream(folder + "/" + path, std::ios::binary) << text;
  }
  // `who` signs; "" leaves it unsigned. The commit's name.
  std::string commit(const std::string& who) {
    git({"add", "-A"});
    std::vector<std::string> words = {
        "-c", "gpg.format=ssh", "-c", "user.signingKey=" + key(who), "commit", "-q", "--allow-empty",
        "-m", "Deploy"};
    if (!who.empty()) words.insert(words.end() - 2, "-S");
    git(words);
    return std::string(trim(git({"rev-parse", "HEAD"})));
  }
  std::string git(std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"git", "-C", folder, "-c", "user.name=Anne", "-c", "user.email=anne@valmont.example"});
    return run(words);
  }
  std::string key(const std::string& name) const { return top_ + "/" + name; }
  const std::string& top() const { return top_; }

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string run(const std::vector<std::string>& words, std::vector<std::string> environment = {}) {
    proc::Command command;
    command.argv = words;
    for (std::string& one : environment) command.environment.push_back(std::move(one));
    auto result = proc::run(command);
    EXPECT_TRUE(result && result->ok())
        << words.front() << ": " << (result ? result->err : result.error().what);
    return result ? result->out : std::string();
  }

  std::string folder, signers;

 private:
  std::string top_;
};

}  // namespace aplomb::vendor
