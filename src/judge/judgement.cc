#include "judge/judgement.h"

#include <algorithm>

namespace aplomb::judge {

std::string_view name(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::file:
      return "file";
    case ObjectKind::row:
      return "row";
    case ObjectKind::value:
      return "value";
    case ObjectKind::schema:
      return "schema";
    case ObjectKind::database:
      return "database";
    case ObjectKind::missing:
      return "missing";
  }
  return "file";
}

Earlier earlier_of(const Judgement& judgement) {
  return {judgement.facts, judgement.contents};
}

Earlier earlier_from(Judgement& judgement) {
  return {std::move(judgement.facts), std::move(judgement.contents)};
}

const Reason& JudgedObject::reason() const {
  auto worst_finding = std::ranges::max_element(findings, {}, &Finding::level);
  return worst_finding == findings.end() ? explanation : worst_finding->reason;
}

}  // namespace aplomb::judge
