<?php

// The top of every page: the document's head, the links that skip to the content, the name of the town, the menu.
// Needs: $title, $description, $path, $user.

namespace Town;

if (!defined('Town\ROOT')) {
    http_response_code(404);
    exit;
}
$menu = [
    '/' => 'Accueil',
    '/actualites' => 'Actualités',
    '/agenda' => 'Agenda',
    '/conseil-municipal' => 'Conseil municipal',
    '/contact' => 'Contact',
];
$banner = setting('banner');
?>
<!DOCTYPE html>
<html lang="fr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title><?= e($path === '/' ? setting('site_name') : $title . ' – ' . setting('site_name')) ?></title>
  <meta name="description" content="<?= e($description) ?>">
  <link rel="icon" href="/theme/logo.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/theme/style.css">
  <link rel="alternate" type="application/rss+xml" title="Actualités" href="/flux.xml">
  <script src="/theme/site.js" defer></script>
</head>
<body>
<a class="skip" href="#contenu">Aller au contenu</a>
<header class="site-header">
  <div class="wrap">
    <a class="brand" href="/">
      <img src="/theme/logo.svg" alt="" width="48" height="48">
      <span><?= e(setting('site_name')) ?><small><?= e(setting('motto')) ?></small></span>
    </a>
    <button class="menu-button" type="button" aria-expanded="false" aria-controls="menu" hidden>Menu</button>
    <nav id="menu" aria-label="Menu principal">
      <ul>
<?php foreach ($menu as $link => $label): ?>
<?php $current = $link === $path || ($link !== '/' && str_starts_with($path, $link . '/')); ?>
        <li><a href="<?= e($link) ?>"<?= $current ? ' aria-current="page"' : '' ?>><?= e($label) ?></a></li>
<?php endforeach ?>
      </ul>
    </nav>
  </div>
</header>
<?php if ($banner !== '' && !str_starts_with($path, '/admin')): ?>
<p class="banner" role="status"><strong>Information :</strong> <?= e($banner) ?></p>
<?php endif ?>
<?php if ($user !== null): ?>
<nav class="admin-bar" aria-label="Administration">
  <ul class="wrap">
    <li><a href="/admin">Tableau de bord</a></li>
    <li><a href="/admin/actualites">Actualités</a></li>
    <li><a href="/admin/agenda">Agenda</a></li>
    <li><a href="/admin/documents">Documents</a></li>
    <li><a href="/admin/messages">Messages</a></li>
<?php if ($user['role'] === 'admin'): ?>
    <li><a href="/admin/reglages">Réglages</a></li>
<?php endif ?>
    <li>
      <form method="post" action="/admin/deconnexion">
        <?= csrf_field($user['csrf']) ?>
        <button>Déconnexion de <?= e($user['display_name']) ?></button>
      </form>
    </li>
  </ul>
</nav>
<?php endif ?>
<main id="contenu" class="wrap" tabindex="-1">
