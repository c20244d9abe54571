<?php

// The council's papers: sending one, taking one back.

namespace Town;

$title = 'Documents';
$kinds = ['Compte rendu', 'Délibération', 'Arrêté', 'Bulletin municipal', 'Budget'];
$errors = [];
if (is_post()) {
    require_csrf($user);
    if (ctype_digit(field('delete'))) {
        $path = value('SELECT path FROM documents WHERE id = ?', [field('delete')]);
        query('DELETE FROM documents WHERE id = ?', [field('delete')]);
        if ($path !== null && is_file(ROOT . '/public/uploads/' . $path)) {
            unlink(ROOT . '/public/uploads/' . $path);
        }
        empty_cache();
        redirect('/admin/documents');
    }
    if (slug(field('title')) === '' || !in_array(field('kind'), $kinds, true)) {
        $errors['title'] = 'Il faut un titre et une nature.';
    }
    if (preg_match('/^\d{4}-\d\d-\d\d$/', field('session_date')) !== 1) {
        $errors['session_date'] = 'Indiquez la date du document.';
    }
    $path = $errors === [] ? keep_upload('file', field('title'), ['application/pdf'], $errors) : null;
    if ($path === null && $errors === []) {
        $errors['file'] = 'Choisissez un fichier PDF.';
    }
    if ($errors === []) {
        query(
            'INSERT INTO documents (title, kind, session_date, path, bytes, published_at) VALUES (?, ?, ?, ?, ?, ?)',
            [
                field('title'), field('kind'), field('session_date'), $path,
                filesize(ROOT . '/public/uploads/' . $path), date('Y-m-d H:i:s'),
            ]
        );
        empty_cache();
        redirect('/admin/documents');
    }
    http_response_code(422);
}
$documents = rows('SELECT id, title, session_date, path FROM documents ORDER BY session_date DESC, id DESC');
?>
<h1>Documents du conseil</h1>
<?= error_list($errors) ?>
<form class="stacked" method="post" enctype="multipart/form-data">
  <?= csrf_field($user['csrf']) ?>

  <?= input('title', 'Titre', field('title'), $errors, ['maxlength' => 200]) ?>
  <?= choice('kind', 'Nature', field('kind'), array_combine($kinds, $kinds)) ?>
  <?= input('session_date', 'Date', field('session_date'), $errors, ['type' => 'date']) ?>
  <?= input('file', 'Fichier PDF', '', $errors, ['type' => 'file', 'accept' => 'application/pdf']) ?>
  <p><button class="button">Publier</button></p>
</form>
<table>
  <thead><tr><th scope="col">Titre</th><th scope="col">Date</th><th scope="col">Action</th></tr></thead>
  <tbody>
<?php foreach ($documents as $document): ?>
    <tr><td><a href="/uploads/<?= e($document['path']) ?>"><?= e($document['title']) ?></a></td>
      <td><?= e(french_date($document['session_date'])) ?></td>
      <td><form method="post"><?= csrf_field($user['csrf']) ?><button name="delete" value="<?= e($document['id']) ?>" aria-label="Retirer : <?= e($document['title']) ?>">Retirer</button></form></td></tr>
<?php endforeach ?>
  </tbody>
</table>
