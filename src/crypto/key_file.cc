// Key files. Four steps in, each refusing before the next begins: the text frame, the check (so that a slip
// of the pen in a typed copy is told from a wrong passphrase), the layout, and only then scrypt and the seal.
// What was opened is compared with the public part, which is what the rest of Aplomb trusts.
#include "crypto/key_file.h"

#include <algorithm>
#include <cstring>

#include "base/messages.h"
#include "crypto/base64.h"
#include "crypto/key_file_format.h"

namespace aplomb::crypto {
namespace {

struct Parsed {
  KeyFile key;  // without its secret
  ScryptCost cost;
  std::array<uint8_t, kScryptSaltSize> salt;
  Nonce nonce;
  Bytes clear;  // the associated data
  Bytes sealed;
};

std::string_view title(KeyKind kind) {
  return kind == KeyKind::owner ? "APLOMB OWNER KEY" : "APLOMB RECOVERY KEY";
}

std::unexpected<Error> damaged(std::string what) {
  return fail(make_error(Code::corrupt, std::move(what))
                  .then(tr("use another copy of the key, or type the printed sheet again")));
}

// ---- text ----

std::string_view next_line(std::string_view& rest) {
  size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  // Copying and pasting adds blanks and carriage returns, which carry nothing.
  size_t first = line.find_first_not_of(" \t\r");
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

std::string frame(KeyKind kind, ByteView bytes) {
  std::string text(title(kind)), body = to_base64(bytes);
  for (size_t at = 0; at < body.size(); at += kKeyFileLineSize)
    text += '\n' + body.substr(at, kKeyFileLineSize);
  return text + "\nEND\n";
}

struct Unframed {
  KeyKind kind;
  Bytes bytes;
};

Result<Unframed> unframe(std::string_view text) {
  if (text.size() > kKeyFileTextMax) return damaged(tr("this is not a key file of Aplomb"));
  std::string_view first, body_line;
  while (!text.empty() && first.empty()) first = next_line(text);
  Unframed unframed;
  if (first == title(KeyKind::owner))
    unframed.kind = KeyKind::owner;
  else if (first == title(KeyKind::recovery))
    unframed.kind = KeyKind::recovery;
  else
    return damaged(tr("this is not a key file of Aplomb"));

  std::string body;
  while (!text.empty() && (body_line = next_line(text)) != "END") body += body_line;
  if (body_line != "END") return damaged(tr("the key file ends too early"));
  while (!text.empty())
    if (!next_line(text).empty()) return damaged(tr("the key file has something behind its end"));
  auto bytes = from_base64(body);
  if (!bytes) return damaged(tr("the key file has a wrong character, or one too many or too few"));
  unframed.bytes = std::move(*bytes);
  return unframed;
}

// ---- bytes ----

template <size_t N>
Result<std::array<uint8_t, N>> take(ByteReader& reader) {
  ByteView raw = TRY(reader.bytes(N));
  std::array<uint8_t, N> out;
  std::memcpy(out.data(), raw.data(), N);
  return out;
}

// In every format the file begins with the magic and the format number, and ends with the check.
Status check_frame_of_any_format(ByteView bytes) {
  if (bytes.size() < kKeyFileMagic.size() + sizeof kKeyFileFormat + kKeyFileCheckSize)
    return damaged(tr("the key file ends too early"));
  ByteView before = bytes.first(bytes.size() - kKeyFileCheckSize);
  if (!std::ranges::equal(sha256(before).view().first(kKeyFileCheckSize), bytes.last(kKeyFileCheckSize)))
    return damaged(tr("the key file is damaged: its characters do not fit together"));
  ByteReader reader(bytes);
  if (as_text(TRY(reader.bytes(kKeyFileMagic.size()))) != kKeyFileMagic)
    return damaged(tr("this is not a key file of Aplomb"));
  uint16_t format = TRY(reader.u16());
  if (format != kKeyFileFormat)
    return fail(
        make_error(Code::unsupported, tr("the key file has format {}, made by a newer Aplomb", format))
            .then(tr("install the current version of Aplomb")));
  if (bytes.size() != kKeyFileSize) return damaged(tr("the key file has the wrong length"));
  return {};
}

Result<Parsed> parse(std::string_view text) {
  Unframed unframed = TRY(unframe(text));
  ByteView bytes = unframed.bytes;
  TRY(check_frame_of_any_format(bytes));
  ByteReader reader(bytes.subspan(kKeyFileMagic.size() + sizeof kKeyFileFormat));
  Parsed parsed;
  uint8_t kind = TRY(reader.u8());
  if (kind != static_cast<uint8_t>(unframed.kind))
    return damaged(tr("the title of the key file does not fit its contents"));
  parsed.key.kind = unframed.kind;
  parsed.key.vault = TRY(reader.id<VaultId>());
  parsed.key.recovery_public = TRY(reader.id<BoxPublicKey>());
  parsed.key.owner_verify = TRY(reader.id<VerifyKey>());
  parsed.cost = {TRY(reader.u8()), TRY(reader.u32()), TRY(reader.u32())};
  parsed.salt = TRY(take<kScryptSaltSize>(reader));
  parsed.nonce = TRY(take<kNonceSize>(reader));
  TRY(check_box_public(parsed.key.recovery_public));
  parsed.clear.assign(bytes.begin(), bytes.begin() + kKeyFileClearSize);
  parsed.sealed.assign(bytes.begin() + kKeyFileClearSize, bytes.end() - kKeyFileCheckSize);
  return parsed;
}

Bytes encode_clear(const KeyFile& key, const ScryptCost& cost, ByteView salt, const Nonce& nonce) {
  ByteWriter writer;
  writer.bytes(as_bytes(kKeyFileMagic));
  writer.u16(kKeyFileFormat);
  writer.u8(static_cast<uint8_t>(key.kind));
  writer.id(key.vault);
  writer.id(key.recovery_public);
  writer.id(key.owner_verify);
  writer.u8(cost.log2_n);
  writer.u32(cost.r);
  writer.u32(cost.p);
  writer.bytes(salt);
  writer.bytes(nonce);
  APLOMB_CHECK(writer.size() == kKeyFileClearSize);
  return writer.take();
}

// ---- the secret against the public part ----

Status check_pair(const KeyFile& key) {
  bool fits = key.kind == KeyKind::owner
                  ? TRY(signing_key_from_seed(key.secret.view())).verify_key == key.owner_verify
                  : TRY(box_public(key.secret.view())) == key.recovery_public;
  if (!fits) return damaged(tr("the secret in the key file does not belong to its public part"));
  return {};
}

Status check_kind(KeyKind found, KeyKind expected) {
  if (found == expected) return {};
  if (expected == KeyKind::recovery)
    return fail(make_error(Code::key, tr("this is the owner key, and the recovery key is needed here"))
                    .then(tr("name the recovery key with --recovery-key FILE")));
  return fail(make_error(Code::key, tr("this is the recovery key, and the owner key is needed here"))
                  .then(tr("name the owner key with --owner-key FILE")));
}

}  // namespace

Result<std::string> encode_key_file(Random& random, const KeyFile& key, std::string_view passphrase,
                                    const ScryptCost& cost) {
  TRY(check_pair(key));
  TRY(check_box_public(key.recovery_public));
  std::array<uint8_t, kScryptSaltSize> salt;
  random.fill(salt);
  Nonce nonce;
  random.fill(nonce);
  Secret sealing_key = TRY(scrypt(passphrase, salt, cost, kSealKeySize));
  Bytes bytes = encode_clear(key, cost, salt, nonce);
  const Bytes associated = bytes;
  seal_into(bytes, sealing_key.view(), nonce, associated, key.secret.view());
  const Sha256 check = sha256(bytes);
  bytes.insert(bytes.end(), check.bytes.begin(), check.bytes.begin() + kKeyFileCheckSize);
  APLOMB_CHECK(bytes.size() == kKeyFileSize);
  return frame(key.kind, bytes);
}

Result<KeyFile> decode_key_file(std::string_view text, KeyKind expected, std::string_view passphrase) {
  Parsed parsed = TRY(parse(text));
  TRY(check_kind(parsed.key.kind, expected));
  Secret sealing_key = TRY(scrypt(passphrase, parsed.salt, parsed.cost, kSealKeySize));
  auto opened = open_sealed(sealing_key.view(), parsed.nonce, parsed.clear, parsed.sealed);
  if (!opened)
    return fail(make_error(Code::key, tr("the passphrase does not open the key file"))
                    .then(tr("type it again: capital letters, blanks and the layout of the keyboard count; "
                             "if it still fails, try the other copies of the key")));
  parsed.key.secret = Secret(std::move(*opened));
  TRY(check_pair(parsed.key));
  return std::move(parsed.key);
}

Result<KeyFile> peek_key_file(std::string_view text) {
  return std::move(TRY(parse(text)).key);
}

}  // namespace aplomb::crypto
