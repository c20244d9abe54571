<?php

// The bottom of every page: how to reach the town hall, and what the law asks a public site to show.

namespace Town;

if (!defined('Town\ROOT')) {
    http_response_code(404);
    exit;
}
?>
</main>
<footer class="site-footer">
  <div class="wrap columns">
    <section aria-labelledby="pied-mairie">
      <h2 id="pied-mairie">Mairie</h2>
      <address>
        <?= nl2br(e(setting('address')), false) ?><br>
        Téléphone : <a href="tel:<?= e(preg_replace('/\s/', '', setting('phone'))) ?>"><?= e(setting('phone')) ?></a>
      </address>
    </section>
    <section aria-labelledby="pied-horaires">
      <h2 id="pied-horaires">Horaires d’ouverture</h2>
      <p><?= nl2br(e(setting('opening_hours')), false) ?></p>
    </section>
    <section aria-labelledby="pied-site">
      <h2 id="pied-site">Le site</h2>
      <ul>
        <li><a href="/accessibilite">Accessibilité : partiellement conforme</a></li>
        <li><a href="/mentions-legales">Mentions légales et vie privée</a></li>
        <li><a href="/flux.xml">Flux RSS des actualités</a></li>
        <li><a href="/admin">Espace des agents</a></li>
      </ul>
    </section>
  </div>
  <p class="wrap legal">© Commune de Valombre-sur-Lière. Contenus sous Licence Ouverte 2.0.</p>
</footer>
</body>
</html>
