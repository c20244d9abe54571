#include "scan/format.h"

#include <array>

namespace aplomb::scan {
namespace {

using namespace std::string_view_literals;

struct Magic {
  size_t offset;
  std::string_view bytes;
  Format format;
};

// The most telling first; short ones last.
constexpr std::array kMagics{
    Magic{0, "\x89PNG\r\n\x1a\n"sv, Format::image},
    Magic{0, "\xff\xd8\xff"sv, Format::image},
    Magic{0, "GIF87a"sv, Format::image},
    Magic{0, "GIF89a"sv, Format::image},
    Magic{8, "WEBP"sv, Format::image},
    Magic{0, "II*\0"sv, Format::image},
    Magic{0, "MM\0*"sv, Format::image},
    Magic{0, "\0\0\1\0"sv, Format::image},
    Magic{0, "\0\0\2\0"sv, Format::image},
    Magic{0, "8BPS"sv, Format::image},
    Magic{4, "ftypavi"sv, Format::image},
    Magic{4, "ftyphei"sv, Format::image},
    Magic{4, "ftypmif1"sv, Format::image},
    Magic{0, "gimp xcf"sv, Format::image},
    Magic{4, "jP  \r\n\x87\n"sv, Format::image},
    Magic{0, "PK\3\4"sv, Format::zip},
    Magic{0, "PK\5\6"sv, Format::zip},
    Magic{257, "ustar"sv, Format::tar},
    Magic{0, "\x1f\x8b\x08"sv, Format::compressed},
    Magic{0, "BZh"sv, Format::compressed},
    Magic{0,
          "\xfd"
          "7zXZ\0"sv,
          Format::compressed},
    Magic{0, "\x28\xb5\x2f\xfd"sv, Format::compressed},
    Magic{0, "7z\xbc\xaf\x27\x1c"sv, Format::compressed},
    Magic{0, "Rar!\x1a\7"sv, Format::compressed},
    Magic{0, "MSCF\0\0\0\0"sv, Format::compressed},
    Magic{0, "\x04\x22\x4d\x18"sv, Format::compressed},
    Magic{0, "!<arch>\n"sv, Format::package},
    Magic{0, "\xed\xab\xee\xdb"sv, Format::package},
    Magic{0, "%PDF-"sv, Format::document},
    Magic{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, Format::document},
    Magic{0, "{\\rtf"sv, Format::document},
    Magic{0, "%!PS-AdobeFont"sv, Format::font},
    Magic{0, "%!PS"sv, Format::document},
    Magic{0, "ID3"sv, Format::media},
    Magic{4, "ftyp"sv, Format::media},
    Magic{4, "moov"sv, Format::media},
    Magic{0, "OggS"sv, Format::media},
    Magic{8, "WAVE"sv, Format::media},
    Magic{8, "AVI "sv, Format::media},
    Magic{0, "fLaC"sv, Format::media},
    Magic{0, "\x1a\x45\xdf\xa3"sv, Format::media},
    Magic{0, "FLV\1"sv, Format::media},
    Magic{0, "\0\0\1\xba"sv, Format::media},
    Magic{0, "\0\0\1\xb3"sv, Format::media},
    Magic{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, Format::media},
    Magic{0, "MThd\0\0\0\6"sv, Format::media},
    Magic{0, "FWS"sv, Format::media},
    Magic{0, "CWS"sv, Format::media},
    Magic{0, "ZWS"sv, Format::media},
    Magic{0, "wOFF"sv, Format::font},
    Magic{0, "wOF2"sv, Format::font},
    Magic{0, "OTTO"sv, Format::font},
    Magic{0, "ttcf"sv, Format::font},
    Magic{0, "true\0"sv, Format::font},
    Magic{0, "\0\1\0\0\0"sv, Format::font},
    Magic{0, "\x80\1"sv, Format::font},
    Magic{0,
          "\x7f"
          "ELF"sv,
          Format::elf},
    Magic{0, "\0asm"sv, Format::wasm},
    Magic{0, "SQLite format 3\0"sv, Format::sqlite},
    Magic{0, "\xde\x12\x04\x95"sv, Format::other},
    Magic{0, "\x95\x04\x12\xde"sv, Format::other},
    Magic{12, "\x61\x15\x06\0"sv, Format::other},
};

// Formats whose few first bytes need a second look.
Format detect_short(ByteView content) {
  if (content.size() > 64 && content[0] == 'M' && content[1] == 'Z') return Format::windows_program;
  if (content.size() > 26 && content[0] == 'B' && content[1] == 'M' && content[6] == 0 && content[7] == 0)
    return Format::image;
  if (content.size() > 36 && content[34] == 0x4c && content[35] == 0x50) return Format::font;  // eot
  // A zlib stream: method 8, window 32 KiB, and a check over both bytes (RFC 1950, 2.2).
  if (content.size() > 8 && content[0] == 0x78 && (0x7800u + content[1]) % 31 == 0 &&
      (content[1] & 0x20) == 0)
    return Format::compressed;
  if (content.size() < 4 || content[0] != 0xff) return Format::none;
  uint8_t second = content[1];  // MPEG layer II or III, or AAC; 0xff 0xfe is the mark of UTF-16 text
  bool mpeg_frame = (second & 0xe6) == 0xe2 || (second & 0xe6) == 0xe4 || (second & 0xf6) == 0xf0;
  return mpeg_frame ? Format::media : Format::none;
}

}  // namespace

Format detect_format(ByteView content) {
  std::string_view text = as_text(content);
  for (const Magic& magic : kMagics)
    if (text.size() > magic.offset && text.substr(magic.offset).starts_with(magic.bytes)) return magic.format;
  return detect_short(content);
}

Kind kind_of(Format format) {
  switch (format) {
    case Format::image:
      return Kind::image;
    case Format::zip:
    case Format::tar:
    case Format::compressed:
    case Format::package:
      return Kind::archive;
    case Format::document:
      return Kind::document;
    case Format::media:
      return Kind::media;
    case Format::font:
      return Kind::font;
    case Format::elf:
      return Kind::elf;
    case Format::wasm:
      return Kind::wasm;
    case Format::sqlite:
      return Kind::database;
    case Format::none:
    case Format::windows_program:
    case Format::other:
      return Kind::data;
  }
  return Kind::data;
}

}  // namespace aplomb::scan
