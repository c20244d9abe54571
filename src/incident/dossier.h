// The papers of an incident, in French, as the authorities, the insurer, the council and the citizens need
// them: what Aplomb knows is filled in, each value with its source; what it does not know says "à compléter".
// In French whatever the language of the program: that is what they are handed in in. Pure.
#pragma once

#include <vector>

#include "incident/deadlines.h"
#include "incident/known.h"
#include "incident/page.h"

namespace aplomb::incident {

struct DossierInput {
  Known known;
  std::vector<DeadlineRule> deadlines;
  std::vector<Entry> journal;
  std::string tool;     // "aplomb 0.1.0"
  std::string machine;  // name of the host
};

// plainte.html, notification-cnil.html, lettre-aux-personnes.html, rapport-au-conseil.html,
// rapport-technique.html, prestataire.html, messages-publics.html
std::vector<Paper> papers_of(const DossierInput& input);

// One paper each; used by papers_of (dossier_papers.cc).
class Dossier {
 public:
  explicit Dossier(const DossierInput& input) : in_(input), known_(input.known) {}
  Paper complaint() const;
  Paper authority() const;
  Paper letter() const;
  Paper council() const;
  Paper technical() const;
  Paper provider() const;
  Paper messages() const;

 private:
  Value knowledge() const;
  Value first_trace() const;
  Value kind() const;
  Value reach() const;
  Value evidence() const;
  Value personal_rows() const;
  Value measures() const;
  Value date(const std::optional<Time>& time, const std::string& source) const;
  std::vector<Line> facts() const;
  std::vector<Line> personal() const;
  std::vector<Line> ways_in() const;
  std::vector<Line> addresses() const;
  std::vector<std::string> log_gaps() const;
  std::vector<Line> clocks() const;
  std::vector<std::string> chronology() const;
  std::string footer() const;

  const DossierInput& in_;
  const Known& known_;
};

}  // namespace aplomb::incident
