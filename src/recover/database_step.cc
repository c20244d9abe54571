#include "recover/database_step.h"

#include "base/messages.h"
#include "recover/good_rows.h"

namespace aplomb::recover {
namespace {

class Stepper {
 public:
  explicit Stepper(DatabaseStepInput input) : in_(std::move(input)) { step_.staged.entry = in_.entry; }

  Result<DatabaseStep> run() {
    if (in_.now && in_.clean && in_.now->image == *in_.clean) {
      step_.staged.image = std::move(in_.now->image);
    } else if (in_.whole && in_.clean) {
      replace(std::move(*in_.clean), {tr_later("the whole site is rolled back"), {}});
    } else {
      TRY(repair_or_replace());
    }
    step_.staged.entry.node.size = step_.staged.image.size();
    step_.staged.entry.node.hash = crypto::sha256(step_.staged.image);
    return std::move(step_);
  }

 private:
  void replace(Bytes image, Reason reason) {
    step_.staged.image = std::move(image);
    step_.staged.changed = true;
    step_.changed.push_back({"db:" + in_.name, reason});
    if (in_.now) step_.replaced = std::move(reason);
  }

  Status repair_or_replace() {
    std::optional<site::Database> clean;
    if (in_.clean) clean = TRY(site::read_database(*in_.clean, in_.options));
    const site::Database* before = clean ? &*clean : nullptr;
    Reason damage{tr_later("the database is gone"), {}};
    if (in_.now) {
      bool done = TRY(try_base(*in_.now, before, damage));
      if (done) return {};
      if (!before) {  // nothing to put in its place: it stays, and the gate speaks of it
        step_.staged.image = std::move(in_.now->image);
        return {};
      }
    }
    while (auto version = TRY(in_.earlier())) {
      Reason ignored;
      bool done = TRY(try_base(*version, before, ignored));
      if (!done) continue;
      // Even when nothing of that copy needed repair, it takes the place of what is there.
      std::string cause = damage.text();
      step_.staged.changed = true;
      step_.changed.push_back({"db:" + in_.name,
                               {tr_later("the copy of snapshot {} takes its place: {}"),
                                {version->snapshot.substr(0, 12), cause}}});
      if (in_.now) step_.replaced = std::move(damage);
      return {};
    }
    if (in_.clean) replace(std::move(*in_.clean), std::move(damage));
    return {};
  }

  // True when this version, repaired, can be the result. `damage` says why not.
  Result<bool> try_base(DatabaseVersion& version, const site::Database* clean, Reason& damage) {
    auto database = site::read_database(version.image, in_.options);
    if (!database) {
      if (database.error().code == Code::unsupported) return fail(std::move(database).error());
      damage = {tr_later("the database cannot be read: {}"), {database.error().what}};
      return false;
    }
    DatabasePlan plan = plan_database(in_.name, clean, *database, version.judgement, in_.privileged_tables);
    if (plan.reload_whole || (plan.mass_damage && !version.snapshot.empty())) {
      damage = plan.reload_whole ? plan.reload_reason
                                 : Reason{tr_later("many of its rows were encrypted or deleted"), {}};
      return false;
    }
    if (version.snapshot.empty() && clean && !plan.repair.rows.empty()) {
      const site::Database good = TRY(good_rows(*clean));
      plan = plan_database(in_.name, clean, *database, version.judgement, in_.privileged_tables, &good);
    }
    step_.staged.changed = !plan.repair.empty();
    if (!plan.repair.empty()) {
      site::RepairOptions options;
      options.kind = in_.options.kind;
      options.image_bytes_max = in_.options.image_bytes_max;
      auto repaired = site::repair_database(version.image, plan.repair, options);
      if (!repaired && plan.mass_damage && repaired.error().code == Code::refused) {
        damage = {tr_later("its rows cannot be put back one by one: {}"), {repaired.error().what}};
        return false;
      }
      step_.staged.image = TRY(std::move(repaired));
    } else {
      step_.staged.image = std::move(version.image);
    }
    step_.changed = std::move(plan.changed);
    step_.kept = std::move(plan.kept);
    step_.rejected = std::move(plan.rejected);
    return true;
  }

  Result<site::Database> good_rows(const site::Database& clean) {
    site::Database good = clean;
    while (auto version = in_.later ? TRY(in_.later()) : std::nullopt) {
      auto database = site::read_database(version->image, in_.options);
      if (!database) continue;  // damaged then: the other versions remain
      improve(good, in_.name, *database, version->judgement, in_.privileged_tables);
    }
    return good;
  }

  DatabaseStepInput in_;
  DatabaseStep step_;
};

}  // namespace

Result<DatabaseStep> plan_database_step(DatabaseStepInput input) {
  return Stepper(std::move(input)).run();
}

}  // namespace aplomb::recover
