// That a real decoder reads the code is seen in tests/scenarios/recovery_sheet.sh.
#include "paper/qr_code.h"

#include <gtest/gtest.h>

namespace aplomb::paper {
namespace {

TEST(QrCode, IsOneSvgWithItsQuietZone) {
  const std::string svg = qr_svg("ACCORD ANCIEN DORTOIR", "les mots & le code");
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("viewBox=\"0 0 33 33\""), svg.npos) << "version 2 has 25 modules, and 4 around";
  EXPECT_NE(svg.find("d=\"M4 4h7v1h-7z"), svg.npos) << "the first row begins with a finder pattern";
  EXPECT_NE(svg.find("les mots &amp; le code"), svg.npos);
}

TEST(QrCode, TakesLessRoomForCapitalLetters) {
  EXPECT_LT(qr_svg(std::string(200, 'A'), "").size(), qr_svg(std::string(200, 'a'), "").size());
}

TEST(QrCode, HoldsAThousandCharacters) {
  EXPECT_FALSE(qr_svg(std::string(1000, 'a'), "").empty());
}

}  // namespace
}  // namespace aplomb::paper
