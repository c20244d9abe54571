<?php

// Announcing or correcting an event.

namespace Town;

$categories = ['Fête', 'Réunion publique', 'Conseil municipal', 'Marché', 'Exposition', 'Sport', 'Jeunesse'];
$id = $arguments['id'] === 'nouveau' ? null : (int) $arguments['id'];
$event = $id === null ? [] : row('SELECT * FROM events WHERE id = ?', [$id]);
if ($event === null) {
    require ROOT . '/app/pages/not_found.php';
    return;
}
$title = $id === null ? 'Nouveau rendez-vous' : 'Corriger un rendez-vous';
$errors = [];
if (is_post()) {
    require_csrf($user);
    if (field('delete') === 'oui' && $id !== null) {
        query('DELETE FROM events WHERE id = ?', [$id]);
        empty_cache();
        redirect('/admin/agenda');
    }
    $event = [
        'title' => field('title'),
        'place' => field('place'),
        'starts_at' => str_replace('T', ' ', field('starts_at')),
        'ends_at' => str_replace('T', ' ', field('ends_at')),
        'description' => field('description', 2000),
        'category' => field('category'),
    ];
    if ($event['title'] === '' || $event['place'] === '') {
        $errors['title'] = 'Il faut un titre et un lieu.';
    }
    foreach (['starts_at', 'ends_at'] as $name) {
        if (preg_match('/^\d{4}-\d\d-\d\d \d\d:\d\d$/', $event[$name]) !== 1) {
            $errors[$name] = 'Indiquez le début et la fin.';
        }
    }
    if ($event['ends_at'] < $event['starts_at']) {
        $errors['ends_at'] = 'La fin précède le début.';
    }
    if (!in_array($event['category'], $categories, true)) {
        $errors['category'] = 'Choisissez une rubrique.';
    }
    if ($errors === []) {
        $values = array_values($event);
        if ($id === null) {
            query(
                'INSERT INTO events (title, place, starts_at, ends_at, description, category)
                 VALUES (?, ?, ?, ?, ?, ?)',
                $values
            );
        } else {
            query(
                'UPDATE events SET title = ?, place = ?, starts_at = ?, ends_at = ?, description = ?, category = ?
                  WHERE id = ?',
                [...$values, $id]
            );
        }
        empty_cache();
        redirect('/admin/agenda');
    }
    http_response_code(422);
}
?>
<h1><?= e($title) ?></h1>
<?= error_list($errors) ?>
<form class="stacked" method="post">
  <?= csrf_field($user['csrf']) ?>

  <?= input('title', 'Titre', $event['title'] ?? '', $errors, ['maxlength' => 200]) ?>
  <?= input('place', 'Lieu', $event['place'] ?? '', $errors, ['maxlength' => 200]) ?>
  <?= choice('category', 'Rubrique', $event['category'] ?? '', array_combine($categories, $categories)) ?>
  <?= input('starts_at', 'Début', str_replace(' ', 'T', $event['starts_at'] ?? ''), $errors, ['type' => 'datetime-local']) ?>
  <?= input('ends_at', 'Fin', str_replace(' ', 'T', $event['ends_at'] ?? ''), $errors, ['type' => 'datetime-local']) ?>
  <?= input('description', 'Description', $event['description'] ?? '', $errors, ['rows' => 5, 'maxlength' => 2000]) ?>
  <p><button class="button">Enregistrer</button></p>
</form>
<?php if ($id !== null): ?>
<form method="post">
  <?= csrf_field($user['csrf']) ?>

  <p><button class="button" name="delete" value="oui">Supprimer ce rendez-vous</button></p>
</form>
<?php endif ?>
