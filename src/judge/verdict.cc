#include "judge/verdict.h"

#include <algorithm>

namespace aplomb::judge {
namespace {

constexpr int kLevels = 5;
constexpr auto clean = ObjectVerdict::clean, unproven = ObjectVerdict::unproven,
               infected = ObjectVerdict::infected;

constexpr ObjectVerdict kTable[kProvenances][kLevels] = {
    {clean, clean, clean, clean, infected},              // vendor
    {clean, clean, clean, infected, infected},           // unchanged
    {clean, clean, clean, infected, infected},           // approved
    {clean, unproven, unproven, infected, infected},     // inert
    {clean, unproven, unproven, infected, infected},     // generated
    {unproven, unproven, unproven, infected, infected},  // unexplained
};

}  // namespace

std::string_view name(Provenance provenance) {
  switch (provenance) {
    case Provenance::vendor:
      return "vendor";
    case Provenance::unchanged:
      return "unchanged";
    case Provenance::approved:
      return "approved";
    case Provenance::inert:
      return "inert";
    case Provenance::generated:
      return "generated";
    case Provenance::unexplained:
      return "unexplained";
  }
  return "unexplained";
}

ObjectVerdict decide(Provenance provenance, Level worst) {
  return kTable[static_cast<int>(provenance)][static_cast<int>(worst)];
}

ObjectVerdict decide(Provenance provenance, Strength strength, Level worst) {
  bool vendor = provenance == Provenance::vendor;
  return decide(vendor && strength == Strength::weak ? Provenance::approved : provenance, worst);
}

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::proven_clean:
      return "proven-clean";
    case Verdict::not_proven:
      return "not-proven";
    case Verdict::infected:
      return "infected";
  }
  return "not-proven";
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  for (Verdict verdict : {Verdict::proven_clean, Verdict::not_proven, Verdict::infected})
    if (name(verdict) == text) return verdict;
  return std::nullopt;
}

Verdict combine(Verdict so_far, ObjectVerdict object) {
  switch (object) {
    case ObjectVerdict::clean:
      return so_far;
    case ObjectVerdict::unproven:
      return std::max(so_far, Verdict::not_proven);
    case ObjectVerdict::infected:
      return Verdict::infected;
  }
  return Verdict::infected;
}

}  // namespace aplomb::judge
