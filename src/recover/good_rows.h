// The rows of a database as they were good last: the clean point's, and of each row its newest later version
// that was not open in the judgement of its snapshot. What recovery puts rows back from, so that an article
// of yesterday comes back as it was yesterday and not as it was at the clean point. Pure.
#pragma once

#include <string>
#include <vector>

#include "judge/judgement.h"
#include "site/database_model.h"

namespace aplomb::recover {

// `good` becomes better by one later state; call it with the oldest first. `judgement`: of that state. A
// table in which texts were overwritten, encrypted or lost in mass says nothing: newer rows of it were
// compared with none. A row that grants power stays as it is when the later one grants less, or is gone:
// taking an administrator away explains itself by nothing. Other rows that are gone stay gone, unless they
// went in mass.
void improve(site::Database& good, const std::string& name, const site::Database& later,
             const judge::Judgement& judgement, const std::vector<std::string>& privileged_tables);

}  // namespace aplomb::recover
