<?php

// What the town has written so far. Days count from the day the site is made (0), so that the agenda is always
// alive. The passwords are public: they protect nothing but a demonstration on this machine.

declare(strict_types=1);

namespace Demo;

const SETTINGS = [
    'site_name' => 'Valombre-sur-Lière',
    'motto' => 'Une rivière, des collines, 1 842 habitants',
    'description' => 'Le site de la commune de Valombre-sur-Lière : actualités, agenda, conseil municipal, démarches.',
    'banner' => 'travaux rue des Tanneurs jusqu’à la fin du mois, déviation par le quai.',
    'welcome' => 'Ici, vous trouvez ce qui se décide et ce qui se passe dans la commune. '
        . 'La mairie vous répond par téléphone, au guichet ou par le formulaire de contact.',
    'address' => "1, place de la Halle\n00180 Valombre-sur-Lière",
    'phone' => '01 99 00 18 42',
    'opening_hours' => "Lundi, mercredi, vendredi : 8 h 30 – 12 h et 14 h – 17 h\nMardi, jeudi : 8 h 30 – 12 h\nSamedi : 9 h – 12 h",
    'mayor' => 'Hélène Aubrac',
];

// login, e-mail, name, bcrypt of the password, role. Passwords: Claire.Montagne-74, Hugo.Riviere-12, Amina.Clocher-38.
const USERS = [
    ['claire', 'claire.montagne@valombre.example', 'Claire Montagne',
        '$2y$10$tPejO5Ra9UGdz5AQqthdie5aJ3DUF7L0KuIQgI6ttCBR7xK6Fk0Jm', 'admin'],
    ['hugo', 'hugo.riviere@valombre.example', 'Hugo Rivière',
        '$2y$10$/nAsTMhwoGsvywAZUz9RL.l86jeZLsag6Kqf6RfAOHHj9J4D2Izh.', 'editor'],
    ['amina', 'amina.clocher@valombre.example', 'Amina Clocher',
        '$2y$10$9Nxs7VOHBOF27uabBOWAAutfyaSrM5IWBgy3HIsUjHnodTE2dfiWy', 'editor'],
];

// file, alternative text; the name gives the kind of picture.
const PICTURES = [
    'pont-neuf.jpg' => 'Le pont Neuf au-dessus de la Lière, au lever du jour',
    'halle.jpg' => 'La place de la Halle vue du clocher',
    'verger.jpg' => 'Le verger communal et les collines au printemps',
    'quai-des-tanneurs.jpg' => 'Le quai des Tanneurs un soir d’été',
    'ecole.jpg' => 'La cour de l’école sous un ciel clair',
    'stade.jpg' => 'Le stade municipal et la colline du Calvaire',
    'sentier.png' => 'Le sentier des crêtes au-dessus du village',
    'lavoir.png' => 'Les collines derrière le vieux lavoir',
    'mediatheque.png' => 'La vue depuis la terrasse de la médiathèque',
    'cimetiere-militaire.png' => 'Les collines au coucher du soleil, près du monument',
    'camping.png' => 'Le camping de la Lière et son rideau de peupliers',
    'salle-des-fetes.png' => 'Le parc de la salle des fêtes',
];

// day, kind, title, what it says.
const DOCUMENTS = [
    [-12, 'Compte rendu', 'Compte rendu du conseil municipal de la rentrée', 'Le conseil approuve le procès-verbal de la séance précédente, puis la convention avec le syndicat d’énergie pour le remplacement de 62 lampadaires.'],
    [-12, 'Délibération', 'Délibération n° 14 : tarifs de la salle des fêtes', 'Les tarifs sont fixés à 150 € pour les habitants et à 320 € pour les personnes extérieures. La caution reste de 400 €.'],
    [-40, 'Arrêté', 'Arrêté de circulation : rue des Tanneurs', 'La circulation est interdite rue des Tanneurs pendant la durée du chantier d’assainissement. Une déviation est mise en place par le quai.'],
    [-55, 'Compte rendu', 'Compte rendu du conseil municipal d’hiver', 'Le débat d’orientation budgétaire a eu lieu. Les priorités sont l’école, l’eau et l’entretien des chemins.'],
    [-58, 'Bulletin municipal', 'La Lettre de Valombre n° 37', 'Le mot de la maire, le dossier sur l’eau, la page des associations et l’agenda du trimestre.'],
    [-90, 'Budget', 'Budget primitif : présentation simplifiée', 'Les recettes de fonctionnement s’élèvent à 1 734 000 €. Les dépenses d’équipement sont de 612 000 €, dont 240 000 € pour l’école.'],
    [-118, 'Délibération', 'Délibération n° 11 : subventions aux associations', 'Vingt-trois associations reçoivent une subvention, pour un total de 31 450 €.'],
    [-150, 'Bulletin municipal', 'La Lettre de Valombre n° 36', 'La rentrée, le nouveau circuit du ramassage scolaire, les résultats de l’enquête sur le marché.'],
];

