// What bytes are by their own magic number, whatever they are called. Only types that websites hold; a format
// not known here is `none`, which is no reason for distrust by itself. Pure.
#pragma once

#include "base/bytes.h"
#include "scan/name_class.h"

namespace aplomb::scan {

enum class Format : uint8_t {
  none,
  image,       // jpeg, png, gif, webp, bmp, tiff, ico, psd, avif, heic, jpeg 2000, xcf
  zip,         // also docx, odt, epub, jar
  tar,         // stores its members as they are
  compressed,  // gzip, bzip2, xz, zstd, 7z, rar, cab, lz4
  package,     // deb (ar), rpm
  document,    // pdf, OLE (doc, xls), rtf, postscript
  media,       // mp3, mp4, ogg, wav, avi, flac, matroska, flash, midi, asf
  font,        // woff, truetype, opentype, type 1
  elf,
  windows_program,
  wasm,
  sqlite,
  other,  // recognised and harmless: compiled message catalogues, Berkeley databases
};
constexpr Format kLastFormat = Format::other;

Format detect_format(ByteView content);

// The kind of file a format makes; Kind::data for none, other and windows_program.
Kind kind_of(Format format);

}  // namespace aplomb::scan
