#include "recover/database_plan.h"

#include <algorithm>
#include <set>

#include "base/messages.h"
#include "judge/judge.h"
#include "judge/losses.h"
#include "site/powers.h"

namespace aplomb::recover {
namespace {

constexpr size_t kMassRows = 10;           // rows gone or encrypted at once: damage, not housekeeping
constexpr size_t kMassRowsShareOneIn = 2;  // … when they are half of the table
constexpr size_t kMostRows = 5, kPeople = 3;
constexpr size_t kTextMin = 24;  // shorter texts say nothing about encryption

std::string show(const site::Table& table, const site::Row& row) {
  std::string text;
  for (size_t i = 0; i < row.values.size() && i < table.columns.size(); ++i)
    text += table.columns[i].name + " = " + row.values[i].display(64 * 1024) + "\n";
  return text;
}

std::vector<std::pair<std::string, site::Value>> named(const site::Table& table, const site::Row& row) {
  std::vector<std::pair<std::string, site::Value>> values;
  for (size_t i = 0; i < row.values.size() && i < table.columns.size(); ++i)
    values.emplace_back(table.columns[i].name, row.values[i]);
  return values;
}

const site::Row* find_row(const site::Table* table, const site::Row& row) {
  if (!table) return nullptr;
  auto found = std::ranges::lower_bound(table->rows, row.key, {}, &site::Row::key);
  return found != table->rows.end() && found->key == row.key ? &*found : nullptr;
}

class Planner {
 public:
  Planner(const std::string& name, const site::Database* clean, const site::Database& hacked,
          const judge::Judgement& judgement, const std::vector<std::string>& privileged,
          const site::Database* good)
      : name_(name), clean_(clean), good_(good ? good : clean), hacked_(hacked), privileged_(privileged) {
    for (const judge::JudgedObject& object : judgement.open)
      if (object.identity.path.starts_with("db:" + name + "/")) open_.emplace(object.identity.path, &object);
    if (good_) good_grants_ = site::Grants(*good_, privileged, [](const auto&, const auto&) { return true; });
    grants_ = site::Grants(hacked_, privileged, [&](const site::Table& table, const site::Row& row) {
      return !open_.contains(judge::row_path(name_, table, row));
    });
  }

  DatabasePlan plan() {
    if (missing_table()) return std::move(plan_);
    for (const site::Table& table : hacked_.tables) {
      const site::Table* before = good_ ? good_->find(table.name) : nullptr;
      encrypted_ = encrypted_ || (before && mass_encrypted(*before, table));
    }
    for (const site::Table& table : hacked_.tables) plan_table(table);
    plan_schema();
    return std::move(plan_);
  }

 private:
  bool missing_table() {
    if (!clean_) return false;
    for (const site::Table& table : clean_->tables) {
      const site::Table* now = hacked_.find(table.name);
      // Columns that were added behind the others are no damage.
      if (now && now->columns.size() >= table.columns.size() &&
          std::equal(table.columns.begin(), table.columns.end(), now->columns.begin()))
        continue;
      if (now && site::judge_table(table, privileged_).ignored) continue;
      plan_.reload_whole = plan_.mass_damage = true;
      plan_.reload_reason = {tr_later("the table {} is gone or has another shape"), {table.name}};
      return true;
    }
    return false;
  }

  const judge::JudgedObject* open(const std::string& path) const {
    auto found = open_.find(path);
    if (found == open_.end()) return nullptr;
    return clean_ || !found->second->findings.empty() ? found->second : nullptr;
  }

  void plan_table(const site::Table& table) {
    const site::Table* before = good_ ? good_->find(table.name) : nullptr;
    const site::Table* clean = clean_ ? clean_->find(table.name) : nullptr;
    note_mass(table);
    site::TablePowers powers = site::judge_table(table, privileged_);
    if (powers.ignored) return;
    plan_.mass_damage = plan_.mass_damage || encrypted_;
    for (const site::Row& row : table.rows) {
      const site::Row* old = find_row(before, row);
      if (encrypted_ && old && (row_encrypted(*old, row) || short_texts_encrypted(*old, row))) {
        put_back(table, *old, {tr_later("its text was encrypted, with many others"), {}});
      } else if (!plan_row(table, powers, row, old)) {
        keep(table, row, find_row(clean, row));
      }
    }
    if (before) plan_missing_rows(*before, table, powers);
  }

  // What many cells of a column became at once. A row that is newer than the clean point was compared with
  // nothing, and holds the same.
  void note_mass(const site::Table& table) {
    mass_.clear();
    if (open_.empty()) return;
    for (const site::Row& row : table.rows)
      for (size_t i = 0; i < table.columns.size() && i < row.values.size(); ++i) {
        const judge::JudgedObject* object =
            open(judge::row_path(name_, table, row) + "/" + table.columns[i].name);
        if (!object) continue;
        for (const auto& finding : object->findings)
          if (finding.rule.starts_with("mass-")) mass_[{i, row.values[i]}] = object;
      }
  }

