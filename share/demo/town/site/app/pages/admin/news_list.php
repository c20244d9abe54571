<?php

namespace Town;

$title = 'Actualités';
$news = rows('SELECT id, title, category, published_at FROM news ORDER BY published_at DESC, id DESC');
?>
<h1>Actualités</h1>
<p><a class="button" href="/admin/actualites/nouvelle">Écrire une actualité</a></p>
<table>
  <thead><tr><th scope="col">Titre</th><th scope="col">Rubrique</th><th scope="col">Publication</th></tr></thead>
  <tbody>
<?php foreach ($news as $item): ?>
    <tr><td><a href="/admin/actualites/<?= e($item['id']) ?>"><?= e($item['title']) ?></a></td>
      <td><?= e($item['category']) ?></td><td><?= e(french_date($item['published_at'])) ?></td></tr>
<?php endforeach ?>
  </tbody>
</table>
