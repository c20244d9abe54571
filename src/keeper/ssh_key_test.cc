#include "keeper/ssh_key.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/random.h"
#include "keeper/fd_stream.h"
#include "keeper/ssh.h"
#include "proc/command.h"

namespace aplomb::keeper {
namespace {

TEST(SshKey, PublicLineReadsBack) {
  SeededRandom random(1);
  crypto::SigningKey key = crypto::make_signing_key(random);
  std::string line = public_line(key.verify_key, "aplomb-writer");
  EXPECT_TRUE(line.starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"));
  EXPECT_EQ(parse_public(line), key.verify_key);
  EXPECT_EQ(parse_public(public_word(key.verify_key)), key.verify_key);
  EXPECT_EQ(parse_public(public_word(key.verify_key) + " comment"), key.verify_key);
  for (const std::string& text :
       {std::string(), std::string("ssh-rsa AAAA"), std::string("ssh-ed25519"), std::string("ssh-ed25519 "),
        line.substr(0, 40), "A" + public_word(key.verify_key)})
    EXPECT_FALSE(parse_public(text)) << text;
}

// What OpenSSH itself makes of it; skipped where it is not installed.
TEST(SshKey, PrivateFileIsReadByOpenSsh) {
  SeededRandom random(2);
  crypto::SigningKey key = crypto::make_signing_key(random);
  crypto::Secret file = private_file(key);
  auto path = std::filesystem::temp_directory_path() / ("aplomb-ssh-key-test-" + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary) << as_text(file.view());
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  proc::Command command;
  command.argv = {"ssh-keygen", "-y", "-P", "", "-f", path.string()};
  auto result = proc::run(command);
  std::filesystem::remove(path);
  if (!result) GTEST_SKIP() << "ssh-keygen is not installed";
  ASSERT_TRUE(result->ok()) << result->err;
  EXPECT_EQ(parse_public(result->out), key.verify_key);
}

TEST(SshKey, LoginsOfTheRolesDifferAndFollowFromTheirSecret) {
  Bytes secret(32, 7), other(32, 8);
  EXPECT_EQ(login_key(secret, Role::reader).verify_key, login_key(secret, Role::reader).verify_key);
  EXPECT_NE(login_key(secret, Role::reader).verify_key, login_key(secret, Role::owner).verify_key);
  EXPECT_NE(login_key(secret, Role::reader).verify_key, login_key(other, Role::reader).verify_key);
  EXPECT_NE(login_key(secret, Role::owner).verify_key, crypto::signing_key_from_seed(secret)->verify_key)
      << "the login tells nothing of the key that signs";
}

TEST(SshKey, LinesForSshHaveOneRoleAndNoOtherOption) {
  SeededRandom random(3);
  crypto::VerifyKey key = crypto::make_signing_key(random).verify_key;
  EXPECT_EQ(
      authorized_line("/usr/bin/aplomb", Role::reader, "/srv/vault", key),
      "restrict,command=\"/usr/bin/aplomb keeper reader /srv/vault\" " + public_line(key, "aplomb-reader"));
  vault::HostKey host;
  host.bytes = key.bytes;
  auto url = std::get<vault::SshUrl>(*vault::parse_vault_url("ssh://a@b.example/v"));
  EXPECT_EQ(known_host_line(url, host), "b.example ssh-ed25519 " + public_word(key) + "\n");
  url.port = 2222;
  EXPECT_TRUE(known_host_line(url, host).starts_with("[b.example]:2222 "));
  for (Role role : {Role::writer, Role::reader, Role::owner}) EXPECT_EQ(parse_role(name(role)), role);
  EXPECT_EQ(parse_role("root"), std::nullopt);
}

TEST(Ssh, WhatItSaysBecomesSomethingToDo) {
  EXPECT_EQ(explain_ssh("vault@host: Permission denied (publickey).\r\n").code, Code::key);
  EXPECT_EQ(explain_ssh("@@@\nHost key verification failed.\n").code, Code::key);
  Error lost = explain_ssh("ssh: connect to host b port 22: Connection refused\n");
  EXPECT_EQ(lost.code, Code::network);
  EXPECT_NE(lost.what.find("Connection refused"), std::string::npos);
  EXPECT_EQ(explain_ssh("a\x1b[2Jb").what.find('\x1b'), std::string::npos);
  EXPECT_EQ(explain_ssh("").code, Code::network);
}

TEST(FdStream, CarriesBytesAndWakesWhoWaits) {
  int there[2], back[2];
  ASSERT_EQ(pipe(there), 0);
  ASSERT_EQ(pipe(back), 0);
  FdStream near{proc::UniqueFd(back[0]), proc::UniqueFd(there[1])};
  auto far = std::make_unique<FdStream>(proc::UniqueFd(there[0]), proc::UniqueFd(back[1]));
  Bytes sent(500'000, 7), got;
  std::jthread writer([&] { EXPECT_TRUE(near.write(sent)); });
  Bytes buffer(10'000);
  while (got.size() < sent.size()) {
    size_t count = *far->read(buffer);
    got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(count));
  }
  writer.join();
  EXPECT_EQ(got, sent);
  std::jthread waiting([&] { EXPECT_EQ(*near.read(buffer), 0u); });
  near.close();
  waiting.join();
  far.reset();
  EXPECT_EQ(*near.read(buffer), 0u);
}

}  // namespace
}  // namespace aplomb::keeper