  const judge::JudgedObject* of_the_mass(const site::Row& row, const site::Row* old, size_t i) const {
    if (!old || mass_.empty() || i >= row.values.size() || i >= old->values.size()) return nullptr;
    if (old->values[i] == row.values[i]) return nullptr;
    auto found = mass_.find({i, row.values[i]});
    return found == mass_.end() ? nullptr : found->second;
  }

  // True when the row was put back or rejected. A row may be bad twice: it grants power, and a text of it
  // executes.
  bool plan_row(const site::Table& table, const site::TablePowers& powers, const site::Row& row,
                const site::Row* old) {
    std::string path = judge::row_path(name_, table, row);
    std::set<size_t> columns;
    const judge::JudgedObject* worst = open(path);
    if (worst) columns.insert(powers.power_columns.begin(), powers.power_columns.end());
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const judge::JudgedObject* object = open(path + "/" + table.columns[i].name);
      if (!object) object = of_the_mass(row, old, i);
      if (!object) continue;
      columns.insert(i);
      if (!worst || object->level() > worst->level()) worst = object;
    }
    if (!worst) return old && plan_lost_power(table, powers, row, *old);
    reject(table, row, worst->identity.path, worst->reason());
    if (!old) return remove(table, row, worst->reason());
    if (!enough(table, powers, row, *old, columns))
      for (size_t i = 0; i < table.columns.size(); ++i) columns.insert(i);
    put_columns(table, row, *old, columns, worst->reason());
    return true;
  }

  // A password's hash grants power in whatever column it stands.
  static bool enough(const site::Table& table, const site::TablePowers& powers, const site::Row& row,
                     const site::Row& old, const std::set<size_t>& columns) {
    site::Row repaired = row;
    for (size_t i : columns)
      if (i < repaired.values.size() && i < old.values.size()) repaired.values[i] = old.values[i];
    return site::power_bytes(table, powers, repaired) == site::power_bytes(table, powers, old);
  }

  // An administrator made a nobody is locked out as surely as one whose row is gone.
  bool plan_lost_power(const site::Table& table, const site::TablePowers& powers, const site::Row& row,
                       const site::Row& old) {
    auto granted = [&](const site::Row& which, const site::Grants& grants) {
      return site::row_power(table, powers, which, grants) == site::RowPower::power;
    };
    if (!granted(old, good_grants_) || granted(row, grants_)) return false;
    if (site::power_bytes(table, powers, old) == site::power_bytes(table, powers, row)) return false;
    put_columns(table, row, old, {powers.power_columns.begin(), powers.power_columns.end()},
                {tr_later("a row that grants power was taken away"), {}});
    return true;
  }

  void reject(const site::Table& table, const site::Row& row, const std::string& path, const Reason& reason) {
    plan_.rejected.push_back({path, show(table, row), reason});
  }

  bool remove(const site::Table& table, const site::Row& row, const Reason& reason) {
    plan_.repair.rows.push_back({table.name, row.key, site::RowAction::remove, {}});
    plan_.changed.push_back({judge::row_path(name_, table, row), reason});
    return true;
  }

  void put_back(const site::Table& table, const site::Row& old, Reason reason) {
    plan_.repair.rows.push_back({table.name, old.key, site::RowAction::put, named(table, old)});
    plan_.changed.push_back({judge::row_path(name_, table, old), std::move(reason)});
  }

  // Only what grants power goes back: the last login and the like stay.
  void put_columns(const site::Table& table, const site::Row& row, const site::Row& old,
                   const std::set<size_t>& columns, const Reason& reason) {
    site::RowChange change{table.name, row.key, site::RowAction::put, {}};
    for (size_t i : columns)
      if (i < old.values.size()) change.values.emplace_back(table.columns[i].name, old.values[i]);
    if (change.values.empty()) change.values = named(table, old);
    plan_.repair.rows.push_back(std::move(change));
    plan_.changed.push_back({judge::row_path(name_, table, row), reason});
  }

  void keep(const site::Table& table, const site::Row& row, const site::Row* old) {
    if (!clean_ || (old && old->values == row.values)) return;
    Reason reason = old ? Reason{tr_later("changed after the clean point; it grants no power"), {}}
                        : Reason{tr_later("new since the clean point; it grants no power"), {}};
    plan_.kept.push_back({judge::row_path(name_, table, row), std::move(reason)});
  }

  bool row_encrypted(const site::Row& before, const site::Row& after) const {
    for (size_t i = 0; i < before.values.size() && i < after.values.size(); ++i)
      if (looks_encrypted(before.values[i], after.values[i])) return true;
    return false;
  }

