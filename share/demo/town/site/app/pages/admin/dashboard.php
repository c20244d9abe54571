<?php

namespace Town;

$title = 'Tableau de bord';
$counts = [
    'Actualités' => value('SELECT count(*) FROM news'),
    'Rendez-vous à venir' => value('SELECT count(*) FROM events WHERE ends_at >= ?', [date('Y-m-d H:i')]),
    'Documents' => value('SELECT count(*) FROM documents'),
    'Messages non lus' => value('SELECT count(*) FROM messages WHERE read_at IS NULL'),
];
?>
<h1>Bonjour <?= e($user['display_name']) ?></h1>
<ul class="cards">
<?php foreach ($counts as $label => $count): ?>
  <li class="card"><div><h2><?= e($count) ?></h2><p><?= e($label) ?></p></div></li>
<?php endforeach ?>
</ul>
<p><a class="button" href="/admin/actualites/nouvelle">Écrire une actualité</a>
  <a class="button" href="/admin/agenda/nouveau">Annoncer un rendez-vous</a></p>
