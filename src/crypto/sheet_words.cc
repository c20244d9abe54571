#include "crypto/sheet_words.h"

#include <algorithm>

#include "base/messages.h"
#include "crypto/sheet_repair.h"
#include "crypto/sheet_text.h"
#include "crypto/word_list.h"

namespace aplomb::crypto {
namespace {

std::unexpected<Error> wrong(std::string what) {
  return fail(make_error(Code::corrupt, std::move(what))
                  .then(tr("compare the words with the sheet, letter by letter, and correct the file")));
}

std::vector<uint16_t> numbers_of(const std::vector<std::string>& tokens) {
  std::vector<uint16_t> numbers;
  for (const std::string& token : tokens) numbers.push_back(find_word(token).value_or(kNoWord));
  return numbers;
}

std::string shown(std::string_view token) {
  constexpr size_t kShown = 16;
  return token.size() <= kShown ? std::string(token) : std::string(token.substr(0, kShown)) + "…";
}

// The checksum knows better than the nearest word.
std::string describe(const SheetSlip& slip, const std::vector<std::string>& tokens) {
  const std::string_view right = word_list()[slip.word];
  switch (slip.kind) {
    case SheetSlip::Kind::wrong:
      return tr("word {} is wrong: it says \"{}\", and by the checksum the sheet says \"{}\"", slip.place + 1,
                shown(tokens[slip.place]), right);
    case SheetSlip::Kind::missing:
      return tr("one word is missing: by the checksum word {} of the sheet is \"{}\"", slip.place + 1, right);
    case SheetSlip::Kind::extra:
      return tr("there is one word too many: by the checksum word {}, \"{}\", is not on the sheet",
                slip.place + 1, shown(tokens[slip.place]));
    case SheetSlip::Kind::swapped:
      return tr("words {} and {}, \"{}\" and \"{}\", are in each other's place", slip.place + 1,
                slip.other + 1, tokens[slip.place], tokens[slip.other]);
  }
  return {};
}

std::string unknown_word(size_t place, const std::string& token) {
  std::string candidates;
  for (std::string_view word : nearest_words(token, 3)) {
    candidates += candidates.empty() ? "" : ", ";
    candidates += word;
  }
  if (candidates.empty())
    return tr("word {}, \"{}\", is no word of a recovery sheet", place + 1, shown(token));
  return tr("word {}, \"{}\", is no word of a recovery sheet; near it are: {}", place + 1, shown(token),
            candidates);
}

}  // namespace

std::vector<std::string> encode_sheet(const SheetBytes& bytes) {
  std::vector<std::string> words;
  for (uint16_t number : pack_sheet(bytes)) words.emplace_back(word_list()[number]);
  return words;
}

bool holds_sheet_words(std::string_view text) {
  if (has_sheet_title(text)) return true;
  const std::vector<uint16_t> numbers = numbers_of(sheet_tokens(text));
  const auto unknown = static_cast<size_t>(std::ranges::count(numbers, kNoWord));
  return unknown < numbers.size() && unknown <= numbers.size() / 2;
}

Result<SheetBytes> decode_sheet(std::string_view text) {
  const std::vector<std::string> tokens = sheet_tokens(text);
  const std::vector<uint16_t> numbers = numbers_of(tokens);
  SheetNumbers all;
  if (numbers.size() == all.size()) {
    std::ranges::copy(numbers, all.begin());
    if (auto bytes = unpack_sheet(all)) return *bytes;
  }
  if (auto slip = find_slip(numbers)) return wrong(describe(*slip, tokens));
  if (auto unknown = std::ranges::find(numbers, kNoWord); unknown != numbers.end()) {
    const auto place = static_cast<size_t>(unknown - numbers.begin());
    return wrong(unknown_word(place, tokens[place]));
  }
  if (numbers.size() != kSheetWords)
    return wrong(tr("there are {} words, and a recovery sheet has {}", numbers.size(), kSheetWords));
  return wrong(tr("the words do not fit together: at least two of them are wrong"));
}

}  // namespace aplomb::crypto
