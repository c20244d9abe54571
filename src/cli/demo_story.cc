#include "cli/demo_story.h"

#include "base/messages.h"

namespace aplomb::cli {

const std::vector<DemoMarker>& demo_markers() {
  static const std::vector<DemoMarker> markers = {
      {7, "sleeper", "wiki", tr_later("a file is planted in the wiki that sleeps for five days")},
      {9, "upload", "town", tr_later("a PHP file appears among the uploaded pictures")},
      {9, "theme", "town", tr_later("a line is added to the town's theme")},
      {10, "setting", "town", tr_later("a server setting makes every page run a foreign file first")},
      {10, "admin", "town", tr_later("an administrator appears whom nobody made")},
      {11, "unknown", "town", tr_later("a harmless-looking file that no detector knows")},
      {11, "script", "town", tr_later("a script is written into a news article")},
      {12, "encrypt", "town", tr_later("uploads and wiki pages are encrypted, a ransom note is left")},
  };
  return markers;
}

}  // namespace aplomb::cli
