// The recovery sheet: one page to print twice and keep, with the key as words and as a QR code, and what to
// do with them on the day. As HTML that needs nothing from elsewhere, and as plain text. Both hold the words
// in the frame by which `--recovery-key` finds them in the file. Pure; in the language of the process.
#pragma once

#include <string>
#include <vector>

namespace aplomb::paper {

struct RecoverySheet {
  std::vector<std::string> words;
  std::string title, end;          // of the frame: docs/format/recovery-sheet.md
  std::vector<std::string> sites;  // their names
  std::string vault;               // its address
  std::string mark;                // of the vault, "1a2b-3c4d"
  std::string machine;             // the name of the server
  std::string config;              // the path of its configuration
  std::string date;                // as people write it
};

std::string sheet_html(const RecoverySheet& sheet);
std::string sheet_text(const RecoverySheet& sheet);

}  // namespace aplomb::paper
