<?php

// All the news, nine on a page.

namespace Town;

$title = 'Actualités';
$description = 'Les actualités de la commune de Valombre-sur-Lière.';
$number = (int) (($arguments['page'] ?? '') ?: 1);
$pages = max(1, (int) ceil((int) value('SELECT count(*) FROM news') / 9));
if ($number > $pages) {
    redirect('/actualites');
}
?>
<h1>Actualités</h1>
<?php
echo fragment('news-' . $number, 600, function () use ($number): void {
    $news = rows(
        'SELECT slug, title, summary, category, picture, picture_alt, published_at FROM news
          ORDER BY published_at DESC, id DESC LIMIT 9 OFFSET ?',
        [($number - 1) * 9]
    );
    require ROOT . '/app/pages/part_news_cards.php';
});
?>
<nav class="pages" aria-label="Pages des actualités">
<?php for ($n = 1; $n <= $pages; $n++): ?>
  <a href="/actualites<?= $n === 1 ? '' : '/page/' . $n ?>"<?= $n === $number ? ' aria-current="page"' : '' ?>>Page <?= $n ?></a>
<?php endfor ?>
</nav>
