// docs/format/keys.md against the code.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "crypto/base64.h"
#include "crypto/key_file.h"
#include "crypto/key_file_format.h"

namespace aplomb::crypto {
namespace {

using Row = std::vector<std::string>;
using Table = std::map<std::string, std::string>;

std::vector<std::string> lines_below(const std::string& heading) {
  std::ifstream page(APLOMB_FORMAT_PAGES "/keys.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("#")) inside = line == heading;
    if (inside) lines.push_back(line);
  }
  return lines;
}

// The cells of the tables below a heading, without backticks and without the titles.
std::vector<Row> rows_below(const std::string& heading) {
  std::vector<Row> rows;
  for (const std::string& line : lines_below(heading)) {
    if (line.starts_with("|---")) rows.pop_back();
    if (line.starts_with("| ")) {
      Row row;
      for (size_t at = 2, end; (end = line.find(" |", at)) != line.npos; at = end + 3) {
        row.push_back(line.substr(at, end - at));
        std::erase(row.back(), '`');
      }
      rows.push_back(row);
    }
  }
  return rows;
}

Table table_below(const std::string& heading) {
  Table table;
  for (const Row& row : rows_below(heading))
    EXPECT_TRUE(table.emplace(row.at(0), row.at(1)).second) << row.at(0);
  return table;
}

std::string example_file() {
  std::string text;
  for (const std::string& line : lines_below("## Worked examples"))
    if (line.starts_with("    ")) text += line.substr(4) + "\n";
  return text;
}

Bytes example_bytes() {
  std::string text = example_file(), body;
  for (size_t at = text.find('\n') + 1; at < text.find("END"); ++at)
    if (text[at] != '\n') body += text[at];
  return from_base64(body).value();
}

// The keys of the examples, made in the page's order; `random` then gives the salt and the nonce of the file.
struct Example {
  SeededRandom random{1};
  BoxKeyPair recovery = make_box_key(random);
  SigningKey owner = make_signing_key(random);
  KeyFile key;
  Example() {
    random.fill(key.vault.bytes);
    key.recovery_public = recovery.public_key;
    key.owner_verify = owner.verify_key;
    key.secret = recovery.secret.clone();
  }
};

constexpr ScryptCost kExampleCost{4, 1, 1};

template <typename T>
std::string number(T value) {
  return std::to_string(static_cast<unsigned long long>(value));
}

TEST(KeysPage, HasTheConstantsOfTheCode) {
  const Table code{{"kKeyFileMagic", std::string(kKeyFileMagic)},
                   {"kKeyFileFormat", number(kKeyFileFormat)},
                   {"kKeySecretSize", number(kKeySecretSize)},
                   {"kScryptSaltSize", number(kScryptSaltSize)},
                   {"kNonceSize", number(kNonceSize)},
                   {"kTagSize", number(kTagSize)},
                   {"kSealKeySize", number(kSealKeySize)},
                   {"kKeyFileClearSize", number(kKeyFileClearSize)},
                   {"kKeyFileCheckSize", number(kKeyFileCheckSize)},
                   {"kKeyFileSize", number(kKeyFileSize)},
                   {"kKeyFileLineSize", number(kKeyFileLineSize)},
                   {"kKeyFileTextMax", number(kKeyFileTextMax)},
                   {"kBoxOverhead", number(kBoxOverhead)},
                   {"KeyKind::owner", number(KeyKind::owner)},
                   {"KeyKind::recovery", number(KeyKind::recovery)},
                   {"ScryptCost::log2_n", number(ScryptCost{}.log2_n)},
                   {"ScryptCost::r", number(ScryptCost{}.r)},
                   {"ScryptCost::p", number(ScryptCost{}.p)},
                   {"kScryptRMax", number(kScryptRMax)},
                   {"kScryptPMax", number(kScryptPMax)},
                   {"kScryptMemoryMax", number(kScryptMemoryMax)},
                   {"kScryptWorkMax", number(kScryptWorkMax)}};
  EXPECT_EQ(table_below("## Constants"), code);
}

// The contexts stand with the parts that use them, so this looks through the headers of all parts: a new one
// must be entered on the page, and no two parts may choose the same.
std::vector<std::string> contexts_in_headers() {
  static const std::regex constant(R"re(kInfo\w+\[\] = "([^"]*)")re");
  std::vector<std::string> contexts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(APLOMB_SOURCES)) {
    if (entry.path().extension() != ".h") continue;
    std::ifstream header(entry.path());
    std::smatch match;
    for (std::string line; std::getline(header, line);)
      if (std::regex_search(line, match, constant)) contexts.push_back(match[1]);
  }
  std::ranges::sort(contexts);
  return contexts;
}

TEST(KeysPage, HasTheContextsOfAllPartsEachForOnePurpose) {
  std::vector<std::string> page;
  for (const Row& row : rows_below("## Contexts")) page.push_back(row.at(0));
  std::ranges::sort(page);
  EXPECT_EQ(page, contexts_in_headers());
  EXPECT_EQ(std::ranges::adjacent_find(page), page.end());
  for (const std::string& context : page)
    EXPECT_TRUE(std::regex_match(context, std::regex("aplomb [a-z]+ [0-9]"))) << context;
}

TEST(KeysPage, HasALayoutThatFitsTheExampleByteForByte) {
  const Table example = table_below("## Worked examples");
  const Table expected{{"magic, aplomkey", to_hex(as_bytes("aplomkey"))},
                       {"format number, 1", "0100"},
                       {"kind: 1 owner, 2 recovery; the title says the same", "02"},
                       {"vault id", example.at("vault id")},
                       {"recovery public key (X25519)", example.at("recovery public key")},
                       {"owner verify key (Ed25519)", example.at("owner verify key")},
                       {"scrypt: log2 N", "04"},
                       {"scrypt: r", "01000000"},
                       {"scrypt: p", "01000000"},
                       {"scrypt: salt", example.at("salt")},
                       {"nonce", example.at("nonce")},
                       {"sealed secret", example.at("sealed secret")},
                       {"check", example.at("check")}};
  const Bytes bytes = example_bytes();
  size_t next = 0;
  Table found;
  for (const Row& row : rows_below("## The key file as bytes")) {
    size_t offset = std::stoul(row.at(0)), size = std::stoul(row.at(1));
    EXPECT_EQ(offset, next) << row.at(2);
    next = offset + size;
    ASSERT_LE(next, bytes.size());
    found[row.at(2)] = to_hex(ByteView(bytes).subspan(offset, size));
  }
  EXPECT_EQ(next, kKeyFileSize);
  EXPECT_EQ(found, expected);
}

TEST(KeysPage, HasAKeyFileThatTheCodeWritesAndReads) {
  Example example;
  EXPECT_EQ(encode_key_file(example.random, example.key, "a passphrase", kExampleCost).value(),
            example_file());
  auto read = decode_key_file(example_file(), KeyKind::recovery, "a passphrase");
  ASSERT_TRUE(read);
  EXPECT_EQ(to_hex(read->secret.view()), table_below("## Worked examples").at("recovery secret"));
}

TEST(KeysPage, HasExamplesThatTheCodeFollows) {
  Example example;
  const Bytes file = example_bytes();
  const ByteView salt = ByteView(file).subspan(100, kScryptSaltSize);
  const Secret sealing_key = scrypt("a passphrase", salt, kExampleCost, kSealKeySize).value();
  Nonce nonce;
  std::copy_n(file.begin() + 116, nonce.size(), nonce.begin());
  const Bytes sealed = seal(sealing_key.view(), nonce, ByteView(file).first(kKeyFileClearSize),
                            example.recovery.secret.view());

  SeededRandom for_ephemeral(2), for_box(2);
  const BoxKeyPair ephemeral = make_box_key(for_ephemeral);
  const BoxPublicKey& recipient = example.recovery.public_key;
  const Bytes box = box_seal(for_box, recipient, "example", as_bytes("mairie"));
  EXPECT_EQ(as_text(box_open(example.recovery, "example", box).value()), "mairie");

  const Table code{
      {"vault id", example.key.vault.hex()},
      {"recovery secret", to_hex(example.recovery.secret.view())},
      {"recovery public key", recipient.hex()},
      {"owner seed", to_hex(example.owner.seed.view())},
      {"owner verify key", example.owner.verify_key.hex()},
      {"log2 N, r, p", fmt::format("{}, {}, {}", kExampleCost.log2_n, kExampleCost.r, kExampleCost.p)},
      {"salt", to_hex(salt)},
      {"nonce", to_hex(nonce)},
      {"scrypt", to_hex(sealing_key.view())},
      {"sealed secret", to_hex(sealed)},
      {"check", to_hex(sha256(ByteView(file).first(176)).view().first(kKeyFileCheckSize))},
      {"e", to_hex(ephemeral.secret.view())},
      {"E", ephemeral.public_key.hex()},
      {"key",
       to_hex(agree(ephemeral.secret.view(), recipient, ephemeral.public_key, recipient, "example")->view())},
      {"box", to_hex(box)},
      {"signature", to_hex(sign(example.owner, "example", as_bytes("mairie")))}};
  EXPECT_EQ(table_below("## Worked examples"), code);
}

}  // namespace
}  // namespace aplomb::crypto
