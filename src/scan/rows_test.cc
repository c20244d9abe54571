#include "scan/rows.h"

#include <gtest/gtest.h>

namespace aplomb::scan {
namespace {

Level level_of(std::string_view text) {
  return worst(analyse_value(text));
}

TEST(Rows, OrdinaryContentGivesNothing) {
  for (std::string_view text :
       {"", "Hello",
        "<p>See <a href=\"https://other.invalid/\">this</a> <img src=\"/uploads/a.jpg\" alt=\"\"></p>",
        "<iframe width=\"560\" height=\"315\" src=\"https://www.youtube.com/embed/x\" "
        "allowfullscreen></iframe>",
        "<script async src=\"https://platform.twitter.com/widgets.js\"></script>",
        "a:2:{s:4:\"name\";s:3:\"abc\";i:1;O:8:\"stdClass\":0:{}}",
        "Write &lt;?php echo 1; ?&gt; in the file",
        "VGhlIGNvdW5jaWwgbWVldHMgb24gdGhlIGZpcnN0IFR1ZXNkYXkgb2YgZWFjaCBtb250aCwgYXQgc2V2ZW4gbydjbG9jay4="})
    EXPECT_EQ(level_of(text), Level::none) << text;
}

TEST(Rows, CodeAndInjectedScripts) {
  for (std::string_view text :
       {"<?php echo 'marker'; ?>", "<p>x</p><script src='https://cdn.invalid/a.js'></script>",
        "<img src=x onerror=\"eval(atob('YWxlcnQoMSk='))\">",
        "<iframe src='https://x.invalid/' width=1 height=1></iframe>",
        "O:31:\"GuzzleHttp\\Cookie\\FileCookieJar\":1:{s:1:\"x\";i:1;}",
        // <?php echo 'marker of a row that decodes to code'; ?>
        "PD9waHAgZWNobyAnbWFya2VyIG9mIGEgcm93IHRoYXQgZGVjb2RlcyB0byBjb2RlJzsgPz4KCgoKCgoKCgoKCgoKCg=="})
    EXPECT_GE(level_of(text), Level::suspicious) << text;
}

TEST(Rows, AScriptHiddenInAnEncodedValueIsMalicious) {
  // <script src="https://cdn.invalid/marker.js"></script> <!-- padding -->
  EXPECT_EQ(
      level_of(
          "PHNjcmlwdCBzcmM9Imh0dHBzOi8vY2RuLmludmFsaWQvbWFya2VyLmpzIj48L3NjcmlwdD4gPCEtLSBwYWRkaW5nIC0tPg=="),
      Level::malicious);
}

}  // namespace
}  // namespace aplomb::scan
