#include <gtest/gtest.h>

#include <random>

#include "php/analysis.h"

namespace aplomb::php {
namespace {

bool holds(std::string_view content) {
  return contains_php(as_bytes(content)).has_value();
}

TEST(ContainsPhp, FindsCodeWhereverItStarts) {
  for (std::string_view content :
       {"<?php echo 1;", "text <?PHP\necho 1;", "GIF89a\x01\x02\xff<?php echo 1; ?>\xfe\xfd", "<?= $a ?>",
        "<?=system('date');", "<?=`date`?>", "<? echo $a; ?>", "<?eval($a);",
        "<script language='php'>echo 1;</script>", "\xff\xd8\xff\xe0<?php /* */ phpinfo();",
        "# Title\n```\n<?php foo();\n```", "<? if ($a) { ?>b<? } ?>"})
    EXPECT_TRUE(holds(content)) << content;
}

TEST(ContainsPhp, IsNotMisledByWhatNobodyRuns) {
  for (std::string_view content :
       {"", "plain", "<?xml version=\"1.0\"?><svg/>", "<?", "<?=", "<?php", "<?php \n ", "a <?=\x01\x02;",
        "<? \x80\x81(;", "if (a <? b) c;", "<% asp %>", "<script language=javascript>eval(a);</script>",
        "<?mso-application progid=\"Word\"?>", "x<?xpacket begin=\"a\" id=\"b\"?>"})
    EXPECT_FALSE(holds(content)) << content;
}

TEST(ContainsPhp, SaysWhere) {
  auto found = contains_php(as_bytes("a\nb\n  <?php echo 1;"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset, 6U);
  EXPECT_EQ(found->line, 3U);
}

TEST(ContainsPhp, TakesChanceTagsInNoiseForNothing) {
  std::mt19937 random(11);
  std::string noise(4 << 20, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  for (size_t i = 0; i + 3 < noise.size(); i += 997)
    noise.replace(i, i % 2 != 0 ? 2 : 3, i % 2 != 0 ? "<?" : "<?=");
  EXPECT_FALSE(holds(noise));
  EXPECT_TRUE(holds(noise + "<?php echo 1;"));
  EXPECT_TRUE(holds(noise + "<?=system($_GET[1]);"));
}

TEST(ContainsPhp, EndsOnContentThatAsksForTooMuch) {
  std::string hostile;
  for (int i = 0; i < 500000; ++i) hostile += "<?/*";
  EXPECT_TRUE(holds(hostile));
}

}  // namespace
}  // namespace aplomb::php
