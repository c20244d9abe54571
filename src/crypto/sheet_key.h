// A recovery sheet is the recovery key in 27 words: its secret, masked with the passphrase and with what the
// vault says of itself. So the words need the passphrase, and the true vault's header, which also proves the
// result. They hold nothing by which a guess at the passphrase could be checked without that header.
// docs/format/recovery-sheet.md.
#pragma once

#include "crypto/key_file.h"
#include "crypto/sheet_words.h"

namespace aplomb::crypto {

constexpr uint8_t kSheetFormat = 1;
constexpr char kInfoSheet[] = "aplomb sheet 1";
// Of format 1, for ever; paper has no field for it.
constexpr ScryptCost kSheetCost{16, 8, 1};
constexpr size_t kSheetSaltSize = 16;

// Whose key it is: what the vault's header pins, and the mask depends on.
struct SheetVault {
  VaultId vault;
  BoxPublicKey recovery_public;
  VerifyKey owner_verify;
};

// The words for a key whose passphrase this is. The same key and passphrase give the same words. `cost` is
// for tests.
Result<std::vector<std::string>> sheet_of(const KeyFile& recovery, std::string_view passphrase,
                                          const ScryptCost& cost = kSheetCost);

// Code::key: a wrong passphrase, or a vault that is not the sheet's; nothing tells the two apart.
// Code::unsupported: a newer format.
Result<KeyFile> open_sheet(const SheetBytes& bytes, const SheetVault& vault, std::string_view passphrase,
                           const ScryptCost& cost = kSheetCost);

// "1a2b-3c4d", printed on the sheet, so that people can tell whether a vault is the sheet's.
std::string sheet_mark(const SheetVault& vault);

}  // namespace aplomb::crypto
