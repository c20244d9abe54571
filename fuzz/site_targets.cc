// What a website wrote about itself: the dump of its database, and its CMS's configuration.
#include <array>

#include "fuzz/targets.h"
#include "site/cms_config.h"
#include "site/cms_settings.h"
#include "site/sql_dump.h"

namespace aplomb::fuzz {
namespace {

// What is read is the same after it was written anew: the judge of a repaired dump sees what was planned.
void sql_dump(ByteView bytes) {
  auto database = site::parse_dump(bytes);
  if (!database) return;
  Bytes text = site::write_dump(*database);
  auto again = site::parse_dump(text);
  APLOMB_CHECK(again.has_value());
  APLOMB_CHECK(*again == *database);
  site::write_changes(*database, site::Database(), "WORD");
}

// A name that was accepted can be written into our configuration and read there.
void cms_config(ByteView bytes) {
  auto found = site::parse_cms_database(as_text(bytes));
  if (!found) return;
  std::set<std::string> written;
  std::string renewed =
      site::with_settings(as_text(bytes), {{site::password_setting(as_text(bytes)), "a'\\b"}}, written);
  auto again = site::parse_cms_database(renewed);
  APLOMB_CHECK(again && again->password == "a'\\b" && again->address == found->address);
  site::DatabaseSpec spec{found->kind, {}, found->address};
  spec.server.config = "/config";
  if (auto written = site::parse_database_spec(spec.text())) APLOMB_CHECK(written->text() == spec.text());
}

constexpr std::array kTargets = {Target{"sql_dump", sql_dump}, Target{"cms_config", cms_config}};

}  // namespace

std::span<const Target> site_targets() {
  return kTargets;
}

}  // namespace aplomb::fuzz
