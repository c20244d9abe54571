<?php

namespace Town;

$title = 'Accessibilité';
?>
<article class="article">
  <h1>Déclaration d’accessibilité</h1>
  <p>La commune s’engage à rendre son site accessible, selon l’article 47 de la loi du 11 février 2005. Ce site est
    <strong>partiellement conforme</strong> au référentiel général d’amélioration de l’accessibilité (RGAA 4.1).</p>
  <h2>Ce qui n’est pas accessible</h2>
  <p>Les comptes rendus antérieurs à 2020 sont des pages numérisées, sans texte. Le secrétariat les lit au téléphone
    sur demande.</p>
  <h2>Signaler une difficulté</h2>
  <p>Écrivez-nous par le <a href="/contact">formulaire de contact</a> ou appelez le <?= e(setting('phone')) ?>. Sans
    réponse, vous pouvez saisir le Défenseur des droits.</p>
</article>
