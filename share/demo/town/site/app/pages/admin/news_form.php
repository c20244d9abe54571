<?php

// Writing or correcting an article.

namespace Town;

$categories = ['Vie municipale', 'Travaux', 'Culture', 'Écoles', 'Environnement', 'Solidarité', 'Sport'];
$id = $arguments['id'] === 'nouvelle' ? null : (int) $arguments['id'];
$article = $id === null ? [] : row('SELECT * FROM news WHERE id = ?', [$id]);
if ($article === null) {
    require ROOT . '/app/pages/not_found.php';
    return;
}
$title = $id === null ? 'Nouvelle actualité' : 'Corriger une actualité';
$errors = [];
if (is_post()) {
    require_csrf($user);
    if (field('delete') === 'oui' && $id !== null) {
        query('DELETE FROM news WHERE id = ?', [$id]);
        empty_cache();
        redirect('/admin/actualites');
    }
    $article = [
        'title' => field('title'),
        'summary' => field('summary', 400),
        'body' => clean_html(field('body', 40_000)),
        'category' => field('category'),
        'published_at' => field('published_at'),
        'picture' => $article['picture'] ?? null,
        'picture_alt' => field('picture_alt'),
    ];
    if (slug($article['title']) === '' || $article['summary'] === '' || $article['body'] === '') {
        $errors['title'] = 'Il faut un titre, un résumé et un texte.';
    }
    if (!in_array($article['category'], $categories, true)) {
        $errors['category'] = 'Choisissez une rubrique.';
    }
    if (preg_match('/^\d{4}-\d\d-\d\d$/', $article['published_at']) !== 1) {
        $errors['published_at'] = 'Indiquez la date de publication.';
    }
    $article['picture'] = keep_upload('picture', $article['title'], ['image/jpeg', 'image/png'], $errors)
        ?? $article['picture'];
    if ($article['picture'] !== null && $article['picture_alt'] === '') {
        $errors['picture_alt'] = 'Décrivez l’image pour qui ne la voit pas.';
    }
    if ($errors === []) {
        $values = array_values($article);
        if ($id === null) {
            $slug = slug($article['title']);
            $taken = (int) value('SELECT count(*) FROM news WHERE slug = ? OR slug GLOB ?', [$slug, $slug . '-[0-9]*']);
            query(
                'INSERT INTO news (title, summary, body, category, published_at, picture, picture_alt, slug, author_id,
                   updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
                [...$values, $slug . ($taken > 0 ? '-' . ($taken + 1) : ''), $user['id'], date('Y-m-d H:i:s')]
            );
        } else {
            query(
                'UPDATE news SET title = ?, summary = ?, body = ?, category = ?, published_at = ?, picture = ?,
                   picture_alt = ?, updated_at = ? WHERE id = ?',
                [...$values, date('Y-m-d H:i:s'), $id]
            );
        }
        empty_cache();
        redirect('/admin/actualites');
    }
    http_response_code(422);
}
?>
<h1><?= e($title) ?></h1>
<?= error_list($errors) ?>
<form class="stacked" method="post" enctype="multipart/form-data">
  <?= csrf_field($user['csrf']) ?>

  <?= input('title', 'Titre', $article['title'] ?? '', $errors, ['maxlength' => 200]) ?>
  <?= input('summary', 'Résumé', $article['summary'] ?? '', $errors, ['rows' => 3, 'maxlength' => 400]) ?>
  <?= choice('category', 'Rubrique', $article['category'] ?? '', array_combine($categories, $categories)) ?>
  <?= input('published_at', 'Date de publication', substr($article['published_at'] ?? date('Y-m-d'), 0, 10), $errors, ['type' => 'date']) ?>
  <?= input('body', 'Texte', $article['body'] ?? '', $errors, ['rows' => 14, 'hint' => 'Balises permises : p, h2, h3, ul, ol, li, strong, em, a, br, blockquote.']) ?>
  <?= input('picture', 'Image (JPEG ou PNG)', '', $errors, ['type' => 'file', 'accept' => 'image/jpeg,image/png']) ?>
  <?= input('picture_alt', 'Description de l’image', $article['picture_alt'] ?? '', $errors, ['maxlength' => 200]) ?>
  <p><button class="button">Enregistrer</button></p>
</form>
<?php if ($id !== null): ?>
<form method="post">
  <?= csrf_field($user['csrf']) ?>

  <p><button class="button" name="delete" value="oui">Supprimer cette actualité</button></p>
</form>
<?php endif ?>
