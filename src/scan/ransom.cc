#include "scan/ransom.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/messages.h"
#include "base/text.h"
#include "base/word_finder.h"
#include "scan/sample.h"
#include "scan/web_address.h"

namespace aplomb::scan {
namespace {

constexpr size_t kManyFiles = 10, kFewFiles = 5, kFewSharePercent = 30;
constexpr size_t kReplacedFiles = 3;
constexpr size_t kRenamedFiles = 8;
constexpr size_t kNoteMax = 64 * 1024, kSmallNoteMax = 4 * 1024;

// One of these is in every wording of has_ransom_words().
constexpr WordClass kNoteWordList[] = {{"encrypted"}, {"decrypt"}, {"recover your"}, {"chiffr"}};
constexpr WordFinder kNoteWords(kNoteWordList);

using Before = std::map<std::string_view, const SnapshotFile*>;

const SnapshotFile* find(const Before& before, std::string_view path) {
  auto place = before.find(path);
  return place == before.end() ? nullptr : place->second;
}

// "photo.jpg.locked" -> "photo.jpg" when the last extension is unknown and the one before says what it was.
std::optional<std::string_view> former_name(std::string_view path) {
  size_t dot = path.rfind('.'), slash = path.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash)) return std::nullopt;
  std::string_view former = path.substr(0, dot);
  NameClass outer = classify_name(path), inner = classify_name(former);
  if (outer.known || outer.may_be_random || !inner.known || inner.may_be_random) return std::nullopt;
  return former;
}

bool looks_encrypted(const SnapshotFile& file, const Before& before) {
  const SnapshotFile* earlier = find(before, file.path);
  // Too short for the test of randomness: it was what its name said, and now reads as nothing.
  bool short_and_odd = earlier && file.facts.size > 0 && file.facts.size < kRandomSampleMin &&
                       earlier->fits_type && earlier->facts.text && !file.fits_type && !file.facts.text;
  if (short_and_odd) return true;
  if (!file.facts.random) return false;
  if (earlier) return !earlier->facts.random;
  if (std::optional<std::string_view> former = former_name(file.path)) return true;
  return !file.fits_type && classify_name(file.path).known;
}

// "index.php.locked" -> "index.php" when index.php was there before and is gone: whatever it was and however
// small it is. What packs, or what keeps an older copy (.gz, .bak), has a name that is known.
std::optional<std::string_view> replaced_name(std::string_view path, const Before& before,
                                              const std::set<std::string_view>& present) {
  size_t dot = path.rfind('.'), slash = path.rfind('/');
  if (dot == std::string_view::npos || dot == 0 || (slash != std::string_view::npos && dot < slash))
    return std::nullopt;
  std::string_view former = path.substr(0, dot);
  NameClass outer = classify_name(path);
  bool packed = kind_of_extension(extension(path)) != Kind::data || outer.may_be_random;
  if (packed || find(before, path) || !find(before, former) || present.contains(former)) return std::nullopt;
  return former;
}

// Files that people would miss: neither code nor empty nor too short to tell.
bool is_content(const SnapshotFile& file) {
  return file.facts.size >= kRandomSampleMin && (!file.facts.holds_php || file.facts.random);
}

bool has_note_name(std::string_view path) {
  std::string name = lower(file_name(path));
  for (std::string_view word :
       {"decrypt", "recover", "restore", "ransom", "readme_for", "how_to", "how-to", "unlock", "your_files",
        "dechiffr", "recuper", "read_me", "read-me", "lisez", "instruction"})
    if (name.find(word) != std::string::npos) return true;
  return false;
}

Finding encrypted_finding(const SnapshotFile& file, size_t count) {
  if (std::optional<std::string_view> former = former_name(file.path))
    return {Level::malicious,
            "mass-encryption",
            {tr_later("encrypted and renamed from {}, together with {} files in all"),
             {std::string(file_name(*former)), std::to_string(count)}},
            0};
  return {Level::malicious,
          "mass-encryption",
          {tr_later("its bytes became as random as encrypted ones, together with {} files in all"),
           {std::to_string(count)}},
          0};
}

std::string_view suffix_of(std::string_view path) {
  size_t dot = path.rfind('.'), slash = path.rfind('/');
  return dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash)
             ? std::string_view()
             : path.substr(dot);
}

