#include "judge/losses.h"

#include <algorithm>
#include <array>

#include "crypto/crypto.h"
#include "scan/sample.h"
#include "site/power_words.h"

namespace aplomb::judge {
namespace {

constexpr size_t kMass = 10;        // texts, and half of those of the column
constexpr uint32_t kSentence = 24;  // letters; shorter texts are states, places, names
constexpr uint32_t kArticle = 60;   // letters: lines of logs are shorter, and go by the thousand
constexpr size_t kCipherMin = 24;   // bytes
constexpr unsigned kSameText = 70;  // percent of common words
constexpr size_t kBucketMax = 32;   // texts with one smallest word: their sisters say no more

std::string table_of(const std::string& group) {
  return group.substr(0, group.rfind('/'));
}

// What passes through such a table is meant to go; only while the table stands.
bool is_passing(const std::string& table) {
  site::Name name = site::split_name(table.substr(table.find('/') + 1));
  return std::ranges::any_of(
      std::to_array<std::string_view>(
          {"log", "logs", "journal", "queue", "spool", "outbox", "tmp", "temp", "search", "index", "jobs"}),
      [&](std::string_view word) { return name.has(word); });
}

bool is_coded(std::string_view text) {
  size_t upper = 0, lower = 0, digits = 0, hex = 0;
  for (char c : text) {
    bool digit = c >= '0' && c <= '9', big = c >= 'A' && c <= 'Z', small = c >= 'a' && c <= 'z';
    if (c == '\n' || c == '\r') {
      ++hex;
      continue;
    }
    if (!digit && !big && !small && std::string_view("+/=-_:$.").find(c) == std::string_view::npos)
      return false;
    upper += big ? 1 : 0;
    lower += small ? 1 : 0;
    digits += digit ? 1 : 0;
    hex += digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ? 1 : 0;
  }
  if (hex == text.size()) return digits > 0;
  return upper * 6 >= text.size() && lower * 6 >= text.size() && digits > 0;
}

}  // namespace

bool looks_like_cipher(std::string_view text) {
  if (text.size() < kCipherMin) return false;
  // Words have spaces between them, in bytes of any cipher they are one in 256.
  size_t spaces = static_cast<size_t>(std::ranges::count(text, ' '));
  if (spaces * 40 >= text.size()) return false;
  return is_coded(text) || !scan::reads_as_text(as_bytes(text));
}

void TextLosses::see_table(const std::string& database, const std::string& table) {
  databases_.insert("db:" + database);
  tables_.insert("db:" + database + "/" + table);
}

TextLosses::Seen& TextLosses::place(const std::string& group, const Texts& texts) {
  auto [place, fresh] = seen_.try_emplace(group);
  if (!fresh) return place->second;
  for (const Texts::value_type& text : texts) {
    auto& bucket = place->second.before[text.second.words.smallest[0]];
    if (text.second.words.letters >= kSentence && bucket.size() < kBucketMax) bucket.push_back(&text);
  }
  return place->second;
}

void TextLosses::see(const std::string& group, const std::string& path, std::string_view text,
                     const ContentPrint& print) {
  auto earlier = before_.groups().find(group);
  if (earlier == before_.groups().end()) return;
  Seen& seen = place(group, earlier->second);
  bool cipher = looks_like_cipher(text);
  if (auto was = earlier->second.find(path); was != earlier->second.end()) {
    Fate fate = Fate::kept;
    if (was->second.hash != print.hash && cipher) fate = Fate::encrypted;
    if (was->second.hash != print.hash && !cipher && print.words.empty()) fate = Fate::emptied;
    seen.fates.insert_or_assign(path, std::pair(fate, print.hash));
  }
  if (cipher || print.words.letters < kSentence) return;
  auto bucket = seen.before.find(print.words.smallest[0]);
  if (bucket == seen.before.end()) return;
  for (const Texts::value_type* old : bucket->second)
    if (old->first != path && scan::percent_alike(old->second.words, print.words) >= kSameText)
      seen.copied.insert(old->first);
}

// A column's name may hold a slash, so its table is looked for.
bool TextLosses::stands(const std::string& group) const {
  return std::ranges::any_of(tables_, [&](const std::string& table) {
    return group.size() > table.size() && group[table.size()] == '/' && group.starts_with(table);
  });
}

std::vector<Loss> TextLosses::find() const {
  std::map<std::string, Loss> found;
  for (const auto& [group, texts] : before_.groups())
    if (!group.empty() && databases_.contains(group.substr(0, group.find('/'))))
      find_in_group(group, texts, found);
  std::vector<Loss> losses;
  for (auto& [path, loss] : found) losses.push_back(std::move(loss));
  return losses;
}

void TextLosses::find_in_group(const std::string& group, const Texts& texts,
                               std::map<std::string, Loss>& found) const {
  static const Seen kNothing;
  auto place = seen_.find(group);
  const Seen& seen = place == seen_.end() ? kNothing : place->second;
  bool standing = stands(group), passing = standing && is_passing(table_of(group));
  std::vector<Loss> changed;
  ByteWriter deleted;  // what a person who approves it gives up
  size_t sentences = 0, lost = 0, gone = 0;
  for (const auto& [path, print] : texts) {
    bool sentence = print.words.letters >= kSentence;
    sentences += sentence ? 1 : 0;
    if (auto now = seen.fates.find(path); now != seen.fates.end()) {
      auto [fate, hash] = now->second;
      if (fate == Fate::kept) continue;
      changed.push_back({fate == Fate::encrypted ? LossKind::encrypted : LossKind::emptied, path, hash});
      lost += sentence && (fate == Fate::encrypted || !passing) ? 1 : 0;
    } else if (sentence && (!standing || print.words.letters >= kArticle) && !passing &&
               !seen.copied.contains(path)) {
      deleted.text(path);
      ++gone;
    }
  }
  if (lost + gone < kMass || (lost + gone) * 2 < sentences) return;
  for (Loss& loss : changed) {
    loss.count = changed.size();
    loss.total = texts.size();
    found[loss.path] = loss;
  }
  if (gone == 0) return;
  std::string table = table_of(group);
  Loss& whole = found[table];  // of several columns the one that lost most speaks
  if (whole.count >= gone) return;
  whole = {standing ? LossKind::deleted : LossKind::table_gone, table, crypto::sha256(deleted.view()), gone,
           sentences};
}

}  // namespace aplomb::judge
