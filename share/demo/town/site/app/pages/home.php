<?php

// The home page: a word of welcome, the latest news, what comes next, the council's last papers.

namespace Town;

$title = 'Accueil';
?>
<section class="hero">
  <h1>Bienvenue à Valombre-sur-Lière</h1>
  <p class="lead"><?= e(setting('welcome')) ?></p>
</section>
<?php
echo fragment('home', 600, function (): void {
    $news = rows(
        'SELECT slug, title, summary, category, picture, picture_alt, published_at FROM news
          ORDER BY published_at DESC, id DESC LIMIT 6'
    );
    $events = rows(
        'SELECT title, place, starts_at, category FROM events WHERE ends_at >= ? ORDER BY starts_at, id LIMIT 5',
        [date('Y-m-d H:i')]
    );
    $documents = rows('SELECT title, path, bytes FROM documents ORDER BY session_date DESC, id DESC LIMIT 4');
    ?>
<section aria-labelledby="a-la-une">
  <h2 id="a-la-une">À la une</h2>
    <?php require ROOT . '/app/pages/part_news_cards.php' ?>
  <p><a href="/actualites">Toutes les actualités</a></p>
</section>
<div class="columns">
  <section aria-labelledby="prochainement">
    <h2 id="prochainement">Prochainement</h2>
    <?php require ROOT . '/app/pages/part_events.php' ?>
    <p><a href="/agenda">Tout l’agenda</a></p>
  </section>
  <section aria-labelledby="conseil">
    <h2 id="conseil">Conseil municipal</h2>
    <ul>
    <?php foreach ($documents as $document): ?>
      <li><a href="/uploads/<?= e($document['path']) ?>"><?= e($document['title']) ?></a>
        <span class="meta">(PDF, <?= e(french_size((int) $document['bytes'])) ?>)</span></li>
    <?php endforeach ?>
    </ul>
    <p><a href="/conseil-municipal">Tous les documents</a></p>
  </section>
</div>
    <?php
});
