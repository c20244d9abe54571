// The words of a judgement and the one table that decides: provenance × worst finding → verdict of an object,
// and objects → verdict of a point. Pure; verdict_test.cc proves the table total and monotone.
#pragma once

#include <optional>
#include <string_view>

#include "base/finding.h"

namespace aplomb::judge {

// Where an object comes from, strongest proof first (DESIGN.md section 6).
enum class Provenance : uint8_t { vendor, unchanged, approved, inert, generated, unexplained };
constexpr int kProvenances = 6;
std::string_view name(Provenance provenance);  // "vendor", …

enum class ObjectVerdict : uint8_t { clean, unproven, infected };

//              none      suspicious  opaque     malicious  known_bad
// vendor       clean     clean       clean      clean      infected
// unchanged    clean     clean       clean      infected   infected
// approved     clean     clean       clean      infected   infected
// inert        clean     unproven    unproven   infected   infected
// generated    clean     unproven    unproven   infected   infected
// unexplained  unproven  unproven    unproven   infected   infected
//
// vendor: an exact hash at its own path is what was published. unchanged: approved as it is, but a later rule
// may overturn it.
ObjectVerdict decide(Provenance provenance, Level worst);

// How well a vendor's word is proven. Weak: by an MD5, or by the guarded machine alone; then a malicious
// finding outranks it, as it outranks an approval.
enum class Strength : uint8_t { exact, weak };
ObjectVerdict decide(Provenance provenance, Strength strength, Level worst);

enum class Verdict : uint8_t { proven_clean, not_proven, infected };
std::string_view name(Verdict verdict);  // "proven-clean", "not-proven", "infected"
std::optional<Verdict> parse_verdict(std::string_view text);

// The verdict of a point that holds objects of these verdicts.
Verdict combine(Verdict so_far, ObjectVerdict object);

}  // namespace aplomb::judge
