<?php

// The council's papers, the newest first.

namespace Town;

$title = 'Conseil municipal';
$description = 'Délibérations, comptes rendus, arrêtés et bulletins de la commune.';
?>
<h1>Conseil municipal</h1>
<p>Les séances sont publiques et se tiennent à 20 h dans la salle du conseil, en mairie. Les documents ci-dessous sont
  au format PDF ; le secrétariat les envoie sur papier à qui le demande.</p>
<?php
echo fragment('documents', 600, function (): void {
    $documents = rows(
        'SELECT title, kind, session_date, path, bytes FROM documents ORDER BY session_date DESC, id DESC'
    );
    ?>
<div class="scroll" tabindex="0" role="region" aria-label="Documents du conseil municipal">
<table>
  <caption>Documents publiés</caption>
  <thead><tr><th scope="col">Document</th><th scope="col">Nature</th><th scope="col">Date</th></tr></thead>
  <tbody>
    <?php foreach ($documents as $document): ?>
  <tr>
    <td><a href="/uploads/<?= e($document['path']) ?>"><?= e($document['title']) ?></a>
      <span class="meta">(PDF, <?= e(french_size((int) $document['bytes'])) ?>)</span></td>
    <td><?= e($document['kind']) ?></td>
    <td><time datetime="<?= e($document['session_date']) ?>"><?= e(french_date($document['session_date'])) ?></time></td>
  </tr>
    <?php endforeach ?>
  </tbody>
</table>
</div>
    <?php
});
