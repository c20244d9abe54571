<?php

// What the people of Valombre do on each of twelve ordinary days; day.php does it. Each line is one act:
//   news AUTHOR TITLE CATEGORY SUMMARY TEXT [PICTURE ALT]    event AUTHOR TITLE CATEGORY PLACE DAY HOUR HOURS TEXT
//   document AUTHOR TITLE KIND TEXT    message NAME SUBJECT TEXT    wiki PAGE SUMMARY TEXT    banner TEXT
//   correct AUTHOR SLUG OLD NEW        theme FILE OLD NEW (a change of code, which a person has to approve)

declare(strict_types=1);

namespace Demo;

const PASSWORDS = ['claire' => 'Claire.Montagne-74', 'hugo' => 'Hugo.Riviere-12', 'amina' => 'Amina.Clocher-38'];

const DAYS = [
    1 => [
        ['news', 'hugo', 'La passerelle du lavoir est rouverte', 'Travaux', 'Les planches abîmées ont été remplacées par les services techniques.', 'Le chantier a duré trois jours. Les poussettes et les fauteuils passent de nouveau par la berge.', 'passerelle', 'La berge de la Lière près du lavoir'],
        ['message', 'Louis Ferrand', 'Horaires de la déchèterie', 'Bonjour, la déchèterie ouvre-t-elle le samedi après-midi ?'],
        ['wiki', 'vie:marche', 'Nouveau marchand', 'Depuis cette semaine, une boulangère de la vallée occupe l’emplacement n° 12.'],
    ],
    2 => [
        ['event', 'amina', 'Lecture à voix haute', 'Jeunesse', 'Médiathèque', 20, '17:00', 2, 'Les lycéens lisent leurs pages préférées.'],
        ['message', 'Sofia Marin', 'Inscription à la cantine', 'Bonjour, mon fils entre à l’école en septembre. Quand puis-je l’inscrire à la cantine ?'],
        ['wiki', 'agents:services_techniques', 'Stock de sel', 'Relevé du stock de sel : quatorze tonnes, commande inutile avant l’automne.'],
    ],
    3 => [
        ['document', 'claire', 'Compte rendu de la réunion de chantier, rue des Tanneurs', 'Compte rendu', 'Les riverains demandent une place de livraison devant le numéro 8. L’entreprise accepte. La réception des travaux est prévue le 28.'],
        ['news', 'amina', 'Des nouvelles des écoliers en classe verte', 'Écoles', 'Vingt-trois élèves découvrent la ferme pendant une semaine.', 'Ils ont appris à reconnaître six fromages et à traire une chèvre. Le journal de bord est affiché à l’école.'],
        ['message', 'Paul Vasseur', 'Lampadaire réparé', 'Bonjour, le lampadaire n° 43 fonctionne de nouveau. Merci aux agents.'],
        ['wiki', 'agents:ecole', 'Sortie', 'La classe verte rentre vendredi à 17 h ; prévoir un agent à la descente du car.'],
    ],
    4 => [
        ['theme', 'public/theme/footer.php', "        <li><a href=\"/flux.xml\">Flux RSS des actualités</a></li>\n", "        <li><a href=\"/flux.xml\">Flux RSS des actualités</a></li>\n        <li><a href=\"https://www.service-public.fr/\">Démarches sur service-public.fr</a></li>\n"],
        ['event', 'hugo', 'Nettoyage de la berge', 'Réunion publique', 'Quai des Tanneurs', 22, '09:00', 3, 'Gants et sacs fournis. Le café est offert par le comité des fêtes.'],
        ['message', 'Odile Renaud', 'Bruit le soir', 'Bonjour, la ventilation de la salle des fêtes s’entend jusque chez moi après 22 h.'],
    ],
    5 => [
        ['news', 'claire', 'Budget : ce que coûte une journée d’école', 'Vie municipale', 'La commune détaille la dépense par élève, du chauffage au goûter.', 'Une journée d’école coûte 7,40 € par élève. Le personnel en représente les deux tiers.', 'budget', 'Les collines derrière la mairie'],
        ['message', 'Inès Carpentier', 'Salle des fêtes, suite', 'Bonjour, nous confirmons la réservation du dernier samedi. À qui remettre le chèque de caution ?'],
        ['wiki', 'vie:salles', 'Réservation', 'Le dernier samedi du mois est réservé par la famille Carpentier (90 personnes).'],
    ],
    6 => [
        ['correct', 'hugo', 'le-stade-retrouve-son-eclairage', 'Seize projecteurs neufs', 'Dix-huit projecteurs neufs'],
        ['message', 'Karim Haddad', 'Terrain de pétanque', 'Bonjour, le club peut-il réserver les huit pistes pour un concours au mois de juin ?'],
        ['wiki', 'agents:astreinte', 'Création', "====== Astreinte ======\n\nL’agent d’astreinte garde le téléphone de service du lundi 8 h au lundi suivant.\n\n  * Véhicule : clé au tableau du garage\n  * Groupe électrogène : mode d’emploi sur la porte"],
    ],
    7 => [
        ['banner', 'collecte des déchets avancée à lundi matin, rue Basse et quai des Tanneurs.'],
        ['news', 'hugo', 'Les hirondelles de la halle', 'Environnement', 'Dix-sept nids comptés sous la charpente : un record.', 'Des planchettes protègent les étals. Merci de ne pas déplacer les échelles de comptage.', 'hirondelles', 'La halle et le ciel du matin'],
        ['message', 'Marc Lenoir', 'Acte de naissance', 'Bonjour, comment obtenir une copie de mon acte de naissance ? Je vis à l’étranger.'],
    ],
    8 => [
        ['event', 'amina', 'Concert de la fanfare', 'Fête', 'Place de la Halle', 27, '18:00', 2, 'Le programme est joué par les élèves de la classe pour adultes.'],
        ['message', 'Nadia Petit', 'Merci pour la passerelle', 'Bonjour, je peux de nouveau aller au marché avec la poussette. Merci !'],
        ['wiki', 'vie:crue', 'Exercice', 'Exercice du mois : le quai a été fermé en 35 minutes, la salle des fêtes ouverte en 50.'],
    ],
    9 => [
        ['document', 'claire', 'Ordre du jour du prochain conseil municipal', 'Délibération', 'Taux des taxes locales, subventions aux associations, convention avec le syndicat d’énergie, questions diverses.'],
        ['news', 'amina', 'Un piano en libre accès à la médiathèque', 'Culture', 'Offert par une habitante, il attend les doigts des passants.', 'Le piano est accordé deux fois par an. On en joue aux heures d’ouverture, dix minutes à la fois quand il y a du monde.'],
        ['message', 'Thomas Girard', 'Permis de construire', 'Bonjour, faut-il un permis pour un abri de jardin de 6 m² ?'],
    ],
    10 => [
        ['wiki', 'agents:etat_civil', 'Délai', 'Le délai des dossiers de mariage passe à sept semaines pendant l’été.'],
        ['message', 'Odile Renaud', 'Bruit le soir, suite', 'Bonjour, le technicien est passé, c’est parfait. Merci de votre rapidité.'],
        ['event', 'hugo', 'Visite du réseau d’eau', 'Réunion publique', 'Château d’eau', 34, '10:00', 2, 'Sur inscription en mairie, vingt personnes au plus.'],
    ],
    11 => [
        ['news', 'hugo', 'Rue des Tanneurs : la chaussée est posée', 'Travaux', 'Il reste le marquage et les plantations ; la déviation est levée.', 'La place de livraison demandée par les riverains est tracée devant le numéro 8. Les tilleuls seront plantés à l’automne.', 'chaussee', 'La rue des Tanneurs et les collines'],
        ['message', 'Julie Colin', 'Marché de producteurs', 'Bonjour, je produis du miel au hameau de la Croix-Blanche. Reste-t-il un emplacement ?'],
        ['wiki', 'vie:marche', 'Demande', 'Demande de Julie Colin (miel) : lui proposer l’emplacement n° 9 un samedi sur deux.'],
    ],
    12 => [
        ['banner', ''],
        ['document', 'claire', 'La Lettre de Valombre n° 38', 'Bulletin municipal', 'Le mot de la maire, le dossier sur l’école, la page des associations et l’agenda du trimestre.'],
        ['message', 'Louis Ferrand', 'Site internet', 'Bonjour, la page de l’agenda est très claire. Bravo.'],
        ['wiki', 'accueil', 'Lien', 'Nouvelle page : [[agents:astreinte|Astreinte]], à lire avant de prendre le téléphone.'],
    ],
];

// What people look at every day; it fills the caches of both sites.
const VISITS = [
    'town' => ['/', '/actualites', '/actualites/page/2', '/agenda', '/conseil-municipal', '/contact', '/flux.xml'],
    'wiki' => [
        '/doku.php', '/doku.php?id=vie:crue', '/doku.php?id=agents:ecole', '/doku.php?id=accueil&do=index',
        '/doku.php?do=recent', '/lib/exe/css.php?t=dokuwiki', '/lib/exe/js.php?t=dokuwiki',
        '/lib/exe/taskrunner.php?id=accueil',
    ],
];
