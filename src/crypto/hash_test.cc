#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "crypto/crypto.h"

namespace aplomb::crypto {
namespace {

Bytes counting(int first, int last) {
  Bytes bytes;
  for (int i = first; i <= last; ++i) bytes.push_back(static_cast<uint8_t>(i));
  return bytes;
}

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(sha256(as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(as_bytes(std::string(1000000, 'a'))).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Stream, DoesNotDependOnHowItIsFedAndStartsAnew) {
  const std::string text(1000, 'x');
  for (size_t step : {1u, 7u, 63u, 64u, 65u, 1000u}) {
    Sha256Stream stream;
    for (int round = 0; round < 2; ++round) {
      for (size_t at = 0; at < text.size(); at += step)
        stream.update(as_bytes(std::string_view(text).substr(at, step)));
      EXPECT_EQ(stream.finish(), sha256(as_bytes(text))) << step << " " << round;
    }
  }
}

TEST(Sha256Stream, MovesWithWhatItWasFed) {
  Sha256Stream first;
  first.update(as_bytes("ab"));
  Sha256Stream second(std::move(first));
  second.update(as_bytes("c"));
  EXPECT_EQ(second.finish(), sha256(as_bytes("abc")));
}

TEST(Sha256, MixesWithMd5OnOneThreadAndRunsOnSeveral) {
  std::vector<std::jthread> threads;
  std::vector<Sha256> results(4);
  for (Sha256& result : results)
    threads.emplace_back([&result] {
      for (int i = 0; i < 100; ++i) {
        md5(as_bytes("abc"));
        result = sha256(as_bytes("abc"));
      }
    });
  threads.clear();
  for (const Sha256& result : results) EXPECT_EQ(result, sha256(as_bytes("abc")));
}

TEST(Md5, MatchesRfc1321) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"}};
  for (auto [text, expected] : vectors) EXPECT_EQ(to_hex(md5(as_bytes(text))), expected) << text;
}

TEST(Hmac, MatchesRfc4231) {
  const Bytes dd(50, 0xdd), cd(50, 0xcd), aa20(20, 0xaa), aa131(131, 0xaa), b20(20, 0x0b), c20(20, 0x0c);
  EXPECT_EQ(to_hex(hmac_sha256(b20, as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(aa20, dd)),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(to_hex(hmac_sha256(counting(1, 25), cd)),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(to_hex(hmac_sha256(c20, as_bytes("Test With Truncation"))).substr(0, 32),
            "a3b6167473100ee06e0c796c2955552b");
  EXPECT_EQ(to_hex(hmac_sha256(aa131, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(
      to_hex(hmac_sha256(
          aa131, as_bytes("This is a test using a larger than block-size key and a larger than block-size "
                          "data. The key needs to be hashed before being used by the HMAC algorithm."))),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Hmac, TakesAnEmptyKeyForAnEmptyKey) {
  hmac_sha256(as_bytes("a key that must not be found again"), {});
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, MatchesRfc5869) {
  const Bytes b22(22, 0x0b);
  const Bytes info1 = counting(0xf0, 0xf9), info2 = counting(0xb0, 0xff);
  EXPECT_EQ(to_hex(hkdf_sha256(b22, counting(0, 12), as_text(info1), 42).view()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(hkdf_sha256(counting(0, 0x4f), counting(0x60, 0xaf), as_text(info2), 82).view()),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(to_hex(hkdf_sha256(b22, {}, "", 42).view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, GivesTheWholeTableOfTheChunkerAtOnce) {
  const Secret table = hkdf_sha256(as_bytes("key"), {}, "info", 2048);
  EXPECT_EQ(table.size(), 2048u);
  EXPECT_EQ(to_hex(table.view().first(32)), to_hex(hkdf_sha256(as_bytes("key"), {}, "info", 32).view()));
}

}  // namespace
}  // namespace aplomb::crypto
