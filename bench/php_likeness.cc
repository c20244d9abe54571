// Prints the sketch of each PHP file (paths come on standard input): path, shingles, numbers. What
// bench/known_shapes makes src/php/known_shapes.cc from.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "php/likeness.h"

int main() {
  using namespace aplomb::php;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    std::string source(std::istreambuf_iterator<char>(file), {});
    CodeSketch made = sketch(source, Dialect::short_tags);
    if (made.shingles < kShinglesMin) continue;
    std::printf("%s\t%u\t", path.c_str(), made.shingles);
    for (uint16_t value : made.least) std::printf("%04x", value);
    std::printf("\n");
  }
}
