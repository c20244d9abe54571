<?php

// Some events as a list. Needs $events.

namespace Town;

?>
<?php if ($events === []): ?>
<p>Aucun rendez-vous n’est annoncé pour le moment.</p>
<?php else: ?>
<ul class="events">
<?php foreach ($events as $event): ?>
<?php $time = (int) strtotime($event['starts_at']); ?>
  <li>
    <time class="day" datetime="<?= e(date('c', $time)) ?>"><b><?= e(date('j', $time)) ?></b><?= e(MONTHS[(int) date('n', $time)]) ?></time>
    <div>
      <h3><?= e($event['title']) ?></h3>
      <p class="meta"><?= e(ucfirst(french_date($event['starts_at']))) ?> à <?= e(french_hour($event['starts_at'])) ?>, <?= e($event['place']) ?></p>
<?php if (isset($event['description'])): ?>
      <p><?= e($event['description']) ?></p>
<?php endif ?>
    </div>
  </li>
<?php endforeach ?>
</ul>
<?php endif ?>
