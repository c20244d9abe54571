// Which inert files belong to the site's code and not to its content: style
// sheets, templates and drawings that lie beside approved code. What changed in
// them between the clean point and now goes back with the code, and the changed
// version into the quarantine: no judge can tell the intruder's colour from the
// webmaster's, but it is code that says how they are used. Whole pages, uploads
// and everything that is new stay content (decisions/0014). Pure, but for the
// bytes of a page, which the caller reads.
#pragma once

#include <functional>
#include <set>

#include "judge/judgement.h"
#include "recover/file_plan.h"

namespace aplomb::recover {

// The beginning of a file of the clean point; "" when it cannot be read.
using ReadHead = std::function<std::string(const std::string& path, const vault::Node& node)>;

// Of the clean point's files, those that changed or are gone in `now` and
// belong to its code.
std::set<std::string> changed_component_files(const Listing& clean, const Listing& now,
                                              const judge::Judgement& clean_judgement, const ReadHead& head);

// A page as visitors call it up, with nothing in it for a program to fill in.
bool is_whole_page(std::string_view text);

}  // namespace aplomb::recover
