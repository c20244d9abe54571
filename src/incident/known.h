// What is known of an open incident: what people said, from the journal, and what Aplomb saw by itself, which
// the caller fills in. Plain values, so that what comes next (steps.h) and what the papers say (dossier.h)
// are functions of them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "incident/journal.h"

namespace aplomb::incident {

// What a person may answer. `unknown` is an answer: nobody must guess to go on.
struct Question {
  const char* id;
  const char* text;                                          // tr_later("…")
  std::vector<std::pair<const char*, const char*>> answers;  // word, text
};
const std::vector<Question>& questions();
const Question* find_question(std::string_view id);
// By its word or its number in the list, from 1; nullopt when it is neither.
std::optional<std::string> parse_answer(const Question& question, std::string_view text);

struct PersonalTable {
  std::string database, table;
  uint64_t rows = 0;
  std::vector<std::string> columns;  // of what people can be told by
};

// One thing of the attack, as the judge names it.
struct Trace {
  Time time;
  std::string path, kind, reason;
};

// How one thing of the attack came in, from a line of a log.
struct WayIn {
  Time time;
  std::string object, way, request, address, agent, account;
  std::string confidence;  // "low", "medium", "high"
  std::string log;
  uint64_t line = 0;
};
// What an address that had to do with it did besides.
struct AddressSeen {
  std::string address;
  uint64_t requests = 0, bytes = 0;
  Time first, last;
};
// What the logs do not show: kind as in trace::Gap.
struct LogGap {
  std::string kind, log;
  std::optional<Time> from, to;
};

struct Known {
  std::string site, url;
  Time now;
  // From the journal.
  std::string case_id;
  Time knowledge;
  bool open = false, false_alarm = false;
  bool elsewhere = false;  // the case is led on another machine than the web server, from the vault
  std::optional<Time> closed;
  std::string evidence;  // snapshot of the sealed state; empty: not sealed
  std::optional<Time> sealed;
  std::string copy_url;  // of the citizens' copy; empty: none
  std::optional<Time> contained;
  std::set<std::string> done;                  // steps that a person marked
  std::map<std::string, std::string> answers;  // by question
  // Seen by Aplomb.
  std::optional<Time> last_backup;
  std::string verdict;        // of the last judged state: "infected", …; empty: none
  std::vector<Trace> traces;  // first appearances, oldest first
  std::string clean_point;    // empty: none is proven
  std::optional<Time> clean_time;
  bool recovery_begun = false;  // contained, and nothing changed yet
  bool carried_out = false;     // the site was put back
  bool verified = false, confirmed = false;
  size_t changed = 0, rejected = 0, kept = 0;
  std::optional<Time> recovered;
  std::vector<PersonalTable> personal;
  bool personal_known = false;  // the databases could be looked at
  size_t logs_read = 0;         // files of logs that were looked through
  std::vector<WayIn> ways_in;
  std::vector<AddressSeen> addresses;
  std::vector<LogGap> log_gaps;
  std::string guessed_kind;  // an answer to the first question, or empty
};

// What the journal alone tells.
Known known_from(const Journal& journal, const std::string& site, Time now);

}  // namespace aplomb::incident
