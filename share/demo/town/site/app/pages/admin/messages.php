<?php

// What citizens wrote. Opening this page marks nothing; a button does.

namespace Town;

$title = 'Messages';
if (is_post()) {
    require_csrf($user);
    query('UPDATE messages SET read_at = ? WHERE id = ? AND read_at IS NULL', [date('Y-m-d H:i:s'), field('read')]);
    redirect('/admin/messages');
}
$messages = rows('SELECT * FROM messages ORDER BY created_at DESC, id DESC LIMIT 200');
?>
<h1>Messages</h1>
<?php foreach ($messages as $message): ?>
<article class="article">
  <h2><?= e($message['subject']) ?></h2>
  <p class="meta">De <?= e($message['name']) ?> (<a href="mailto:<?= e(rawurlencode($message['email'])) ?>"><?= e($message['email']) ?></a>),
    le <?= e(french_date($message['created_at'])) ?></p>
  <p><?= nl2br(e($message['body']), false) ?></p>
<?php if ($message['read_at'] === null): ?>
  <form method="post"><?= csrf_field($user['csrf']) ?><button name="read" value="<?= e($message['id']) ?>">Marquer comme lu</button></form>
<?php endif ?>
</article>
<?php endforeach ?>
