// What is sealed beside the site, as documents of the same snapshot (docs/format/incident.md): one is read
// when it is asked for, and the list of all, with where each comes from and its hash, is the last. What
// cannot be read is said in the list and left out: the site's own state must be sealed all the same.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "archive/take_snapshot.h"
#include "evidence/items.h"

namespace aplomb::recover {

class Exhibits {
 public:
  // `held`: programs that were held open before anything was stopped. `top` stands for "/" in tests.
  Exhibits(const archive::Machine& machine, const site::SiteConfig& site, const std::string& site_state,
           evidence::Items held, const std::string& top);
  Result<std::optional<archive::Page>> next();

 private:
  std::optional<archive::Page> read(const evidence::Item& item);

  const archive::Machine& machine_;
  std::vector<evidence::Item> items_;
  std::vector<evidence::LeftOut> left_out_;
  nlohmann::json list_ = nlohmann::json::array();
  size_t at_ = 0;
  bool list_given_ = false;
};

}  // namespace aplomb::recover
