#include <gtest/gtest.h>
#include <sys/resource.h>

#include "crypto/crypto.h"

namespace aplomb::crypto {
namespace {

TEST(Scrypt, MatchesRfc7914) {
  EXPECT_EQ(to_hex(scrypt("", {}, {4, 1, 1}, 64)->view()),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  EXPECT_EQ(to_hex(scrypt("password", as_bytes("NaCl"), {10, 8, 16}, 64)->view()),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
  EXPECT_EQ(to_hex(scrypt("pleaseletmein", as_bytes("SodiumChloride"), {14, 8, 1}, 64)->view()),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(Scrypt, RefusesHostileCostsBeforeAllocating) {
  const long before = peak_kib();
  const ScryptCost hostile[] = {
      {20, 8, 1},  // 1 GiB and a little
      {23, 1, 1},  // the same with a small r
      {63, 8, 1},  {64, 8, 1},          {255, 8, 1},
      {1, 33, 1},  {1, 0x80000000u, 1}, {16, UINT32_MAX, 1},
      {1, 1, 17},  {1, 1, UINT32_MAX},  {16, UINT32_MAX, UINT32_MAX},
      {19, 8, 16},  // 512 MiB, but sixteen times over
  };
  for (const ScryptCost& cost : hostile) {
    auto key = scrypt("passphrase", as_bytes("salt"), cost, 32);
    ASSERT_FALSE(key) << int{cost.log2_n} << " " << cost.r << " " << cost.p;
    EXPECT_EQ(key.error().code, Code::limit);
  }
  EXPECT_LT(peak_kib() - before, 64 * 1024);
}

TEST(Scrypt, RefusesCostsThatMakeNoSense) {
  for (const ScryptCost& cost : {ScryptCost{0, 8, 1}, {16, 0, 1}, {16, 8, 0}, {16, 1, 1}}) {
    auto key = scrypt("passphrase", as_bytes("salt"), cost, 32);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Code::corrupt);
  }
}

TEST(Scrypt, AcceptsItsOwnDefault) {
  EXPECT_TRUE(scrypt("passphrase", as_bytes("salt"), {}, 32));
}

}  // namespace
}  // namespace aplomb::crypto
