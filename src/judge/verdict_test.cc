#include "judge/verdict.h"

#include <gtest/gtest.h>

namespace aplomb::judge {
namespace {

constexpr Provenance kAll[] = {Provenance::vendor, Provenance::unchanged, Provenance::approved,
                               Provenance::inert,  Provenance::generated, Provenance::unexplained};
constexpr Level kLevels[] = {Level::none, Level::suspicious, Level::opaque, Level::malicious,
                             Level::known_bad};

}  // namespace

TEST(Verdict, TableIsTotalAndNeverMilderForAWorseFinding) {
  for (Provenance provenance : kAll) {
    ObjectVerdict previous = ObjectVerdict::clean;
    for (Level level : kLevels) {
      ObjectVerdict verdict = decide(provenance, level);
      EXPECT_GE(verdict, previous) << name(provenance) << " × " << aplomb::name(level);
      previous = verdict;
    }
  }
}

TEST(Verdict, TableIsNeverMilderForAWeakerProof) {
  for (Level level : kLevels) {
    ObjectVerdict strongest = decide(Provenance::vendor, level);
    for (Provenance provenance : kAll) EXPECT_GE(decide(provenance, level), strongest);
    EXPECT_GE(decide(Provenance::unexplained, level), decide(Provenance::inert, level));
    EXPECT_GE(decide(Provenance::unexplained, level), decide(Provenance::approved, level));
  }
}

TEST(Verdict, KnownBadBeatsEveryProvenance) {
  for (Provenance provenance : kAll) EXPECT_EQ(decide(provenance, Level::known_bad), ObjectVerdict::infected);
}

TEST(Verdict, MaliciousBeatsEverythingButAnExactVendorHash) {
  for (Provenance provenance : kAll) {
    bool vendor = provenance == Provenance::vendor;
    EXPECT_EQ(decide(provenance, Level::malicious), vendor ? ObjectVerdict::clean : ObjectVerdict::infected);
  }
}

TEST(Verdict, NothingUnexplainedIsEverClean) {
  for (Level level : kLevels) EXPECT_NE(decide(Provenance::unexplained, level), ObjectVerdict::clean);
}

TEST(Verdict, APointIsOnlyAsGoodAsItsWorstObject) {
  EXPECT_EQ(combine(Verdict::proven_clean, ObjectVerdict::clean), Verdict::proven_clean);
  EXPECT_EQ(combine(Verdict::proven_clean, ObjectVerdict::unproven), Verdict::not_proven);
  EXPECT_EQ(combine(Verdict::infected, ObjectVerdict::unproven), Verdict::infected);
  EXPECT_EQ(combine(Verdict::not_proven, ObjectVerdict::infected), Verdict::infected);
  for (Verdict verdict : {Verdict::proven_clean, Verdict::not_proven, Verdict::infected})
    EXPECT_EQ(parse_verdict(name(verdict)), verdict);
}

}  // namespace aplomb::judge
