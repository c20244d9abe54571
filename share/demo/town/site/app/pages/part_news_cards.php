<?php

// Some news as cards. Needs $news.

namespace Town;

?>
<ul class="cards">
<?php foreach ($news as $item): ?>
  <li><article class="card">
<?php if ($item['picture'] !== null): ?>
    <img src="/uploads/<?= e($item['picture']) ?>" alt="<?= e($item['picture_alt']) ?>" width="640" height="360" loading="lazy">
<?php endif ?>
    <div>
      <h3><a href="/actualites/<?= e($item['slug']) ?>"><?= e($item['title']) ?></a></h3>
      <span class="tag"><?= e($item['category']) ?></span>
      <time class="meta" datetime="<?= e(substr($item['published_at'], 0, 10)) ?>"><?= e(french_date($item['published_at'])) ?></time>
      <p><?= e($item['summary']) ?></p>
    </div>
  </article></li>
<?php endforeach ?>
</ul>
