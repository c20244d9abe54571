#include "incident/steps.h"

#include <algorithm>
#include <array>

#include "base/messages.h"

namespace aplomb::incident {
namespace {

constexpr std::array<std::string_view, kSteps> kNames = {
    "seal", "isolate",   "what",   "tell",     "reach",   "active", "recover",
    "look", "passwords", "notify", "complain", "confirm", "close",  "finished"};

std::string answer(const Known& known, const std::string& question) {
  auto found = known.answers.find(question);
  return found == known.answers.end() ? std::string() : found->second;
}

bool is_question(Step step) {
  return find_question(name(step)) != nullptr;
}

std::string guess_of(const Known& known, Step step) {
  if (step == Step::what) return known.guessed_kind;
  if (step == Step::reach && known.personal_known) return known.personal.empty() ? "" : "yes";
  return "";
}

StepText question_text(Step step, const Known& known) {
  const Question& question = *find_question(name(step));
  StepText text;
  text.title = tr(question.text);
  text.who = tr("you");
  text.how_long = tr("one minute");
  text.why = step == Step::what    ? tr("The answer decides what must be kept and whom to call.")
             : step == Step::reach ? tr("If data of people may have been read, the law gives you 72 hours.")
                                   : tr("If more than the site is hit, the site is not the place to begin.");
  text.never = tr("Do not guess: \"I do not know\" is a good answer, and can be changed later.");
  const std::string guess = guess_of(known, step);
  for (size_t i = 0; i < question.answers.size(); ++i) {
    const auto& [word, sentence] = question.answers[i];
    text.how.push_back(tr("{}: {}", i + 1, tr(sentence)) +
                       (guess == word ? " " + tr("(what Aplomb saw points to this)") : ""));
  }
  text.commands = {tr("aplomb incident done {} NUMBER", known.site)};
  return text;
}

StepText isolate_text(const Known& known) {
  StepText text;
  text.title = tr("Have the web server taken off the network");
  text.why = tr(
      "From here Aplomb cannot stop it, and nothing that it says can be believed. As long as it runs in the "
      "network, the intruder can go on.");
  text.who = tr("your host or provider, by telephone");
  text.how_long = tr("fifteen minutes");
  text.how = {tr("no traffic in or out; it stays switched on, so that its memory is not lost"),
              tr("a copy of its disk before anything else is done with it"),
              tr("visitors sent to the citizens' copy of this machine, where it runs")};
  text.never = tr("Do not power off, do not restart, do not delete anything.");
  text.commands = {tr("aplomb incident done {}", known.site)};
  return text;
}

StepText tell_text(const Known& known) {
  StepText text;
  text.title = tr("Tell the people who must know, by telephone");
  text.why =
      tr("They can stop mistakes, and some of them can help tonight. The intruder may read your mail.");
  text.who = tr("you, or the mayor's office");
  text.how_long = tr("fifteen minutes");
  text.how = {
      tr("the mayor or the director; the host of the site; the insurer (the contract has a number)"),
      tr("17Cyber (17cyber.gouv.fr, day and night) or your region's CSIRT: they help towns for nothing"),
      tr("the data-protection officer, if you have one")};
  if (answer(known, "what") == "encrypted")
    text.how.push_back(
        tr("do not answer whoever demands money, and do not pay: it buys nothing that is sure"));
  text.never =
      tr("Do not write it by mail from this network. Do not call it maintenance in public: say that "
         "the site was attacked and when there will be news.");
  text.commands = {tr("aplomb incident done {}", known.site)};
  return text;
}

StepText recover_text(const Known& known) {
  StepText text;
  text.title = tr("Put the site back");
  text.who = tr("whoever holds the recovery key and its passphrase");
  text.how_long = tr("minutes");
  text.why =
      known.clean_point.empty()
          ? tr("No point is proven clean yet from here; with the recovery key the vault itself is judged.")
          : tr("The last point that is proven clean is of {}.",
               known.clean_time ? to_local(*known.clean_time) : known.clean_point.substr(0, 12));
  text.how = {tr("have the recovery key at hand: the file, or the sheet with the words typed into words.txt"),
              tr("the plan is shown before anything changes; what was written since is kept if it passes the "
                 "judge")};
  if (answer(known, "active") == "server" || answer(known, "active") == "network")
    text.how.push_back(
        tr("more than the site is hit: put it back on another machine (add --to FOLDER), not on this one"));
  text.never = tr("Do not delete or clean anything by hand: it destroys what shows how they came in.");
  text.commands = {tr("aplomb recover {} --recovery-key FILE", known.site)};
  if (known.elsewhere) {
    text.title = tr("Rebuild the site in an empty folder");
    text.how.push_back(
        tr("the folder is then served by a fresh server, with the same software brought up to date, and "
           "protected anew there with aplomb init"));
    text.commands = {tr("aplomb recover {} --to FOLDER --recovery-key FILE", known.site)};
  }
  return text;
}

StepText look_text(const Known& known) {
  StepText text;
  text.title = tr("Look at the site with your own eyes");
  text.why = tr("You know what it should look like; Aplomb knows only what it is made of.");
  text.who = tr("you, and somebody who writes on it");
  text.how_long = tr("ten minutes");
  text.how = {tr("the front page, the last three news, a form, the login")};
  if (!known.url.empty()) text.how.push_back(known.url);
  text.how.push_back(tr("what is missing may lie in the quarantine: aplomb quarantine list"));
  text.never = tr("If it is not right, do not repair it by hand: aplomb recover {} --undo takes it all back.",
                  known.site);
  if (known.elsewhere)
    text.never = tr("Do not put it back on the old server: whoever was inside may still be there.");
  text.commands = {tr("aplomb incident done {}", known.site)};
  return text;
}

StepText passwords_text(const Known& known) {
  StepText text;
  text.title = tr("Change every password and key the site knew");
  text.why = tr("Whoever was inside may have read them, and comes back with them.");
  text.who = tr("you; each administrator their own, from a computer that is not suspect");
  text.how_long = tr("one hour");
  text.how = {tr("the administrators of the site; the database; SSH and SFTP; the host's console"),
              tr("keys and salts in the configuration of the site; tokens of mail and payment services"),
              tr("then bring the software up to date, plugins first")};
  text.never = tr("Do not use a password again that was used elsewhere.");
  text.commands = {tr("aplomb incident done {}", known.site)};
  return text;
}

StepText notify_text(const Known& known) {
  StepText text;
  text.title = tr("Notify the data-protection authority (CNIL)");
  text.why =
      tr("Within 72 hours of knowing, also when not all is known: it can be completed later. A defacement "
         "that made data change or unreachable counts too.");
  text.who = tr("the data-protection officer, or the mayor");
  text.how_long = tr("one hour");
  text.how = {tr("the draft holds what Aplomb knows, each value with its source; fill in the rest"),
              tr("send it on notifications.cnil.fr")};
  text.never = tr("Do not wait until everything is known.");
  text.commands = {tr("aplomb incident report {}", known.site), tr("aplomb incident done {}", known.site)};
  return text;
}

StepText complain_text(const Known& known) {
  StepText text;
  text.title = tr("File the complaint");
  text.why =
      tr("The insurer pays only if it is filed within 72 hours of knowing (Code des assurances, "
         "L. 12-10-1), and the investigators may already know these attackers.");
  text.who = tr("the mayor, or whoever represents the town");
  text.how_long = tr("two hours");
  text.how = {tr("at any police station or gendarmerie, or by letter to the public prosecutor"),
              tr("take the complaint file and the evidence folder on a disk; keep a copy")};
  text.never = tr("Do not give away the only copy of the evidence.");
  text.commands = {tr("aplomb incident evidence {} --to FOLDER --recovery-key FILE", known.site),
                   tr("aplomb incident report {}", known.site), tr("aplomb incident done {}", known.site)};
  return text;
}

StepText seal_text(const Known& known) {
  StepText text;
  text.title = tr("Contain the site and seal the evidence");
  text.why = tr("Nothing may be changed before the hacked state is in the vault.");
  text.who = tr("Aplomb");
  text.how_long = tr("a few minutes");
  text.how = {tr("it did not end well the last time: the journal says why (aplomb incident show)")};
  text.never = tr("Do not power off, do not restart, do not delete anything.");
  text.commands = {known.elsewhere ? tr("aplomb incident open {} --recovery-key FILE", known.site)
                                   : tr("aplomb incident open {}", known.site)};
  return text;
}

StepText confirm_text(const Known& known) {
  StepText text;
  text.title = tr("Confirm the recovery");
  text.why = tr("Until then it can be undone, and what it replaced lies beside the site.");
  text.who = tr("you");
  text.how_long = tr("one minute");
  text.how = {tr("when the site has worked for a day or two")};
  text.never = tr("Nothing of the evidence goes: it is in the vault.");
  text.commands = {tr("aplomb recover {} --confirm", known.site)};
  return text;
}

StepText close_text(const Known& known) {
  StepText text;
  text.title = tr("Close the incident");
  text.why = tr("The journal is complete then, and a new one can begin.");
  text.who = tr("you");
  text.how_long = tr("one minute");
  text.how = {tr("write down what should be different next time: aplomb incident note {} TEXT", known.site)};
  text.never = tr("Do not forget the neighbours: tell the towns that use the same software.");
  text.commands = {tr("aplomb incident close {}", known.site)};
  return text;
}

}  // namespace

std::string_view name(Step step) {
  return kNames[static_cast<size_t>(step)];
}

std::optional<Step> parse_step(std::string_view name) {
  auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Step>(found - kNames.begin());
}

bool seen_by_aplomb(Step step) {
  return step == Step::seal || step == Step::recover || step == Step::confirm || step == Step::close ||
         step == Step::finished;
}

bool needed(Step step, const Known& known) {
  if (step == Step::notify) return answer(known, "reach") != "no";
  if (step == Step::isolate) return known.elsewhere;
  if (step == Step::confirm) return !known.elsewhere;  // there is nothing to undo
  return true;
}

bool is_done(Step step, const Known& known) {
  switch (step) {
    case Step::seal:
      return !known.evidence.empty();
    case Step::recover:
      return known.carried_out;
    case Step::confirm:
      return known.confirmed;
    case Step::close:
      return !known.open;
    case Step::finished:
      return false;
    default:
      return is_question(step) ? known.answers.contains(std::string(name(step)))
                               : known.done.contains(std::string(name(step)));
  }
}

Step next_step(const Known& known) {
  if (!known.open) return Step::finished;
  for (size_t i = 0; i + 1 < kSteps; ++i) {
    const auto step = static_cast<Step>(i);
    if (needed(step, known) && !is_done(step, known)) return step;
  }
  return Step::finished;
}

std::vector<Step> steps_of(const Known& known) {
  std::vector<Step> steps;
  for (size_t i = 0; i + 1 < kSteps; ++i)
    if (needed(static_cast<Step>(i), known)) steps.push_back(static_cast<Step>(i));
  return steps;
}

StepText text_of(Step step, const Known& known) {
  switch (step) {
    case Step::seal:
      return seal_text(known);
    case Step::isolate:
      return isolate_text(known);
    case Step::what:
    case Step::reach:
    case Step::active:
      return question_text(step, known);
    case Step::tell:
      return tell_text(known);
    case Step::recover:
      return recover_text(known);
    case Step::look:
      return look_text(known);
    case Step::passwords:
      return passwords_text(known);
    case Step::notify:
      return notify_text(known);
    case Step::complain:
      return complain_text(known);
    case Step::confirm:
      return confirm_text(known);
    case Step::close:
      return close_text(known);
    case Step::finished:
      break;
  }
  StepText text;
  text.title = tr("Nothing is left to do");
  return text;
}

}  // namespace aplomb::incident
