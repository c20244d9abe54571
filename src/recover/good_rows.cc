#include "recover/good_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "judge/judge.h"
#include "site/powers.h"

namespace aplomb::recover {
namespace {

constexpr size_t kMassRows = 10;
constexpr size_t kMassRowsShareOneIn = 2;
constexpr size_t kMostRows = 5, kPeople = 3;  // as in database_plan.cc

class Improver {
 public:
  Improver(site::Database& good, const std::string& name, const site::Database& later,
           const judge::Judgement& judgement, const std::vector<std::string>& privileged)
      : good_(good),
        name_(name),
        later_(later),
        open_(paths_of(judgement, false)),
        mass_(paths_of(judgement, true)),
        privileged_(privileged),
        good_grants_(good, privileged, [](const auto&, const auto&) { return true; }),
        later_grants_(later, privileged, [&](const site::Table& table, const site::Row& row) {
          return !open_.contains(judge::row_path(name, table, row));
        }) {}

  void run() {
    for (const site::Table& table : later_.tables) {
      auto place = std::ranges::lower_bound(good_.tables, table.name, {}, &site::Table::name);
      if (place == good_.tables.end() || place->name != table.name) {
        site::Table fresh = table;
        fresh.rows.clear();
        place = good_.tables.insert(place, std::move(fresh));
      }
      if (place->columns == table.columns && place->key_columns == table.key_columns)
        improve_table(*place, table);
    }
  }

 private:
  bool is_open(const site::Table& table, const site::Row& row) const {
    const std::string path = judge::row_path(name_, table, row);
    if (open_.contains(path)) return true;
    return std::ranges::any_of(
        table.columns, [&](const site::Column& column) { return open_.contains(path + "/" + column.name); });
  }

  static std::set<std::string> paths_of(const judge::Judgement& judgement, bool mass_alone) {
    std::set<std::string> paths;
    for (const judge::JudgedObject& object : judgement.open) {
      const bool mass = std::ranges::any_of(object.findings, [](const auto& finding) {
        return std::string_view(finding.rule).starts_with("mass-");
      });
      if (mass || !mass_alone) paths.insert(object.identity.path);
    }
    return paths;
  }

  bool is_damaged(const site::Table& table) const {
    const std::string path = "db:" + name_ + "/" + table.name;
    auto next = mass_.lower_bound(path);
    if (next != mass_.end() && *next == path) return true;
    next = mass_.lower_bound(path + "/");
    return next != mass_.end() && next->starts_with(path + "/");
  }

  void improve_table(site::Table& good, const site::Table& later) {
    if (is_damaged(later)) return;
    const site::TablePowers powers = site::judge_table(later, privileged_);
    auto has_power = [&](const site::Row& row, const site::Grants& grants) {
      return site::row_power(later, powers, row, grants) == site::RowPower::power;
    };
    std::map<std::vector<site::Value>, const site::Row*> now;
    for (const site::Row& row : later.rows) now[row.key] = &row;
    size_t gone = 0;
    for (const site::Row& row : good.rows) gone += now.contains(row.key) ? 0 : 1;
    const bool mass = (gone >= kMassRows && gone * kMassRowsShareOneIn >= good.rows.size()) ||
                      (gone >= kMostRows && gone * 5 >= good.rows.size() * 4) ||
                      (powers.accounts && gone >= kPeople && gone * 4 >= good.rows.size());
    std::vector<site::Row> rows;
    for (site::Row& row : good.rows) {
      auto found = now.find(row.key);
      const bool power = has_power(row, good_grants_);
      if (found == now.end()) {
        if (mass || power) rows.push_back(std::move(row));
        continue;
      }
      const bool keeps =
          is_open(later, *found->second) || (power && !has_power(*found->second, later_grants_));
      rows.push_back(keeps ? std::move(row) : *found->second);
      now.erase(found);
    }
    for (const auto& [key, row] : now)
      if (!is_open(later, *row)) rows.push_back(*row);
    std::ranges::sort(rows, {}, &site::Row::key);
    good.rows = std::move(rows);
  }

  site::Database& good_;
  const std::string& name_;
  const site::Database& later_;
  const std::set<std::string> open_, mass_;
  const std::vector<std::string>& privileged_;
  const site::Grants good_grants_, later_grants_;
};

}  // namespace

void improve(site::Database& good, const std::string& name, const site::Database& later,
             const judge::Judgement& judgement, const std::vector<std::string>& privileged_tables) {
  Improver(good, name, later, judgement, privileged_tables).run();
}

}  // namespace aplomb::recover
