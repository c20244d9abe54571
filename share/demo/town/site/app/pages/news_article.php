<?php

// One article. Its body was reduced to a few tags when an agent saved it (clean_html).

namespace Town;

$article = row(
    'SELECT news.title, summary, body, category, picture, picture_alt, published_at, updated_at, display_name
       FROM news JOIN users ON users.id = author_id WHERE slug = ?',
    [$arguments['slug']]
);
if ($article === null) {
    require ROOT . '/app/pages/not_found.php';
    return;
}
$title = $article['title'];
$description = $article['summary'];
?>
<article class="article">
  <h1><?= e($article['title']) ?></h1>
  <p class="meta"><span class="tag"><?= e($article['category']) ?></span>
    Publié le <time datetime="<?= e(substr($article['published_at'], 0, 10)) ?>"><?= e(french_date($article['published_at'])) ?></time>
    par <?= e($article['display_name']) ?></p>
  <p class="lead"><?= e($article['summary']) ?></p>
<?php if ($article['picture'] !== null): ?>
  <figure><img src="/uploads/<?= e($article['picture']) ?>" alt="<?= e($article['picture_alt']) ?>" width="640" height="360"></figure>
<?php endif ?>
  <?= $article['body'] ?>

  <p><a href="/actualites">Toutes les actualités</a></p>
</article>
