// What happens in the demonstration, as data: which night which marker is planted, and what is said of it.
// The days themselves are lived by share/demo/day.php through the sites' own forms.
#pragma once

#include <vector>

namespace aplomb::cli {

constexpr int kDemoDays = 12;
constexpr int kApprovedDay = 4;  // the one legitimate change of code

struct DemoMarker {
  int day;
  const char* name;   // of share/demo/markers.php
  const char* site;   // "town" or "wiki": whose history shows it first
  const char* words;  // tr_later("…")
};

const std::vector<DemoMarker>& demo_markers();

}  // namespace aplomb::cli
