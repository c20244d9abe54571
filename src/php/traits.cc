#include "php/traits.h"

#include <algorithm>
#include <vector>

namespace aplomb::php {
namespace {

constexpr size_t kNamesMax = 32;
constexpr size_t kNamedMax = 8;

uint32_t hash(TraitKind kind, std::string_view name) {
  uint32_t value = 2166136261u + static_cast<uint32_t>(kind);
  for (char c : name) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
  return value ^ value >> 15;
}

// Open addressing, a quarter full: most words of a text miss at the first slot.
struct Index {
  static constexpr size_t kSlots = 1024;
  std::array<uint16_t, kSlots> slots{};

  Index() {
    std::span<const TraitWeight> all = trait_weights();
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].kind == TraitKind::shape) continue;
      size_t at = hash(all[i].kind, all[i].name) % kSlots;
      while (slots[at] != 0) at = (at + 1) % kSlots;
      slots[at] = static_cast<uint16_t>(i + 1);
    }
  }

  // The trait's number, one up; 0 for none.
  size_t find(TraitKind kind, std::string_view name) const {
    for (size_t at = hash(kind, name) % kSlots; slots[at] != 0; at = (at + 1) % kSlots) {
      const TraitWeight& held = trait_weights()[slots[at] - 1u];
      if (held.kind == kind && held.name == name) return slots[at];
    }
    return 0;
  }
};

// Names and words by their first two letters and their length: most are told apart by that alone.
struct Filter {
  std::array<uint32_t, 1024> lengths{};

  explicit Filter(TraitKind kind) {
    for (const TraitWeight& each : trait_weights())
      if (each.kind == kind) lengths[slot(each.name)] |= bit(each.name);
  }
  static size_t slot(std::string_view name) {
    return (static_cast<unsigned char>(name[0]) & 31u) * 32 + (static_cast<unsigned char>(name[1]) & 31u);
  }
  static uint32_t bit(std::string_view name) { return 1u << std::min<size_t>(name.size(), 31); }
  bool holds(std::string_view name) const {
    return name.size() >= 2 && (lengths[slot(name)] & bit(name)) != 0;
  }
};

// Shapes stand in the table under the name a reader sees; their order there is that of Shape.
constexpr std::array<std::string_view, kShapes> kShapeNames = {
    "$f(…)",     "$$a",     "$a[1].$a[2]",    "'a'.'b'",    "\\x61\\x62", "QUJD…",
    "QUJDREVG…", "$a1b2c3", "$\u00e4\u00f6",  "f/**/()",    "@",          "`…`",
    "'a'^…",     "f(1)",    "very long line", "GIF89a<?php"};

struct ShapeTraits {
  std::array<std::vector<uint16_t>, kShapes> of;  // trait numbers by shape
  ShapeTraits() {
    std::span<const TraitWeight> all = trait_weights();
    for (size_t i = 0; i < all.size(); ++i)
      for (size_t shape = 0; shape < kShapes; ++shape)
        if (all[i].kind == TraitKind::shape && all[i].name == kShapeNames[shape])
          of[shape].push_back(static_cast<uint16_t>(i));
  }
};

}  // namespace

void TraitCounter::see(TraitKind kind, std::string_view name) {
  static const Index index;
  if (size_t found = index.find(kind, name); found != 0) mark(found - 1);
}

void TraitCounter::function(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  static const Filter filter(TraitKind::function);
  if (name.size() > kNamesMax || !filter.holds(name)) return;
  std::array<char, kNamesMax> buffer;
  for (size_t i = 0; i < name.size(); ++i) buffer[i] = lower(name[i]);
  see(TraitKind::function, std::string_view(buffer.data(), name.size()));
}

void TraitCounter::variable(std::string_view name) {
  see(TraitKind::variable, name);
}

void TraitCounter::keyword(std::string_view text) {
  static const Filter filter(TraitKind::keyword);
  if (filter.holds(text)) see(TraitKind::keyword, lower(text));
}

bool TraitCounter::may_know_word(std::string_view text) {
  static const Filter filter(TraitKind::word);
  return filter.holds(text);
}

void TraitCounter::word(std::string_view text) {
  see(TraitKind::word, text);
}

void TraitCounter::portion(const std::array<uint16_t, kShapes>& counts, uint32_t line) {
  static const ShapeTraits shapes;
  for (size_t shape = 0; shape < kShapes; ++shape)
    for (uint16_t trait : shapes.of[shape])
      if (counts[shape] >= trait_weights()[trait].least) mark(trait);
  int score = 0;
  Set both;
  for (size_t i = 0; i < both.size(); ++i) {
    both[i] = now_[i] | before_[i];
    for (uint64_t bits = both[i]; bits != 0; bits &= bits - 1)
      score += trait_weights()[i * 64 + static_cast<size_t>(std::countr_zero(bits))].weight;
  }
  if (score > best_) {
    best_ = score;
    best_set_ = both;
    best_line_ = line_before_;
  }
  before_ = now_;
  now_.fill(0);
  line_before_ = line;
}

TraitScore TraitCounter::best() const {
  TraitScore out;
  out.score = std::max(best_, 0);
  out.line = best_line_;
  if (!out.is_suspicious()) return out;
  std::vector<const TraitWeight*> held;
  for (size_t i = 0; i < trait_weights().size(); ++i)
    if ((best_set_[i / 64] >> i % 64 & 1) != 0) held.push_back(&trait_weights()[i]);
  std::sort(held.begin(), held.end(), [](auto a, auto b) { return a->weight > b->weight; });
  std::vector<std::string> shown;
  for (const TraitWeight* each : held) {
    std::string name = each->kind == TraitKind::variable ? "$" + std::string(each->name)
                       : each->kind == TraitKind::word   ? "“" + std::string(each->name) + "”"
                       : each->kind == TraitKind::shape  ? std::string(each->name)
                                                         : std::string(each->name) + "()";
    if (shown.size() < kNamedMax && std::find(shown.begin(), shown.end(), name) == shown.end())
      shown.push_back(std::move(name));
  }
  for (const std::string& name : shown) out.named += (out.named.empty() ? "" : ", ") + name;
  return out;
}

TraitScore traits(std::string_view source, Dialect dialect, Start start) {
  TraitCounter counter;
  Lexer lexer(source, dialect, start);
  TraitReader<TraitCounter> reader(lexer.source(), counter);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) reader.token(token);
  reader.end_portion();
  return counter.best();
}

}  // namespace aplomb::php
