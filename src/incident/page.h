// A paper to print: sections of paragraphs, lists and values, each value with where it comes from; what is
// unknown is a box to fill in by hand, never a guess. Plain HTML for one printer and no network. Pure.
#pragma once

#include <string>
#include <vector>

namespace aplomb::incident {

struct Value {
  std::string text;    // empty: unknown
  std::string source;  // "journal, entry 1"; shown small behind the value
};

struct Line {
  std::string label;
  Value value;
};

struct Section {
  std::string heading;
  std::vector<std::string> paragraphs;
  std::vector<Line> lines;
  std::vector<std::string> items;  // a list, after the lines
  bool numbered = false;
};

struct Paper {
  std::string file;  // "plainte.html"
  std::string title, subtitle;
  std::vector<Section> sections;
  std::string footer;
};

struct PageWords {
  std::string language = "fr";
  std::string unknown = "à compléter";
  std::string source = "source :";
};

std::string to_html(const Paper& paper, const PageWords& words = {});

}  // namespace aplomb::incident
