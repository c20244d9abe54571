<?php

namespace Town;

http_response_code(404);
$title = 'Page introuvable';
?>
<h1>Cette page n’existe pas</h1>
<p>L’adresse a peut-être changé. Vous pouvez repartir de <a href="/">l’accueil</a>, consulter
  <a href="/actualites">les actualités</a> ou <a href="/contact">écrire à la mairie</a>.</p>
