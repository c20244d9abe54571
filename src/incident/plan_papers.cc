#include "incident/plan_papers.h"

#include "base/messages.h"

namespace aplomb::incident {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

Value known(std::string text, std::string source = "") {
  return {std::move(text), std::move(source)};
}

std::vector<Line> people() {
  return {{tr("Decides (mayor, director)"), {}},
          {tr("Holds the recovery key, and who stands in"), {}},
          {tr("Knows the passphrase, and who stands in"), {}},
          {tr("Host of the site: telephone, hours, contract number"), {}},
          {tr("Who maintains the site: telephone, hours, contract until"), {}},
          {tr("Insurer: telephone, contract number"), {}},
          {tr("Data-protection officer"), {}}};
}

std::vector<Line> helpers() {
  return {{"17Cyber", known("17cyber.gouv.fr", tr("day and night, for towns too"))},
          {tr("Regional CSIRT"), {}},
          {tr("Police or gendarmerie"), known("17")},
          {"CNIL", known("notifications.cnil.fr")}};
}

std::vector<std::string> first_commands(const PlanInput& in) {
  return {
      tr("aplomb incident open {}", in.site) + "  (" +
          tr("contains the site, seals the evidence, shows citizens a copy") + ")",
      tr("aplomb incident next {}", in.site) + "  (" + tr("says what comes next, one thing at a time") + ")",
      tr("aplomb clean-point {} --recovery-key FILE", in.site) + "  (" + tr("names the last clean state") +
          ")",
      tr("aplomb recover {} --recovery-key FILE", in.site) + "  (" + tr("puts the site back") + ")",
      tr("aplomb incident report {}", in.site) + "  (" +
          tr("writes the papers for the complaint and the CNIL") + ")"};
}

std::vector<std::string> questions_text() {
  std::vector<std::string> list;
  for (const Question& question : questions()) list.push_back(tr(question.text));
  return list;
}

std::string footer(const PlanInput& in) {
  return tr(
      "{}, written on {}. Write it again after every change of the site or of the people (aplomb plan {}).",
      in.site, in.date, in.site);
}

Section personal_section(const PlanInput& in) {
  Section section{tr("Data about people on the site"), {}, {}, {}};
  if (!in.personal_known)
    section.paragraphs.push_back(tr("The databases could not be looked at: list them here."));
  for (const PersonalTable& table : in.personal)
    section.lines.push_back({table.database + ", " + table.table,
                             known(tr_n("{} row: {}", "{} rows: {}", table.rows, joined(table.columns)),
                                   tr("columns of the last backup"))});
  section.lines.push_back({tr("Others (files, forms that are mailed, services outside)"), {}});
  return section;
}

Section deadlines_section(const PlanInput& in) {
  Section section{tr("Deadlines, from the moment somebody knows"), {}, {}, {}};
  for (const DeadlineRule& rule : in.deadlines) {
    const auto& words = language() == Language::french ? rule.french : rule.english;
    section.lines.push_back(
        {words.title, known(tr("{} hours", rule.hours) + ". " + words.note, rule.source)});
  }
  return section;
}

Value drilled(const PlanInput& in) {
  if (!in.last_drill) return known(tr("never rehearsed"));
  const std::string when = to_local(*in.last_drill);
  return known(in.drill_seconds < 0 ? tr("{}: it did not go well", when)
                                    : tr("{}: rebuilt and verified in {:.0f} s", when, in.drill_seconds));
}

Paper recovery_plan(const PlanInput& in) {
  auto when = [](const std::optional<Time>& time) { return time ? known(to_local(*time)) : Value{}; };
  return {
      "plan.html",
      tr("Recovery plan of {}", in.site),
      tr("Who does what, with which key, in which order. To be kept on paper, in two places."),
      {{tr("People"), {}, people(), {}},
       {tr("Who helps"), {}, helpers(), {}},
       {tr("The site"),
        {},
        {{tr("Address"), known(in.url)},
         {tr("Server"), known(in.machine)},
         {tr("Folders"), known(joined(in.roots))},
         {tr("Databases"), known(joined(in.databases))},
         {tr("Software"), known(in.cms)},
         {tr("Size"), known(in.files ? tr("{} files, {} MiB", in.files, in.bytes >> 20) : "")},
         {tr("Stopped by"), known(joined(in.stop_commands))}},
        {}},
       {tr("The backups"),
        {in.protection},
        {{tr("Vault"), known(in.vault)},
         {tr("Configuration"), known(in.config)},
         {tr("Last backup"), when(in.last_backup)},
         {tr("Last state that was proven clean"), when(in.last_proven)},
         {tr("Where the recovery key lies (two places, none of them the server)"), {}}},
        {}},
       {tr("The day itself"),
        {tr("Do not power off, do not restart, do not delete, do not pay, do not write it by mail.")},
        {},
        first_commands(in),
        true},
       {tr("The three questions"), {}, {}, questions_text(), true},
       personal_section(in),
       deadlines_section(in),
       {tr("Rehearsal"),
        {tr("Twice a year: aplomb drill {}, on the machine where the recovery key is, with the words of the "
            "recovery sheet; note the date and how long it took.",
            in.site)},
        {{tr("Last rehearsal"), drilled(in)},
         {tr("Date, time it took, who"), {}},
         {tr("Date, time it took, who"), {}}},
        {}}},
      footer(in)};
}

Paper card(const PlanInput& in) {
  Section telephone{tr("Call"), {}, people(), {}};
  telephone.lines.resize(4);
  for (const Line& line : helpers()) telephone.lines.push_back(line);
  return {
      "card.html",
      tr("If {} is hacked", in.site),
      tr("One page, on the wall. Breathe; in the first five minutes nothing gets worse by reading this."),
      {{tr("Do not"),
        {},
        {},
        {tr("do not power off or restart: memory is evidence"), tr("do not delete, clean or restore by hand"),
         tr("do not pay, do not answer"), tr("do not call it maintenance")}},
       {tr("Do, in this order"), {}, {}, first_commands(in), true},
       telephone,
       {tr("The three questions"), {}, {}, questions_text(), true},
       {tr("Opening hours to tell citizens"), {}, {}, in.hours}},
      footer(in)};
}

Paper staff(const PlanInput& in) {
  return {
      "staff.html",
      tr("Seven habits that keep {} safe", in.site),
      tr("For everybody who writes on the site or works in the office."),
      {{"",
        {},
        {},
        {tr("A different password for each service, in a password manager; a second factor wherever there is "
            "one. The password of the site opens nothing else."),
         tr("From home or on the road, only through the office's VPN."),
         tr("Work and private life apart: no private mail or downloads on the work computer, no work on the "
            "family's."),
         tr("Only software that was approved. A plugin that somebody found useful is a door: ask first."),
         tr("Antivirus and updates on, on every computer, and nobody switches them off."),
         tr("Backups that somebody has restored this year. Copies that nobody tried are a hope."),
         tr("Visitors and telephones on the guests' network, never on that of the office.")},
        true},
       {tr("If something is odd"),
        {tr("Say it at once, by telephone. Nobody is blamed for a false alarm; aplomb incident close {} "
            "--false-alarm takes it all back.",
            in.site)},
        {{tr("Whom to call"), {}}},
        {}}},
      footer(in)};
}

}  // namespace

std::vector<Paper> plan_papers(const PlanInput& input) {
  return {recovery_plan(input), card(input), staff(input)};
}

PageWords plan_words() {
  return {language() == Language::french ? "fr" : "en", tr("to fill in"), tr("source:")};
}

}  // namespace aplomb::incident
