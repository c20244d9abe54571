// docs/format/recovery-sheet.md against the code.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "crypto/sheet_key.h"
#include "crypto/sheet_text.h"
#include "crypto/word_list.h"

namespace aplomb::crypto {
namespace {

using Table = std::map<std::string, std::string>;

std::vector<std::string> lines_below(const std::string& heading) {
  std::ifstream page(APLOMB_FORMAT_PAGES "/recovery-sheet.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("#")) inside = line == heading;
    if (inside) lines.push_back(line);
  }
  return lines;
}

Table table_below(const std::string& heading) {
  Table table;
  for (std::string line : lines_below(heading)) {
    std::erase(line, '`');
    size_t middle = line.find(" | "), end = line.rfind(" |");
    if (!line.starts_with("| ") || line.starts_with("|---") || middle == end) continue;
    table[line.substr(2, middle - 2)] = line.substr(middle + 3, end - middle - 3);
  }
  return table;
}

std::string example_words() {
  std::string text;
  for (const std::string& line : lines_below("## Worked example"))
    if (line.starts_with("    ")) text += line.substr(4) + "\n";
  return text;
}

TEST(SheetPage, HasTheConstantsOfTheCode) {
  const Table code{{"constant", "value"},
                   {"kSheetFormat", std::to_string(kSheetFormat)},
                   {"kSheetWords", std::to_string(kSheetWords)},
                   {"kSheetCheckBits", std::to_string(kSheetCheckBits)},
                   {"kSheetSaltSize", std::to_string(kSheetSaltSize)},
                   {"kWordListSize", std::to_string(kWordListSize)},
                   {"kWordBits", std::to_string(kWordBits)},
                   {"kWordStart", std::to_string(kWordStart)},
                   {"kSheetCost: log2 N", std::to_string(kSheetCost.log2_n)},
                   {"kSheetCost: r", std::to_string(kSheetCost.r)},
                   {"kSheetCost: p", std::to_string(kSheetCost.p)},
                   {"kSheetTitle", std::string(kSheetTitle)},
                   {"kSheetEnd", std::string(kSheetEnd)},
                   {"kInfoSheet", kInfoSheet},
                   {"kInfoSheetCheck", kInfoSheetCheck}};
  EXPECT_EQ(table_below("## Constants"), code);
}

TEST(SheetPage, NamesTheListByItsHash) {
  std::string list;
  for (std::string_view word : word_list()) list += std::string(word) + "\n";
  EXPECT_EQ(table_below("## The list").at("SHA-256"), sha256(as_bytes(list)).hex());
}

TEST(SheetPage, HasAnExampleThatTheCodeFollows) {
  const Table page = table_below("## Worked example");
  const SheetVault vault{*VaultId::parse(page.at("vault id")),
                         *BoxPublicKey::parse(page.at("recovery public key")),
                         *VerifyKey::parse(page.at("owner verify key"))};
  const SheetBytes bytes = decode_sheet(example_words()).value();
  const KeyFile key = open_sheet(bytes, vault, "a passphrase").value();

  ByteWriter salted;
  salted.bytes(as_bytes("aplomb sheet 1"));
  salted.id(vault.vault);
  salted.id(vault.recovery_public);
  salted.id(vault.owner_verify);
  const Sha256 salt = sha256(salted.view());
  Bytes checked(std::begin(kInfoSheetCheck), std::end(kInfoSheetCheck) - 1);
  checked.insert(checked.end(), bytes.begin(), bytes.end());

  const Table code{{"example", "value"},
                   {"vault id", vault.vault.hex()},
                   {"recovery secret", to_hex(key.secret.view())},
                   {"recovery public key", vault.recovery_public.hex()},
                   {"owner verify key", vault.owner_verify.hex()},
                   {"salt", to_hex(salt.view().first(16))},
                   {"scrypt", to_hex(scrypt("a passphrase", salt.view().first(16), kSheetCost, 32)->view())},
                   {"masked secret", to_hex(ByteView(bytes).subspan(1))},
                   {"checksum, first five bytes of the hash", to_hex(sha256(checked).view().first(5))},
                   {"mark", sheet_mark(vault)}};
  EXPECT_EQ(page, code);

  EXPECT_EQ(sheet_of(key, "a passphrase").value(), sheet_tokens(example_words()));
}

}  // namespace
}  // namespace aplomb::crypto
