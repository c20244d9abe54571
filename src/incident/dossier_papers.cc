// What each paper says. The headings of the notification are those of article 33(3) of the GDPR, those of the
// letter to the persons those of article 34(2).
#include <fmt/format.h>

#include "incident/dossier.h"

namespace aplomb::incident {

Paper Dossier::complaint() const {
  return {
      "plainte.html",
      "Éléments pour le dépôt de plainte",
      "À remettre à la police, à la gendarmerie ou au procureur de la République, avec le dossier de "
      "preuves.",
      {{"Le plaignant",
        {},
        {{"Collectivité", {}}, {"Représentée par", {}}, {"Adresse et téléphone", {}}},
        {}},
       {"Les faits", {}, facts(), {}},
       {"Comment l'intrus est entré", {}, ways_in(), log_gaps()},
       {"Qualification possible",
        {"Accès et maintien frauduleux dans un système de traitement automatisé de données, entrave, "
         "introduction, "
         "modification ou suppression frauduleuse de données (code pénal, articles 323-1 à 323-3). La "
         "qualification "
         "appartient au procureur."},
        {},
        {}},
       {"Préjudice",
        {},
        {{"Durée pendant laquelle le site n'a pas rendu son service", {}},
         {"Heures passées, frais de prestataires", {}},
         {"Données concernées", personal_rows()}},
        {}},
       {"Pièces jointes",
        {"Le dossier de preuves se vérifie avec la commande : sha256sum -c SHA256SUMS. Ne jamais remettre "
         "l'unique exemplaire."},
        {},
        {"dossier de preuves (aplomb incident evidence)", "journal de l'incident, signé et chaîné",
         "captures d'écran, demande de rançon, courriers reçus : à joindre"}},
       {"Chronologie", {}, {}, chronology()},
       {"Délais", {}, clocks(), {}}},
      footer()};
}

Paper Dossier::authority() const {
  return {"notification-cnil.html",
          "Notification d'une violation de données personnelles",
          "Brouillon pour notifications.cnil.fr. Rubriques de l'article 33, paragraphe 3, du RGPD.",
          {{"Délai", {}, clocks(), {}},
           {"a) Nature de la violation",
            {},
            {{"Nature de l'atteinte", kind()},
             {"Confidentialité, intégrité, disponibilité : lesquelles sont atteintes", {}},
             {"Moment où elle a été connue", knowledge()},
             {"Début de la violation", first_trace()},
             {"Catégories de personnes concernées (usagers, agents, élus, enfants)", {}},
             {"Nombre approximatif de personnes", {}},
             {"Catégories de données", {}},
             {"Nombre approximatif d'enregistrements", personal_rows()}},
            {}},
           {"Tables concernées", {}, personal(), {}},
           {"b) Délégué à la protection des données",
            {},
            {{"Nom et coordonnées du délégué ou d'un autre point de contact", {}}},
            {}},
           {"c) Conséquences probables", {}, {{"Pour les personnes concernées", {}}}, {}},
           {"d) Mesures",
            {},
            {{"Prises pour remédier à la violation", measures()},
             {"Prévues, et pour en atténuer les conséquences", {}},
             {"Information des personnes (article 34) : faite, prévue, ou pourquoi pas", {}}},
            {}}},
          footer()};
}

Paper Dossier::letter() const {
  return {
      "lettre-aux-personnes.html",
      "Information sur une atteinte à vos données personnelles",
      "Modèle de lettre aux personnes concernées (RGPD, article 34). À envoyer si le risque pour elles est "
      "élevé.",
      {{"",
        {"Madame, Monsieur,",
         fmt::format(
             "Le site {} a été l'objet d'une intrusion, dont nous avons eu connaissance le {}. Des données "
             "vous concernant ont pu être consultées, modifiées ou rendues indisponibles.",
             known_.url.empty() ? known_.site : known_.url, to_local(known_.knowledge))},
        {{"Ce qui s'est passé", kind()},
         {"Données qui vous concernent", {}},
         {"Ce que cela peut entraîner pour vous", {}},
         {"Ce que nous avons fait", measures()},
         {"Ce que vous pouvez faire", {}},
         {"À qui vous adresser", {}}},
        {}},
       {"Conseils",
        {},
        {},
        {"changez le mot de passe que vous utilisiez sur ce site, et partout où vous utilisiez le même",
         "méfiez-vous des messages et des appels qui se réclament de cet incident",
         "en cas de doute : cybermalveillance.gouv.fr, ou 17cyber.gouv.fr"}}},
      footer()};
}

Paper Dossier::council() const {
  return {"rapport-au-conseil.html",
          "Rapport au conseil",
          "L'incident en une page, pour des élus.",
          {{"Ce qui s'est passé", {}, facts(), {}},
           {"Ce que cela a coûté",
            {},
            {{"Interruption du service", {}}, {"Heures des agents", {}}, {"Factures", {}}},
            {}},
           {"Données des habitants", {}, {{"Enregistrements concernés", personal_rows()}}, {}},
           {"Ce qui est décidé pour la suite", {}, {{"Décisions proposées", {}}}, {}},
           {"Délais légaux", {}, clocks(), {}}},
          footer()};
}

Paper Dossier::technical() const {
  Section numbers{
      "La remise en état",
      {},
      {{"Instantané du retour",
        known_.clean_point.empty() ? Value{} : Value{known_.clean_point, "jugement des sauvegardes"}},
       {"Changements apportés au site",
        known_.carried_out ? Value{std::to_string(known_.changed), "aplomb recover"} : Value{}},
       {"Éléments écartés (quarantaine)",
        known_.carried_out ? Value{std::to_string(known_.rejected), "aplomb recover"} : Value{}},
       {"Éléments conservés, écrits depuis",
        known_.carried_out ? Value{std::to_string(known_.kept), "aplomb recover"} : Value{}},
       {"Résultat vérifié",
        known_.carried_out ? Value{known_.verified ? "oui" : "non", "aplomb recover"} : Value{}}},
      {}};
  std::vector<Line> entry = ways_in();
  entry.push_back({"Faille utilisée", {}});
  return {
      "rapport-technique.html",
      "Rapport technique",
      "Pour le prestataire, l'expert ou le CSIRT.",
      {{"Situation", {}, facts(), {}},
       {"Point d'entrée",
        {fmt::format("Cherché dans {} fichiers de journaux de cette machine. Un intrus qui avait les droits "
                     "d'administration a pu les modifier.",
                     known_.logs_read)},
        entry,
        {}},
       {"Ce que ces adresses ont fait", {}, addresses(), {}},
       {"Ce que les journaux ne montrent pas", {}, {}, log_gaps()},
       numbers,
       {"Chronologie", {}, {}, chronology()}},
      footer()};
}

Paper Dossier::provider() const {
  return {"prestataire.html",
          "Passation au prestataire",
          "Ce qu'il doit savoir, et ce qu'il ne doit pas faire.",
          {{"Situation", {}, facts(), {}},
           {"À ne pas faire",
            {},
            {},
            {"ne pas éteindre ni réinstaller le serveur avant que les preuves soient sorties et vérifiées",
             "ne pas nettoyer à la main : ce qui est écarté est en quarantaine, avec la raison",
             "ne pas restaurer une sauvegarde plus récente que le point prouvé sain"}},
           {"À faire",
            {},
            {},
            {"mettre à jour le logiciel du site et ses extensions",
             "changer les mots de passe, clés et jetons que le site connaissait",
             "conserver les journaux du serveur, du pare-feu et du serveur mandataire depuis la première "
             "trace"}}},
          footer()};
}

Paper Dossier::messages() const {
  return {
      "messages-publics.html",
      "Messages au public",
      "Brouillons. Dire la vérité, dire quand il y aura des nouvelles, ne jamais parler de maintenance.",
      {{"Première heure",
        {fmt::format(
            "Le site de la commune a été attaqué. Nous l'avons isolé le {} et les informations essentielles "
            "restent consultables. Nous donnerons des nouvelles le (date et heure à compléter).",
            known_.contained ? to_local(*known_.contained) : std::string("(à compléter)"))},
        {},
        {}},
       {"Pendant",
        {"Nos services restent joignables par téléphone et au guichet. Une plainte est déposée. Nous ne "
         "savons pas "
         "encore si des données ont été consultées ; si c'est le cas, les personnes concernées seront "
         "prévenues."},
        {},
        {}},
       {"Au retour",
        {known_.carried_out
             ? fmt::format("Le site est de retour{}. Changez votre mot de passe si vous y avez un compte.",
                           known_.verified ? ", remis dans un état vérifié" : "")
             : std::string(
                   "Le site est de retour depuis le (à compléter). Changez votre mot de passe si vous y "
                   "avez un compte.")},
        {},
        {}}},
      footer()};
}

}  // namespace aplomb::incident
