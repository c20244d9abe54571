#include "judge/overwrite.h"

#include <algorithm>
#include <set>

#include "base/messages.h"

namespace aplomb::judge {
namespace {

constexpr uint8_t kContentsVersion = 0;
constexpr uint64_t kPathMax = 1 << 20;
constexpr unsigned kSameText = 70;  // percent of common words: a name or a number differs
constexpr unsigned kKeptText = 50;  // more in common with what was there: an edit, not an overwriting
constexpr uint32_t kSentence = 24;  // letters; shorter texts (a state, a place,
                                    // a name) may well become the same

struct Change {
  const std::string* path;
  const ContentPrint *before, *now;
};
using Group = std::vector<Change>;

bool alike(const ContentPrint& a, const ContentPrint& b) {
  return a.hash == b.hash || scan::percent_alike(a.words, b.words) >= kSameText;
}

// Both texts have words, and they are other words; or they are no texts at all.
bool replaced(const Change& change) {
  const ContentPrint &before = *change.before, &now = *change.now;
  return before.words.empty() || now.words.empty() ||
         scan::percent_alike(before.words, now.words) < kKeptText;
}

// Changes whose new contents are alike: first those that are equal, then those
// that share their smallest word.
std::vector<Group> by_new_content(const std::vector<Change>& changes) {
  std::map<Sha256, Group> equal;
  for (const Change& change : changes) equal[change.now->hash].push_back(change);
  std::map<uint32_t, Group> near;
  for (auto& [hash, group] : equal) {
    uint32_t word = group.front().now->words.smallest[0];
    if (word == scan::WordPrint::kNone) continue;
    Group& place = near[word];
    if (place.empty() || alike(*place.front().now, *group.front().now))
      place.insert(place.end(), group.begin(), group.end());
  }
  std::vector<Group> groups;
  for (auto& [word, group] : near) groups.push_back(std::move(group));
  for (auto& [hash, group] : equal) groups.push_back(std::move(group));
  return groups;
}

// What is left of a group when those go whose texts were alike before already:
// a page is like its sisters.
void keep_those_that_differed(Group& group) {
  std::set<Sha256> seen;
  Group kept;
  for (const Change& change : group) {
    bool like_another =
        !kept.empty() && kept.size() < 50 &&
        std::ranges::any_of(
            kept,
            [&](const Change& other) {
              return other.before->hash != change.before->hash && !other.before->words.empty() &&
                     scan::percent_alike(other.before->words, change.before->words) >= kSameText;
            });
    if (like_another || !seen.insert(change.before->hash).second) continue;
    kept.push_back(change);
  }
  if (kept.size() * 10 < group.size() * 6) group.clear();
}

bool is_mass(const Group& group, size_t total, bool files) {
  size_t count = group.size();
  if (files) {
    // Three files that each had a text of their own and now hold the same words: no editor does that either.
    const bool equal =
        !group.front().now->words.empty() && std::ranges::all_of(group, [&](const Change& change) {
          return change.now->hash == group.front().now->hash;
        });
    return count >= 5 || (count >= 3 && (equal || count * 5 >= total));
  }
  auto letters = [](const Change& change) { return change.before->words.letters; };
  Group sorted = group;
  auto middle = sorted.begin() + static_cast<ptrdiff_t>(count / 2);
  std::ranges::nth_element(sorted, middle, {}, letters);
  if (letters(*middle) < kSentence) return count >= 5 && count * 2 >= total;
  if (count >= 2 && count == total) return true;
  bool emptied = group.front().now->words.empty();  // what programs fill and empty again does that too
  return count >= 3 && (count * 2 >= total || (!emptied && (count >= 5 || count * 4 >= total)));
}

void find_in_group(const std::string& name, const std::map<std::string, ContentPrint>& before,
                   const std::map<std::string, ContentPrint>& now, std::map<std::string, size_t>& found) {
  std::vector<Change> changes;
  for (const auto& [path, print] : now) {
    auto earlier = before.find(path);
    if (earlier == before.end() || earlier->second.hash == print.hash) continue;
    Change change{&path, &earlier->second, &print};
    if (replaced(change)) changes.push_back(change);
  }
  for (const Group& together : by_new_content(changes)) {
    Group group = together;
    if (group.size() < 2) continue;
    keep_those_that_differed(group);
    if (group.empty() || !is_mass(together, before.size(), name.empty())) continue;
    for (const Change& change : together)
      found[*change.path] = std::max(found[*change.path], together.size());
  }
}

}  // namespace

void Contents::add(const std::string& group, const std::string& path, const ContentPrint& print) {
  if (size_ >= kMax) return;
  if (groups_[group].insert_or_assign(path, print).second) ++size_;
}

std::vector<Overwritten> find_overwritten(const Contents& before, const Contents& now) {
  std::vector<Overwritten> all;
  for (const auto& [name, contents] : now.groups()) {
    auto earlier = before.groups().find(name);
    if (earlier == before.groups().end()) continue;
    std::map<std::string, size_t> found;
    find_in_group(name, earlier->second, contents, found);
    for (const auto& [path, count] : found) all.push_back({name, path, contents.at(path).hash, count});
  }
  return all;
}

Bytes encode(const Contents& contents) {
  ByteWriter writer;
  writer.u8(kContentsVersion);
  writer.varint(contents.groups().size());
  for (const auto& [name, group] : contents.groups()) {
    writer.text(name);
    writer.varint(group.size());
    for (const auto& [path, print] : group) {
      writer.text(path);
      writer.id(print.hash);
      scan::encode(writer, print.words);
    }
  }
  return writer.take();
}

Result<Contents> decode_contents(ByteView bytes) {
  ByteReader reader(bytes);
  if (TRY(reader.u8()) != kContentsVersion)
    return fail(Code::unsupported, tr("the last good state was noted by a newer Aplomb"));
  Contents contents;
  uint64_t groups = TRY(reader.varint());
  for (uint64_t i = 0; i < groups; ++i) {
    std::string name = TRY(reader.text(kPathMax));
    uint64_t count = TRY(reader.varint());
    for (uint64_t k = 0; k < count; ++k) {
      std::string path = TRY(reader.text(kPathMax));
      ContentPrint print;
      print.hash = TRY(reader.id<Sha256>());
      print.words = TRY(scan::decode_word_print(reader));
      contents.add(name, path, print);
    }
  }
  TRY(reader.finish());
  return contents;
}

}  // namespace aplomb::judge
