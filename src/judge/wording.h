// What a person is asked about, in words: which setting, which account, new or changed. Only the sentence
// that stands when nobody explains an object; whoever knows more says more. Pure.
#pragma once

#include "base/finding.h"
#include "site/powers.h"

namespace aplomb::judge {

// New, or with other content than what was approved at its path.
enum class Before : uint8_t { unknown, approved };

Reason plain_file(Before before);
Reason plain_row(const site::Table& table, const site::TablePowers& powers, const site::Row& row,
                 Before before);
Reason plain_schema(Before before);
Reason plain_value();
// Says nothing more than that nobody explains it.
bool is_plain(const Reason& reason);

}  // namespace aplomb::judge
