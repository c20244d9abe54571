#include "incident/dossier.h"

#include <fmt/format.h>

#include <algorithm>

namespace aplomb::incident {
namespace {

constexpr size_t kTracesMax = 200;

// The answers to the questions as a French paper says them; the same words whatever the language of the
// program.
std::string kind_in_french(const std::string& answer) {
  if (answer == "defaced") return "défiguration : des pages du site ont été modifiées";
  if (answer == "encrypted") return "chiffrement de données, avec ou sans demande de rançon";
  if (answer == "redirect")
    return "détournement du site : visiteurs redirigés, contenus indésirables ajoutés";
  if (answer == "stolen") return "vol de données";
  if (answer == "slow") return "détournement des ressources du serveur (calcul ou envois massifs)";
  if (answer == "told") return "intrusion signalée par un tiers ou par un outil de contrôle";
  return "";
}

std::string trace_in_french(const std::string& kind) {
  if (kind == "malicious" || kind == "known-bad") return "élément malveillant";
  if (kind == "suspicious" || kind == "opaque") return "élément suspect";
  if (kind == "missing") return "élément de protection disparu";
  return "élément que rien n'explique";
}

}  // namespace

Value Dossier::date(const std::optional<Time>& time, const std::string& source) const {
  if (!time) return {};
  return {to_local(*time), source};
}

Value Dossier::knowledge() const {
  return date(known_.knowledge, "journal de l'incident, ligne 1");
}

Value Dossier::first_trace() const {
  if (known_.traces.empty()) return {};
  const Trace& first = known_.traces.front();
  return {fmt::format("au plus tard le {} ({} : {})", to_local(first.time), trace_in_french(first.kind),
                      first.path),
          "comparaison des sauvegardes : première apparition"};
}

Value Dossier::kind() const {
  auto found = known_.answers.find("what");
  if (found == known_.answers.end()) return {};
  return {kind_in_french(found->second), "réponse donnée au journal"};
}

Value Dossier::reach() const {
  auto found = known_.answers.find("active");
  if (found == known_.answers.end() || found->second == "unknown") return {};
  return {found->second == "site"     ? "le site seul"
          : found->second == "server" ? "d'autres sites ou services du même serveur"
                                      : "le réseau de bureau est touché aussi",
          "réponse donnée au journal"};
}

Value Dossier::evidence() const {
  if (known_.evidence.empty()) return {};
  return {fmt::format("état piraté scellé le {}, instantané {}",
                      known_.sealed ? to_local(*known_.sealed) : std::string("?"), known_.evidence),
          "coffre de sauvegarde, en ajout seul"};
}

Value Dossier::personal_rows() const {
  if (!known_.personal_known) return {};
  if (known_.personal.empty())
    return {"aucune table reconnue comme contenant des données personnelles : à vérifier",
            "noms des colonnes des bases de données"};
  uint64_t rows = 0;
  for (const PersonalTable& table : known_.personal) rows += table.rows;
  return {fmt::format("{} enregistrements dans {} tables", rows, known_.personal.size()),
          "comptés dans la copie des bases de données de la dernière sauvegarde"};
}

Value Dossier::measures() const {
  std::string text;
  auto add = [&](const std::string& sentence) { text += (text.empty() ? "" : " ; ") + sentence; };
  if (known_.contained) add("site isolé le " + to_local(*known_.contained));
  if (!known_.evidence.empty()) add("état piraté conservé comme preuve");
  if (!known_.copy_url.empty()) add("copie en lecture seule présentée aux usagers");
  if (known_.carried_out)
    add(fmt::format("site rétabli{}",
                    known_.verified ? " et vérifié : tout ce qui s'exécute y est expliqué" : ""));
  if (known_.done.contains("passwords")) add("mots de passe et clés changés");
  return {text, text.empty() ? "" : "journal de l'incident"};
}

std::vector<Line> Dossier::facts() const {
  return {{"Site concerné",
           {known_.url.empty() ? known_.site : known_.site + " (" + known_.url + ")", "configuration"}},
          {"Moment où l'atteinte a été connue", knowledge()},
          {"Première trace dans le site", first_trace()},
          {"Nature de l'atteinte", kind()},
          {"Étendue", reach()},
          {"Dernier état prouvé sain",
           known_.clean_point.empty()
               ? Value{}
               : Value{fmt::format("instantané {}{}", known_.clean_point.substr(0, 12),
                                   known_.clean_time ? " du " + to_local(*known_.clean_time) : std::string()),
                       "jugement des sauvegardes"}},
          {"Preuves", evidence()},
          {"Mesures prises", measures()}};
}

std::vector<Line> Dossier::personal() const {
  std::vector<Line> lines;
  for (const PersonalTable& table : known_.personal) {
    std::string columns;
    for (const std::string& column : table.columns) columns += (columns.empty() ? "" : ", ") + column;
    lines.push_back({fmt::format("{}, table {}", table.database, table.table),
                     {fmt::format("{} enregistrements ; colonnes : {}", table.rows, columns),
                      "copie de la base dans la dernière sauvegarde"}});
  }
  return lines;
}

// One line an object; the line of the log is the source, so that it can be looked up.
std::vector<Line> Dossier::ways_in() const {
  std::vector<Line> lines;
  for (const WayIn& way : known_.ways_in) {
    std::string text = way.way == "session"   ? fmt::format("session SSH de {}", way.account)
                       : way.way == "upload"  ? fmt::format("transfert de fichier ({})", way.request)
                       : way.way == "package" ? fmt::format("installation du paquet {}", way.request)
                                              : fmt::format("requête {}", way.request);
    text += fmt::format(", le {}", to_local(way.time));
    if (!way.address.empty()) text += ", depuis l'adresse " + way.address;
    if (!way.agent.empty()) text += fmt::format(" (logiciel annoncé : {})", way.agent);
    if (!way.account.empty() && way.way != "session") text += ", compte " + way.account;
    text += way.confidence == "high"     ? ". Quasi certain."
            : way.confidence == "medium" ? ". Probable."
                                         : ". Possible, à vérifier.";
    lines.push_back({way.object, {text, fmt::format("{}, ligne {}", way.log, way.line)}});
  }
  if (lines.empty()) lines.push_back({"Requête, compte ou dépôt qui a créé le premier élément", {}});
  return lines;
}

std::vector<Line> Dossier::addresses() const {
  std::vector<Line> lines;
  for (const AddressSeen& seen : known_.addresses)
    lines.push_back({seen.address,
                     {fmt::format("{} requêtes entre le {} et le {} ; {} octets lui ont été envoyés",
                                  seen.requests, to_local(seen.first), to_local(seen.last), seen.bytes),
                      "journaux d'accès du serveur web"}});
  return lines;
}

std::vector<std::string> Dossier::log_gaps() const {
  std::vector<std::string> items;
  for (const LogGap& gap : known_.log_gaps) {
    const std::string log = gap.log.empty() ? "journaux" : gap.log;
    if (gap.kind == "no-logs")
      items.push_back("aucun journal d'accès du serveur web n'a été trouvé ou lu");
    else if (gap.kind == "silence" && gap.from && gap.to)
      items.push_back(
          fmt::format("{} : rien n'y est écrit entre le {} et le {}, contrairement à l'habitude : lignes "
                      "effacées, ou serveur arrêté",
                      log, to_local(*gap.from), to_local(*gap.to)));
    else if (gap.kind == "missing-file")
      items.push_back(fmt::format("{} : un fichier manque dans la suite des journaux archivés", log));
    else if (gap.kind == "zeros")
      items.push_back(fmt::format("{} : une partie du fichier a été remplacée par des zéros", log));
    else if (gap.kind == "too-much")
      items.push_back("trop de lignes autour des faits : elles n'ont pas toutes été examinées");
    else
      items.push_back(fmt::format("{} : n'a pas pu être lu en entier", log));
  }
  return items;
}

std::vector<Line> Dossier::clocks() const {
  std::vector<Line> lines;
  for (const Deadline& deadline : deadlines_of(in_.deadlines, known_))
    lines.push_back(
        {deadline.rule->french.title,
         {fmt::format("au plus tard le {}{}. {}", to_local(deadline.due),
                      deadline.done ? " (fait, selon le journal)" : "", deadline.rule->french.note),
          deadline.rule->source}});
  return lines;
}

std::vector<std::string> Dossier::chronology() const {
  std::vector<std::pair<Time, std::string>> events;
  for (const Trace& trace : known_.traces) {
    if (events.size() >= kTracesMax) break;
    events.emplace_back(trace.time, fmt::format("{} : {}", trace_in_french(trace.kind), trace.path));
  }
  for (const Entry& entry : in_.journal) {
    std::string what = std::string(name(entry.kind));
    for (const char* field : {"snapshot", "question", "answer", "step", "text", "folder"})
      if (std::string value = entry.field(field); !value.empty()) what += ", " + value;
    events.emplace_back(entry.time, fmt::format("journal {} ({}) : {}", entry.number, entry.who, what));
  }
  std::ranges::stable_sort(events, {}, &std::pair<Time, std::string>::first);
  std::vector<std::string> lines;
  for (const auto& [time, text] : events) lines.push_back(to_local(time) + " : " + text);
  return lines;
}

std::string Dossier::footer() const {
  return fmt::format(
      "Dossier {} établi le {} par {} sur {}. Chaque valeur porte sa source ; ce qui est inconnu est à "
      "compléter à "
      "la main. Relire avant d'envoyer.",
      known_.case_id, to_local(known_.now), in_.tool, in_.machine);
}

std::vector<Paper> papers_of(const DossierInput& input) {
  const Dossier dossier(input);
  return {dossier.complaint(), dossier.authority(), dossier.letter(),  dossier.council(),
          dossier.technical(), dossier.provider(),  dossier.messages()};
}

}  // namespace aplomb::incident
