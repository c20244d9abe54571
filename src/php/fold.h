// Constant folding: what PHP would compute from constants alone, computed here without ever running PHP. Pure
// functions from constants to constants; an unknown operand gives an unknown result, and so does a spent
// meter.
#pragma once

#include <span>
#include <string_view>

#include "php/budget.h"
#include "php/syntax.h"
#include "php/value.h"

namespace aplomb::php {

// The value of a string or number token, of a literal part, escapes decoded. `indentation` is what a flexible
// heredoc strips from the start of each line.
Constant literal(std::string_view text, Quote quote, Meter& meter);
// Parts of hexadecimal, octal or \u escapes in a literal: how much of it was written to be unreadable.
size_t escape_count(std::string_view text);

Constant fold_binary(Op op, Constant left, const Constant& right, Meter& meter);
Constant fold_unary(Op op, const Constant& operand, Meter& meter);
Constant fold_cast(char type, const Constant& operand);
Constant fold_index(const Constant& whole, const Constant& key, Meter& meter);
Constant fold_call(std::string_view lower_name, std::span<const Constant> arguments, Meter& meter);

// A function whose result on unknown input hides what it was: base64_decode, gzinflate, chr, strrev …
bool is_decoder(std::string_view lower_name);
std::span<const std::string_view> decoders();  // all of them

}  // namespace aplomb::php
