// One call to be folded, as the functions in fold_functions.cc and fold_arrays.cc see it: every argument is a
// known constant, and what they make is paid for.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "php/budget.h"
#include "php/value.h"

namespace aplomb::php {

using Arguments = std::span<const Constant>;

struct Call {
  Arguments arguments;
  Meter& meter;

  size_t count() const { return arguments.size(); }
  std::string text(size_t i) const { return i < count() ? arguments[i].to_text() : std::string(); }
  int64_t integer(size_t i, int64_t otherwise) const {
    return i < count() && arguments[i].type() != Constant::Type::null ? arguments[i].to_integer() : otherwise;
  }
  bool is_array(size_t i) const { return i < count() && arguments[i].is_array(); }
  Constant made(std::string text) const {
    return meter.spend_bytes(text.size()) ? Constant::of(std::move(text)) : Constant();
  }
  Constant made(std::optional<std::string> text) const { return text ? made(std::move(*text)) : Constant(); }
};

// Start and length as substr() counts them; false when nothing is there.
bool slice(int64_t size, int64_t start, int64_t length, bool has_length, size_t& from, size_t& count);

Constant array_slice(const Call& call);
Constant implode(const Call& call);
Constant explode(const Call& call);
Constant str_split(const Call& call);
Constant reversed_items(const Call& call);
Constant merged(const Call& call);  // array_merge
Constant range(const Call& call);
Constant item_at_end(const Call& call, bool last);
Constant keys_of(const Call& call);     // array_keys
Constant flipped(const Call& call);     // array_flip
Constant difference(const Call& call);  // array_diff

}  // namespace aplomb::php
