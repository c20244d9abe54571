#include "crypto/sheet_key.h"

#include <algorithm>

#include "base/messages.h"
#include "crypto/key_file_format.h"

namespace aplomb::crypto {
namespace {

static_assert(std::tuple_size_v<SheetBytes> == 1 + kKeySecretSize);

std::array<uint8_t, kSheetSaltSize> salt_of(const SheetVault& vault) {
  ByteWriter writer;
  writer.bytes(as_bytes(kInfoSheet));
  writer.id(vault.vault);
  writer.id(vault.recovery_public);
  writer.id(vault.owner_verify);
  const Sha256 hash = sha256(writer.view());
  std::array<uint8_t, kSheetSaltSize> salt;
  std::copy_n(hash.bytes.begin(), salt.size(), salt.begin());
  return salt;
}

Result<Secret> masked(ByteView secret, const SheetVault& vault, std::string_view passphrase,
                      const ScryptCost& cost) {
  Secret out = TRY(scrypt(passphrase, salt_of(vault), cost, kKeySecretSize));
  std::ranges::transform(out.view(), secret, out.writable().begin(),
                         [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a ^ b); });
  return out;
}

}  // namespace

Result<std::vector<std::string>> sheet_of(const KeyFile& recovery, std::string_view passphrase,
                                          const ScryptCost& cost) {
  APLOMB_CHECK(recovery.kind == KeyKind::recovery && recovery.secret.size() == kKeySecretSize);
  const SheetVault vault{recovery.vault, recovery.recovery_public, recovery.owner_verify};
  const Secret mask = TRY(masked(recovery.secret.view(), vault, passphrase, cost));
  SheetBytes bytes{kSheetFormat};
  std::ranges::copy(mask.view(), bytes.begin() + 1);
  std::vector<std::string> words = encode_sheet(bytes);
  // A sheet that was never read back is only a hope.
  std::string text;
  for (const std::string& word : words) text += word + " ";
  const SheetBytes read = TRY(decode_sheet(text));
  APLOMB_CHECK(read == bytes);
  return words;
}

Result<KeyFile> open_sheet(const SheetBytes& bytes, const SheetVault& vault, std::string_view passphrase,
                           const ScryptCost& cost) {
  if (bytes[0] != kSheetFormat)
    return fail(make_error(Code::unsupported,
                           tr("the recovery sheet has format {}, made by a newer Aplomb", bytes[0]))
                    .then(tr("install the current version of Aplomb")));
  TRY(check_box_public(vault.recovery_public));
  Secret secret = TRY(masked(ByteView(bytes).subspan(1), vault, passphrase, cost));
  if (TRY(box_public(secret.view())) != vault.recovery_public)
    return fail(
        make_error(Code::key,
                   tr("the words and the passphrase do not open this vault: a wrong passphrase, or the "
                      "vault is not the one of the sheet"))
            .then(tr(
                "type the passphrase again; and compare the mark of the sheet with that of this vault, which "
                "is {}: when they differ, this is another vault, or somebody replaced it",
                sheet_mark(vault))));
  return KeyFile{KeyKind::recovery, vault.vault, vault.recovery_public, vault.owner_verify,
                 std::move(secret)};
}

std::string sheet_mark(const SheetVault& vault) {
  const std::string hex = to_hex(salt_of(vault));
  return hex.substr(0, 4) + "-" + hex.substr(4, 4);
}

}  // namespace aplomb::crypto