  // Titles and names are too short to show an encryption. Where longer texts were encrypted, they are not.
  static bool short_texts_encrypted(const site::Row& before, const site::Row& after) {
    for (size_t i = 0; i < before.values.size() && i < after.values.size(); ++i) {
      auto old = before.values[i].bytes(), now = after.values[i].bytes();
      if (old && now && *old != *now && !judge::looks_like_cipher(*old) && judge::looks_like_cipher(*now))
        return true;
    }
    return false;
  }

  bool mass_encrypted(const site::Table& before, const site::Table& after) const {
    size_t count = 0;
    for (const site::Row& row : after.rows)
      if (const site::Row* old = find_row(&before, row); old && row_encrypted(*old, row)) ++count;
    return count >= kMassRows || (count >= 3 && count * kMassRowsShareOneIn >= before.rows.size());
  }

  void plan_missing_rows(const site::Table& before, const site::Table& now, const site::TablePowers& powers) {
    std::vector<const site::Row*> gone;
    for (const site::Row& row : before.rows) {
      if (find_row(&now, row)) continue;
      if (site::row_power(before, powers, row, good_grants_) == site::RowPower::power) {
        put_back(before, row, {tr_later("a row that grants power was taken away"), {}});
      } else {
        gone.push_back(&row);
      }
    }
    const bool mass = gone.size() >= kMassRows && gone.size() * kMassRowsShareOneIn >= before.rows.size();
    // Nearly the whole of a small table, or a quarter of those who can log in.
    const bool most = gone.size() >= kMostRows && gone.size() * 5 >= before.rows.size() * 4;
    const bool people = powers.accounts && gone.size() >= kPeople && gone.size() * 4 >= before.rows.size();
    if (!mass && !most && !people) return;
    plan_.mass_damage = plan_.mass_damage || mass;
    for (const site::Row* row : gone)
      put_back(before, *row, {tr_later("deleted together with many others"), {}});
  }

  static bool executes(const site::SchemaObject& object) { return site::acts_by_itself(object.type); }

  void plan_schema() {
    auto same_object = [](const site::SchemaObject& wanted) {
      return [&wanted](const site::SchemaObject& other) {
        return other.type == wanted.type && other.name == wanted.name;
      };
    };
    for (const site::SchemaObject& object : hacked_.objects) {
      std::string path = judge::schema_path(name_, object);
      const judge::JudgedObject* judged = executes(object) ? open(path) : nullptr;
      if (!judged) continue;
      plan_.repair.schema.push_back({site::SchemaAction::drop, object.type, object.name, ""});
      plan_.rejected.push_back({path, object.sql + "\n", judged->reason()});
      plan_.changed.push_back({path, judged->reason()});
    }
    if (!clean_) return;
    for (const site::SchemaObject& object : clean_->objects) {
      if (!executes(object)) continue;
      auto now = std::ranges::find_if(hacked_.objects, same_object(object));
      bool dropped = std::ranges::any_of(plan_.repair.schema, [&](const site::SchemaChange& change) {
        return change.type == object.type && change.name == object.name;
      });
      if (now != hacked_.objects.end() && !dropped) continue;
      plan_.repair.schema.push_back({site::SchemaAction::create, object.type, object.name, object.sql});
      if (!dropped)
        plan_.changed.push_back({judge::schema_path(name_, object), {tr_later("as at the clean point"), {}}});
    }
  }

  const std::string& name_;
  const site::Database *clean_, *good_;
  const site::Database& hacked_;
  const std::vector<std::string>& privileged_;
  site::Grants good_grants_, grants_;
  std::map<std::string, const judge::JudgedObject*> open_;
  std::map<std::pair<size_t, site::Value>, const judge::JudgedObject*> mass_;  // of the table at hand
  bool encrypted_ = false;                                                     // texts of some table, in mass
  DatabasePlan plan_;
};

// Words have spaces; what a cipher leaves, raw or as base64 or hex, has none or is not text at all.
bool readable(std::string_view text) {
  size_t spaces = 0, odd = 0;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == ' ' || c == '\n') ++spaces;
    if (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') ++odd;
  }
  return odd == 0 && spaces * 40 >= text.size();
}

}  // namespace

bool looks_encrypted(const site::Value& before, const site::Value& after) {
  auto old = before.bytes(), now = after.bytes();
  return old && now && *old != *now && old->size() >= kTextMin && now->size() >= kTextMin && readable(*old) &&
         !readable(*now);
}

DatabasePlan plan_database(const std::string& name, const site::Database* clean, const site::Database& hacked,
                           const judge::Judgement& hacked_judgement,
                           const std::vector<std::string>& privileged_tables, const site::Database* good) {
  return Planner(name, clean, hacked, hacked_judgement, privileged_tables, good).plan();
}

}  // namespace aplomb::recover
