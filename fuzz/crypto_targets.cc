// What people type: the words of a recovery sheet, and key files.
#include <array>

#include "crypto/key_file.h"
#include "crypto/sheet_words.h"
#include "fuzz/targets.h"

namespace aplomb::fuzz {
namespace {

void sheet(ByteView bytes) {
  (void)crypto::holds_sheet_words(as_text(bytes));
  auto decoded = crypto::decode_sheet(as_text(bytes));
  if (!decoded) return;
  std::string text;
  for (const std::string& word : crypto::encode_sheet(*decoded)) text += word + " ";
  APLOMB_CHECK(crypto::decode_sheet(text) == *decoded);
}

void key_file(ByteView bytes) {
  auto key = crypto::peek_key_file(as_text(bytes));
  if (key) APLOMB_CHECK(key->secret.empty());
}

constexpr std::array kTargets = {Target{"sheet", sheet}, Target{"key_file", key_file}};

}  // namespace

std::span<const Target> crypto_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
