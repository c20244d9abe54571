<?php

namespace Town;

$title = 'Mentions légales et vie privée';
?>
<article class="article">
  <h1>Mentions légales et vie privée</h1>
  <h2>Éditeur</h2>
  <p>Commune de Valombre-sur-Lière, <?= e(str_replace("\n", ', ', setting('address'))) ?>. Directrice de la
    publication : <?= e(setting('mayor')) ?>, maire.</p>
  <h2>Vie privée</h2>
  <p>Ce site ne dépose aucun traceur, ne mesure pas d’audience et ne charge rien depuis un autre site. Les messages
    du formulaire de contact sont lus par le secrétariat seul et effacés au bout d’un an.</p>
  <h2>Réutilisation</h2>
  <p>Les textes et les documents du conseil sont publiés sous Licence Ouverte 2.0 : chacun peut les réutiliser en
    citant la commune et la date.</p>
</article>
