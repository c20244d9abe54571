// Does the look before the data flow drop a finding? Prints each file (paths come on standard input) whose
// findings differ when the flow is computed anyway, and how many files were followed.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "php/analysis.h"

int main() {
  using namespace aplomb;
  size_t files = 0, followed = 0, differ = 0;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    std::string source(std::istreambuf_iterator<char>(file), {});
    php::Analysis one = php::analyse(as_bytes(source)),
                  other = php::analyse(as_bytes(source), {}, php::Look::skipped);
    ++files;
    followed += one.structure.needs_flow();
    if (one.findings == other.findings) continue;
    ++differ;
    std::printf("%s%s", path.c_str(), one.findings.empty() ? " NOTHING WITHOUT" : "");
    for (const Finding& each : other.findings)
      if (std::find(one.findings.begin(), one.findings.end(), each) == one.findings.end())
        std::printf(" %s", each.rule.c_str());
    std::printf("\n");
  }
  std::printf("%zu files, %zu followed, %zu differ\n", files, followed, differ);
}