// The suffix that nearly all of the renamed files were given.
std::string_view common_suffix(const std::vector<const SnapshotFile*>& encrypted) {
  std::map<std::string_view, size_t> counts;
  for (const SnapshotFile* file : encrypted)
    if (former_name(file->path)) ++counts[suffix_of(file->path)];
  auto most = std::max_element(counts.begin(), counts.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() || most->second < kReplacedFiles ? std::string_view() : most->first;
}

// A short new text beside encrypted files that asks to be read, by its name or because it lies about in
// several folders. Only on the night of an encryption, when it is not worth keeping in place.
bool is_note(const SnapshotFile& file, const std::map<std::string_view, size_t>& new_texts) {
  if (!file.facts.text || file.facts.ransom_words || file.facts.size > kNoteMax) return false;
  if (has_note_name(file.path)) return true;
  if (new_texts.empty() || file.facts.size > kSmallNoteMax || file.facts.holds_php) return false;
  std::string name = lower(file_name(file.path));
  auto count = new_texts.find(file_name(file.path));
  return name.starts_with("readme") || name.starts_with("lisezmoi") ||
         (count != new_texts.end() && count->second > 1 &&
          (name.ends_with(".txt") || name.ends_with(".hta")));
}

// What else the same hand did: files that got the common suffix but are too small, or were too random before,
// to show it by their bytes; and short new texts in a folder above encrypted files that are notes.
void add_companions(const std::vector<SnapshotFile>& now, const Before& earlier,
                    const std::vector<const SnapshotFile*>& encrypted, std::vector<PathFinding>& out) {
  std::set<std::string_view> known, folders;
  for (const SnapshotFile* file : encrypted) {
    known.insert(file->path);
    for (std::string_view path = file->path; path.find('/') != std::string_view::npos;)
      folders.insert(path = path.substr(0, path.rfind('/')));
  }
  std::map<std::string_view, size_t> new_texts;  // by file name; only when it is known what is new
  for (const SnapshotFile& file : now)
    if (!earlier.empty() && file.facts.text && !find(earlier, file.path)) ++new_texts[file_name(file.path)];
  std::string_view suffix = common_suffix(encrypted);
  for (const SnapshotFile& file : now) {
    if (known.contains(file.path) || find(earlier, file.path)) continue;
    size_t slash = file.path.rfind('/');
    std::string_view folder =
        slash == std::string::npos ? std::string_view() : std::string_view(file.path).substr(0, slash);
    if (!suffix.empty() && suffix_of(file.path) == suffix) {
      out.push_back({file.path,
                     {Level::malicious,
                      "mass-encryption",
                      {tr_later("renamed like {} encrypted files"), {std::to_string(encrypted.size())}},
                      0}});
    } else if (is_note(file, new_texts) && (folder.empty() || folders.contains(folder))) {
      out.push_back(
          {file.path,
           {Level::malicious, "ransom-note", {tr_later("a note left beside the encrypted files"), {}}, 0}});
    }
  }
}

// Files of the state before that all vanished, and stand there again under their name and one more, common,
// unknown extension. Renamed as they were, they may be somebody's odd way of switching things off; with
// other bytes they are encrypted. Adds to `encrypted` those that were not recognised by their bytes.
void find_renamed(const std::vector<SnapshotFile>& now, const Before& earlier,
                  std::vector<const SnapshotFile*>& encrypted, std::vector<PathFinding>& out) {
  std::set<std::string_view> present, known;
  for (const SnapshotFile& file : now) present.insert(file.path);
  for (const SnapshotFile* file : encrypted) known.insert(file->path);
  std::map<std::string_view, std::vector<std::pair<const SnapshotFile*, bool>>> by_suffix;  // changed?
  for (const SnapshotFile& file : now) {
    auto former = replaced_name(file.path, earlier, present);
    if (!former) continue;
    const FileFacts &was = find(earlier, *former)->facts, &is = file.facts;
    bool changed = was.size != is.size || was.entropy_milli != is.entropy_milli;
    by_suffix[suffix_of(file.path)].emplace_back(&file, changed);
  }
  for (const auto& [suffix, files] : by_suffix) {
    if (files.size() < kRenamedFiles) continue;
    auto changed = std::count_if(files.begin(), files.end(), [](const auto& file) { return file.second; });
    bool other_bytes = static_cast<size_t>(changed) * 2 >= files.size();
    for (const auto& [file, own] : files) {
      if (known.contains(file->path)) continue;
      if (other_bytes) encrypted.push_back(file);
      if (!other_bytes)
        out.push_back(
            {file->path,
             {Level::suspicious,
              "mass-rename",
              {tr_later("renamed with {} others by one more extension; the site no longer finds it"),
               {std::to_string(files.size() - 1)}},
              0}});
    }
  }
}

// Files whose former name was there before, is gone now, and has a random file with one more suffix in its
// place: nothing but an encryption does that, so a few are enough.
size_t replaced(const std::vector<const SnapshotFile*>& encrypted, const std::vector<SnapshotFile>& now,
                const Before& earlier) {
  std::set<std::string_view> present;
  for (const SnapshotFile& file : now) present.insert(file.path);
  return static_cast<size_t>(std::count_if(encrypted.begin(), encrypted.end(), [&](const SnapshotFile* file) {
    std::optional<std::string_view> former = former_name(file->path);
    return former && find(earlier, *former) && !present.contains(*former);
  }));
}

void add_notes(const std::vector<SnapshotFile>& now, bool encrypted, std::vector<PathFinding>& out) {
  std::map<std::string_view, size_t> folders;  // by file name: in how many folders a note of that name lies
  for (const SnapshotFile& file : now)
    if (file.facts.ransom_words) ++folders[file_name(file.path)];
  for (const SnapshotFile& file : now) {
    if (!file.facts.ransom_words) continue;
    size_t count = folders[file_name(file.path)];
    if (!encrypted && count < 2 && !has_note_name(file.path)) continue;
    Reason reason = count > 1 ? Reason{tr_later("a note that demands payment for decryption, in {} folders"),
                                       {std::to_string(count)}}
                              : Reason{tr_later("a note that demands payment for decryption"), {}};
    out.push_back({file.path, {Level::malicious, "ransom-note", std::move(reason), 0}});
  }
}

}  // namespace

