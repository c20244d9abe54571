// Where the data files of the program lie: beside a build (build/release/share) or under the prefix
// (/usr/share/aplomb), as the message catalogues do.
#pragma once

#include <string>

namespace aplomb::site {

// The folder with the recogniser files; it may be missing.
std::string recogniser_folder();
// The folder with the deadlines of an incident; it may be missing.
std::string deadline_folder();
// The folder with the sites and scripts of the demonstration; it may be missing.
std::string demo_folder();

}  // namespace aplomb::site
