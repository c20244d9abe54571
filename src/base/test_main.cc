// The main of every test binary. A test may install a hook that runs before GoogleTest: proc uses it so that
// a test binary can also be the confined child it starts.
#include <gtest/gtest.h>

#include <cstring>

int (*aplomb_test_early_main)(int, char**) = nullptr;  // returns a status to exit with, or -1 to go on

int main(int argc, char** argv) {
  if (aplomb_test_early_main) {
    int status = aplomb_test_early_main(argc, argv);
    if (status >= 0) return status;
  }
  // A child that nobody prepared for would run all tests again, and start the next.
  if (argc > 1 && std::strcmp(argv[1], "__worker") == 0) return 3;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