std::vector<PathFinding> find_ransom(const std::vector<SnapshotFile>& now,
                                     const std::vector<SnapshotFile>& before) {
  Before earlier;
  for (const SnapshotFile& file : before) earlier.emplace(file.path, &file);
  std::vector<const SnapshotFile*> encrypted;
  size_t content = 0;
  for (const SnapshotFile& file : now) {
    content += is_content(file) ? 1 : 0;
    if (looks_encrypted(file, earlier)) encrypted.push_back(&file);
  }
  std::vector<PathFinding> out;
  size_t by_bytes = encrypted.size();
  find_renamed(now, earlier, encrypted, out);
  bool mass = encrypted.size() > by_bytes || encrypted.size() >= kManyFiles ||
              replaced(encrypted, now, earlier) >= kReplacedFiles ||
              (encrypted.size() >= kFewFiles && encrypted.size() * 100 >= content * kFewSharePercent);
  if (mass)
    for (const SnapshotFile* file : encrypted)
      out.push_back({file->path, encrypted_finding(*file, encrypted.size())});
  if (mass) add_companions(now, earlier, encrypted, out);
  add_notes(now, mass, out);
  std::sort(out.begin(), out.end(),
            [](const PathFinding& a, const PathFinding& b) { return a.path < b.path; });
  return out;
}

bool has_ransom_words(std::string_view text) {
  if (text.size() > kNoteMax || text.size() < 40 || !kNoteWords.any(text)) return false;
  auto any = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return contains_word(text, word); });
  };
  return any({"bitcoin", "btc", "monero", "xmr", "ransom", "payment", "pay us", "paiement", "payer",
              "ran\xc3\xa7on"}) &&
         any({"files are encrypted", "files have been encrypted", "files were encrypted", "been encrypted",
              "are encrypted", "data is encrypted", "decryptor", "decryption key", "decrypt your",
              "recover your files", "fichiers ont \xc3\xa9t\xc3\xa9 chiffr", "fichiers sont chiffr",
              "d\xc3\xa9"
              "chiffrer vos",
              "cl\xc3\xa9 de d\xc3\xa9"
              "chiffrement"}) &&
         any({".onion", "tor browser", "@", "telegram", "tox id", "contact us", "wallet", "contactez"});
}

}  // namespace aplomb::scan
