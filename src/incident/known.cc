#include "incident/known.h"

#include <algorithm>

#include "base/messages.h"

namespace aplomb::incident {

// The kinds are those of the qualification sheets of CERT-FR and of cybermalveillance.gouv.fr, in plain
// words.
const std::vector<Question>& questions() {
  static const std::vector<Question> list = {
      {"what",
       tr_later("What do you see?"),
       {{"defaced", tr_later("pages are changed: slogans, odd pictures, foreign text")},
        {"encrypted", tr_later("files or the database cannot be opened, or somebody demands money")},
        {"redirect", tr_later("visitors are sent elsewhere, or search engines show spam")},
        {"stolen", tr_later("data of the site turned up elsewhere, or somebody threatens to publish them")},
        {"slow", tr_later("the server is slow, or sends mail in masses")},
        {"told", tr_later("somebody else told us: provider, CERT, citizen, Aplomb")},
        {"unknown", tr_later("I do not know")}}},
      {"reach",
       tr_later("Does the site hold data about people (accounts, forms, newsletters, bookings)?"),
       {{"yes", tr_later("yes")},
        {"sensitive",
         tr_later("yes, and sensitive ones: health, children, social aid, bank details, identity "
                  "papers")},
        {"no", tr_later("no, none at all")},
        {"unknown", tr_later("I do not know")}}},
      {"active",
       tr_later("Is anything else of yours hit: other sites on this server, mail, the office's computers?"),
       {{"site", tr_later("this site alone")},
        {"server", tr_later("other sites or services of the same server")},
        {"network", tr_later("computers, mail or files of the office too")},
        {"unknown", tr_later("I do not know")}}},
  };
  return list;
}

const Question* find_question(std::string_view id) {
  auto found = std::ranges::find(questions(), id, &Question::id);
  return found == questions().end() ? nullptr : &*found;
}

std::optional<std::string> parse_answer(const Question& question, std::string_view text) {
  for (size_t i = 0; i < question.answers.size(); ++i)
    if (text == question.answers[i].first || text == std::to_string(i + 1)) return question.answers[i].first;
  return std::nullopt;
}

Known known_from(const Journal& journal, const std::string& site, Time now) {
  Known known;
  known.site = site;
  known.now = now;
  known.case_id = journal.case_id();
  known.open = journal.is_open();
  known.knowledge = journal.knowledge();
  for (const Entry& entry : journal.entries()) {
    switch (entry.kind) {
      case Kind::opened:
        known.elsewhere = entry.field("elsewhere") == "yes";
        break;
      case Kind::contained:
        known.contained = entry.time;
        known.copy_url = entry.field("copy");
        break;
      case Kind::sealed:
        known.evidence = entry.field("snapshot");
        known.sealed = entry.time;
        break;
      case Kind::answered:
        known.answers[entry.field("question")] = entry.field("answer");
        break;
      case Kind::done:
        known.done.insert(entry.field("step"));
        if (known.elsewhere && entry.field("step") == "isolate") known.contained = entry.time;
        break;
      case Kind::recovered:
        known.recovered = entry.time;
        break;
      case Kind::closed:
      case Kind::false_alarm:
        known.closed = entry.time;
        known.false_alarm = entry.kind == Kind::false_alarm;
        break;
      default:
        break;
    }
  }
  return known;
}

}  // namespace aplomb::incident
