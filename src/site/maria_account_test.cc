#include "site/maria_account.h"

#include <gtest/gtest.h>

namespace aplomb::site {
namespace {

TEST(MariaAccount, IsOneSitesWhereItsRightsAreOnOneDatabase) {
  const std::string usage = "GRANT USAGE ON *.* TO `wp`@`localhost` IDENTIFIED BY PASSWORD '*00AA ON `b`'\n";
  for (const char* line : {"GRANT ALL PRIVILEGES ON `mai_rie`.* TO `wp`@`localhost`\n",
                           // The client writes a backslash as two.
                           "GRANT ALL PRIVILEGES ON `mai\\\\_rie`.* TO `wp`@`localhost` WITH GRANT OPTION\n",
                           "GRANT SELECT, INSERT (`a`, `ON`) ON `mai_rie`.`posts` TO `wp`@`localhost`\n"})
    EXPECT_TRUE(grants_one_database(usage + line, "mai_rie")) << line;
  const std::string own = usage + "GRANT ALL PRIVILEGES ON `mai_rie`.* TO `wp`@`localhost`\n";
  for (const char* line :
       {"GRANT SELECT ON `other`.* TO `wp`@`localhost`\n",
        "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`\n",
        "GRANT RELOAD, USAGE ON *.* TO `root`@`localhost`\n", "GRANT PROXY ON ''@'%' TO 'root'@'localhost'\n",
        "GRANT `role` TO `wp`@`localhost`\n", "GRANT EXECUTE ON PROCEDURE `other`.`p` TO `wp`@`localhost`\n",
        "GRANT ALL PRIVILEGES ON `mai_rie2`.* TO `wp`@`localhost`\n"})
    EXPECT_FALSE(grants_one_database(own + line, "mai_rie")) << line;
  EXPECT_FALSE(grants_one_database("", "mai_rie"));
  EXPECT_FALSE(grants_one_database("ERROR", "mai_rie"));
}

}  // namespace
}  // namespace aplomb::site
