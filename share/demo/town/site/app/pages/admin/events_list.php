<?php

namespace Town;

$title = 'Agenda';
$events = rows('SELECT id, title, place, starts_at FROM events ORDER BY starts_at DESC, id DESC');
?>
<h1>Agenda</h1>
<p><a class="button" href="/admin/agenda/nouveau">Annoncer un rendez-vous</a></p>
<table>
  <thead><tr><th scope="col">Rendez-vous</th><th scope="col">Lieu</th><th scope="col">Date</th></tr></thead>
  <tbody>
<?php foreach ($events as $event): ?>
    <tr><td><a href="/admin/agenda/<?= e($event['id']) ?>"><?= e($event['title']) ?></a></td>
      <td><?= e($event['place']) ?></td><td><?= e(french_date($event['starts_at'])) ?></td></tr>
<?php endforeach ?>
  </tbody>
</table>