// day, category, author, picture or null, title, summary, paragraphs.
const NEWS = [
    [-1, 'Travaux', 2, 'quai-des-tanneurs.jpg', 'Rue des Tanneurs : le chantier entre dans sa dernière phase', 'Les canalisations sont posées ; la chaussée sera refaite avant la fin du mois.', ['L’entreprise a posé 340 mètres de canalisations neuves. Il reste à raccorder onze maisons, puis à refaire les trottoirs et la chaussée.', 'Les riverains gardent l’accès à pied. La collecte des déchets se fait au bout de la rue, le mardi matin.']],
    [-3, 'Culture', 3, 'mediatheque.png', 'La médiathèque prête aussi des instruments', 'Guitares, ukulélés, un accordéon : vingt instruments attendent leurs musiciens.', ['Le prêt dure un mois et peut être renouvelé une fois. Il suffit d’être inscrit à la médiathèque, ce qui est gratuit pour tous les habitants.', 'Un atelier d’initiation a lieu chaque premier mercredi du mois, à 15 h.']],
    [-5, 'Vie municipale', 1, null, 'Inscriptions sur les listes électorales', 'Les demandes se font en mairie ou en ligne, avec un justificatif de domicile.', ['Vous avez emménagé cette année ? Pensez à vous inscrire : la démarche prend dix minutes au guichet.', 'Les jeunes qui ont fait leur recensement citoyen sont inscrits d’office à leur majorité.']],
    [-7, 'Environnement', 2, 'verger.jpg', 'Quarante arbres de plus au verger communal', 'Pommiers, poiriers et cognassiers ont été plantés avec les élèves de l’école.', ['Les variétés viennent du conservatoire régional : reinette du Mans, patte de loup, belle de Bavay.', 'La taille et la récolte sont ouvertes à tous. Le premier atelier est annoncé dans l’agenda.']],
    [-9, 'Écoles', 3, 'ecole.jpg', 'Cantine : deux repas végétariens par semaine', 'Les menus changent après l’enquête menée auprès des familles.', ['Sur 61 réponses, 48 familles souhaitaient davantage de légumes et de produits du canton.', 'Les pommes, le lait et les œufs viennent de trois fermes situées à moins de douze kilomètres.']],
    [-12, 'Sport', 2, 'stade.jpg', 'Le stade retrouve son éclairage', 'Seize projecteurs neufs consomment trois fois moins que les anciens.', ['Les entraînements du soir reprennent dès lundi. Le coût du chantier est de 38 000 €, dont 60 % payés par le syndicat d’énergie.', 'L’éclairage s’éteint seul à 22 h.']],
    [-14, 'Solidarité', 1, null, 'Le portage des repas recrute des bénévoles', 'Deux heures par semaine suffisent pour rendre visite à une personne isolée.', ['Vingt-six personnes reçoivent leur repas à domicile. Le passage est aussi un moment pour parler.', 'Une voiture de la mairie est à la disposition des bénévoles.']],
    [-17, 'Vie municipale', 1, 'halle.jpg', 'Le marché du samedi fête ses dix ans', 'Quatorze producteurs, de la musique et un grand banquet sous la halle.', ['Le marché est né d’une pétition de 212 habitants. Il accueille aujourd’hui près de 400 personnes chaque samedi.', 'Pour l’anniversaire, les droits de place sont offerts aux marchands de passage.']],
    [-20, 'Travaux', 2, 'pont-neuf.jpg', 'Pont Neuf : une inspection rassurante', 'L’ouvrage de 1847 est en bon état ; quelques joints seront repris.', ['Des cordistes ont examiné les trois arches pendant deux jours. Leur rapport peut être consulté en mairie.', 'La circulation des camions de plus de douze tonnes reste interdite.']],
    [-23, 'Environnement', 3, 'sentier.png', 'Le sentier des crêtes est de nouveau balisé', 'Neuf kilomètres, trois points de vue et une table d’orientation restaurée.', ['Le club de randonnée a repeint 84 marques et remplacé quatre passerelles.', 'Le départ se fait au lavoir ; comptez trois heures avec les enfants.']],
    [-27, 'Culture', 3, 'lavoir.png', 'Une exposition sur les lavandières', 'Photographies et récits recueillis par les élèves auprès de leurs aînés.', ['Trente-deux photographies prêtées par les familles sont accrochées au lavoir.', 'L’exposition se visite librement, de jour, jusqu’à la fin de la saison.']],
    [-31, 'Vie municipale', 1, null, 'La mairie ouvre le samedi matin', 'Une permanence de 9 h à 12 h pour celles et ceux qui travaillent en semaine.', ['État civil, urbanisme, inscriptions scolaires : toutes les démarches sont possibles.', 'Le guichet ferme en contrepartie le mardi et le jeudi après-midi.']],
    [-35, 'Sport', 2, null, 'La course des collines cherche des signaleurs', 'Cent vingt coureurs sont attendus sur les deux parcours.', ['Les signaleurs doivent être majeurs et titulaires du permis de conduire. Un casse-croûte leur est offert.', 'Le parcours de douze kilomètres passe cette année par le bois des Charmes.']],
    [-40, 'Travaux', 2, null, 'Eau potable : la rue Basse est raccordée', 'Le réseau perd désormais moins de huit litres sur cent.', ['Dix-neuf branchements en plomb ont été remplacés. Les analyses sont affichées en mairie.', 'La prochaine tranche concerne le hameau de la Croix-Blanche.']],
    [-45, 'Solidarité', 1, 'salle-des-fetes.png', 'Repas des aînés : 134 convives', 'Retour sur un après-midi de chansons et de souvenirs.', ['La doyenne, Marguerite Vallet, a fêté ses 101 ans entourée de ses arrière-petits-enfants.', 'Les photographies peuvent être retirées à l’accueil de la mairie.']],
    [-49, 'Écoles', 3, null, 'Inscriptions à l’école maternelle', 'Les enfants nés il y a trois ans peuvent être inscrits dès maintenant.', ['Apportez le livret de famille, le carnet de santé et un justificatif de domicile.', 'La directrice reçoit les familles le vendredi, sur rendez-vous.']],
    [-54, 'Environnement', 2, null, 'Extinction des lampadaires la nuit', 'Un an après, la facture a baissé de 41 % et les chouettes sont revenues.', ['L’éclairage public s’arrête de 23 h à 5 h, sauf place de la Halle le samedi.', 'Aucun accident n’a été relevé pendant ces heures.']],
    [-60, 'Vie municipale', 1, null, 'Vœux de la maire', 'Hélène Aubrac a présenté les projets de l’année devant 200 personnes.', ['Trois chantiers occuperont l’année : l’isolation de l’école, la rue des Tanneurs et la maison de santé.', 'La maire a remercié les pompiers volontaires pour leur présence pendant la crue.']],
    [-66, 'Culture', 3, null, 'La fanfare ouvre une classe pour adultes', 'Aucune connaissance de la musique n’est demandée.', ['Les répétitions ont lieu le jeudi soir, à l’ancienne gare. La première séance est gratuite.', 'Des instruments à vent peuvent être loués pour 60 € l’année.']],
    [-72, 'Solidarité', 1, null, 'Un bus pour les marchés de la ville voisine', 'Chaque mardi, départ à 9 h place de la Halle.', ['L’aller et retour coûte deux euros. L’arrêt est accessible aux fauteuils roulants.', 'Le bus attend devant la pharmacie jusqu’à midi.']],
    [-80, 'Travaux', 2, null, 'L’école sera isolée par l’extérieur', 'Le marché est attribué ; les travaux commenceront pendant les vacances.', ['De la fibre de bois couvrira les murs, et les fenêtres de 1974 seront remplacées.', 'La consommation de chauffage doit baisser de moitié.']],
    [-88, 'Environnement', 3, 'camping.png', 'Le camping de la Lière garde son label', 'Tri, compost, eau de pluie : le jury a salué les efforts de l’équipe.', ['Le camping a accueilli 3 120 nuitées, dont un tiers de cyclistes.', 'La prochaine saison ouvre avec six emplacements de plus.']],
    [-97, 'Vie municipale', 1, null, 'Recensement de la population', 'Quatre agents passeront dans chaque foyer ; réservez-leur bon accueil.', ['Vous pouvez répondre en ligne avec le code qui vous sera remis.', 'Les réponses sont confidentielles et ne servent à aucun contrôle.']],
    [-108, 'Sport', 2, null, 'Un terrain de pétanque à côté de la gare', 'Huit pistes éclairées, des bancs et un point d’eau.', ['Le club compte 47 licenciés ; les habitants jouent librement en dehors des concours.', 'Le tournoi d’ouverture a réuni 32 doublettes.']],
    [-120, 'Culture', 3, 'cimetiere-militaire.png', 'Onze novembre : les élèves lisent les lettres', 'Une cérémonie suivie par plus de cent habitants.', ['Les lettres de trois soldats du village, retrouvées dans un grenier, ont été lues par les élèves.', 'Elles rejoignent les archives communales, où chacun peut les consulter.']],
];

