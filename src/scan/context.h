// Findings from where a file lies and what it is called, beside what it holds. Recomputed each time and never
// remembered under the hash of the content: the same bytes are in order elsewhere.
#pragma once

#include "scan/file_report.h"

namespace aplomb::scan {

struct Context {
  // Folders that visitors' or editors' files go to, relative to the same root as the paths:
  // "wp-content/uploads", "sites/*/files". Names that most sites use (uploads, images, files …) are known
  // without being told.
  std::vector<std::string> upload_folders;
};

// mode holds the permission bits, set-user-id included.
std::vector<Finding> judge_context(std::string_view path, uint32_t mode, const FileReport& report,
                                   const Context& context);

bool in_upload_folder(std::string_view path, const Context& context);

}  // namespace aplomb::scan
