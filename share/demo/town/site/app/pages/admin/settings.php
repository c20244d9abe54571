<?php

// The texts that stand on every page; for administrators alone.

namespace Town;

$title = 'Réglages';
if ($user['role'] !== 'admin') {
    http_response_code(403);
    echo '<h1>Réglages</h1><p class="errors">Cette page est réservée aux administrateurs.</p>';
    return;
}
$labels = [
    'banner' => 'Bandeau d’information (vide : aucun bandeau)',
    'welcome' => 'Mot d’accueil',
    'opening_hours' => 'Horaires d’ouverture',
    'phone' => 'Téléphone',
];
if (is_post()) {
    require_csrf($user);
    foreach (array_keys($labels) as $name) {
        query('UPDATE settings SET value = ? WHERE name = ?', [field($name, 1000), $name]);
    }
    empty_cache();
    redirect('/admin/reglages');
}
?>
<h1>Réglages</h1>
<form class="stacked" method="post">
  <?= csrf_field($user['csrf']) ?>

<?php foreach ($labels as $name => $label): ?>
  <?= input($name, $label, setting($name), [], ['rows' => 3]) ?>
<?php endforeach ?>
  <p><button class="button">Enregistrer</button></p>
</form>
