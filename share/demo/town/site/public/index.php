<?php

// The front controller: every address of the site is in this one table. A page is a file of app/pages that prints
// its content and sets $title; the theme is put around it here.

declare(strict_types=1);

namespace Town;

require dirname(__DIR__) . '/app/bootstrap.php';

const ROUTES = [
    '~^/$~' => 'home',
    '~^/actualites(?:/page/(?<page>[1-9]\d{0,3}))?$~' => 'news_list',
    '~^/actualites/(?<slug>[a-z0-9-]+)$~' => 'news_article',
    '~^/agenda$~' => 'agenda',
    '~^/conseil-municipal$~' => 'documents',
    '~^/contact$~' => 'contact',
    '~^/contact/merci$~' => 'contact_thanks',
    '~^/mentions-legales$~' => 'legal',
    '~^/accessibilite$~' => 'accessibility',
    '~^/flux\.xml$~' => 'feed',
    '~^/admin$~' => 'admin/dashboard',
    '~^/admin/connexion$~' => 'admin/login',
    '~^/admin/deconnexion$~' => 'admin/logout',
    '~^/admin/actualites$~' => 'admin/news_list',
    '~^/admin/actualites/(?<id>nouvelle|\d{1,9})$~' => 'admin/news_form',
    '~^/admin/agenda$~' => 'admin/events_list',
    '~^/admin/agenda/(?<id>nouveau|\d{1,9})$~' => 'admin/event_form',
    '~^/admin/documents$~' => 'admin/documents',
    '~^/admin/messages$~' => 'admin/messages',
    '~^/admin/reglages$~' => 'admin/settings',
];

/** @return array{string, array<string, string>} the page's name and what its address says */
function route(string $path): array
{
    foreach (ROUTES as $pattern => $page) {
        if (preg_match($pattern, $path, $found) === 1) {
            return [$page, $found];
        }
    }
    return ['not_found', []];
}

function show(string $page, string $path, array $arguments): void
{
    $title = '';
    $description = setting('description');
    $user = str_starts_with($page, 'admin/') ? current_user() : null;
    if ($user === null && str_starts_with($page, 'admin/') && $page !== 'admin/login') {
        redirect('/admin/connexion');
    }
    ob_start();
    require ROOT . '/app/pages/' . $page . '.php';
    $content = (string) ob_get_clean();
    require ROOT . '/public/theme/header.php';
    echo $content;
    require ROOT . '/public/theme/footer.php';
}

$path = rawurldecode((string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH));
$path = $path === '/' ? '/' : rtrim($path, '/');
send_security_headers(str_starts_with($path, '/admin'));
[$page, $arguments] = route($path);
show($page, $path, $arguments);
