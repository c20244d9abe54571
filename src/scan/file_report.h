// What was learnt about one file from its bytes, and how it travels from a confined child to its parent, and
// into the memo. The decoder takes hostile input: the child that wrote it had met a hostile file.
#pragma once

#include "base/finding.h"
#include "scan/format.h"
#include "scan/handlers.h"
#include "scan/word_print.h"

namespace aplomb::scan {

// Numbers and answers that other judgements need: of a folder, of a whole snapshot.
struct FileFacts {
  uint64_t size = 0;
  std::array<uint16_t, 3> entropy_milli{};  // head, middle, tail: thousandths of a bit per byte
  Format format = Format::none;             // by magic number
  bool text = false;                        // reads as text
  bool random = false;                      // some sample passes for uniformly random bytes, and no
                                            // magic number explains it
  bool holds_php = false;                   // code that an interpreter would find, wherever it is
  bool starts_as_php = false;               // and it is the first thing in the file
  bool does_nothing = false;                // PHP that guards, exits or redirects only: "<?php
                                            // // Silence is golden"
  bool holds_script = false;                // markup with script, handlers, frames
  bool ransom_words = false;                // a short text about payment, decryption and how to make contact
  bool protects = false;                    // a server or PHP configuration with protective settings
  uint32_t name_code = 0;                   // NameClass::content_code() of the name it was analysed under
  WordPrint words;                          // of a text that nothing executes; empty for everything else
  bool operator==(const FileFacts&) const = default;
};

struct FileReport {
  Kind kind = Kind::data;
  bool executable = false;  // an object in the sense of the judge: executes, or changes what executes
  bool fits_type = true;    // the bytes are what the name says
  Reason mismatch;          // why not; empty when they fit
  std::vector<Finding> findings;
  bool hit_limit = false;  // not everything was looked at: never remembered as clean
  FileFacts facts;
  Handlers handlers;  // of a server configuration: what it sends to PHP
  bool operator==(const FileReport&) const = default;
};

void encode(ByteWriter& writer, const FileReport& report);
Result<FileReport> decode_file_report(ByteReader& reader);

// A report that says "this could not be analysed": never clean.
FileReport failed_report(Kind kind, uint64_t size, const std::string& why);

}  // namespace aplomb::scan