// day, hour, hours long, category, title, place, description.
const EVENTS = [
    [-33, '10:00', 3, 'Jeunesse', 'Atelier de réparation de vélos', 'Ancienne gare', 'Apportez votre vélo et vos questions, les outils sont sur place.'],
    [-19, '20:00', 2, 'Conseil municipal', 'Séance du conseil municipal', 'Salle du conseil', 'Séance publique. L’ordre du jour est affiché en mairie.'],
    [-8, '14:30', 4, 'Fête', 'Carnaval de l’école', 'Place de la Halle', 'Défilé, goûter et feu de joie sur la berge.'],
    [2, '18:30', 2, 'Réunion publique', 'Rue des Tanneurs : réunion de chantier', 'Salle du conseil', 'L’entreprise répond aux questions des riverains.'],
    [4, '08:00', 5, 'Marché', 'Marché aux plants', 'Place de la Halle', 'Légumes, fleurs et fruitiers de douze pépiniéristes.'],
    [6, '15:00', 2, 'Jeunesse', 'Heure du conte', 'Médiathèque', 'Pour les enfants de 4 à 8 ans et leurs doudous.'],
    [9, '20:00', 2, 'Conseil municipal', 'Séance du conseil municipal', 'Salle du conseil', 'Vote des taux et des subventions. Séance publique.'],
    [11, '09:30', 3, 'Réunion publique', 'Atelier de taille au verger', 'Verger communal', 'Avec les croqueurs de pommes. Prévoyez des gants.'],
    [13, '10:00', 8, 'Exposition', 'Les lavandières de la Lière', 'Lavoir', 'Visite commentée à 11 h et à 15 h.'],
    [16, '19:00', 4, 'Fête', 'Bal de la fanfare', 'Salle des fêtes', 'Buvette et petite restauration. Entrée libre.'],
    [18, '09:00', 4, 'Sport', 'Course des collines', 'Stade municipal', 'Parcours de 5 et de 12 kilomètres. Inscription sur place dès 8 h.'],
    [23, '14:00', 3, 'Jeunesse', 'Tournoi d’échecs', 'Médiathèque', 'Ouvert à tous les âges et à tous les niveaux.'],
    [30, '18:00', 2, 'Réunion publique', 'La maison de santé : présentation du projet', 'Salle des fêtes', 'Avec les deux médecins et l’architecte.'],
    [41, '11:00', 10, 'Fête', 'Les dix ans du marché', 'Place de la Halle', 'Banquet, musique et vide-grenier.'],
    [75, '22:00', 3, 'Fête', 'Feu de la Saint-Jean', 'Quai des Tanneurs', 'Repas partagé à partir de 19 h 30.'],
];

// day, name, e-mail, subject, text, read or not.
const MESSAGES = [
    [-6, 'Paul Vasseur', 'paul.vasseur@exemple.example', 'Lampadaire éteint', "Bonjour,\nle lampadaire n° 43, rue Basse, ne s’allume plus depuis dimanche.\nMerci.", true],
    [-2, 'Inès Carpentier', 'ines.carpentier@exemple.example', 'Location de la salle des fêtes', "Bonjour,\nla salle est-elle libre le dernier samedi du mois ? Nous serions environ 90.\nCordialement", false],
];
