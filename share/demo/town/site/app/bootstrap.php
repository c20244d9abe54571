<?php

// What every page needs: where things lie, and the site's functions, one file a subject.

declare(strict_types=1);

namespace Town;

const ROOT = __DIR__ . '/..';

date_default_timezone_set('Europe/Paris');
ini_set('display_errors', '0');

foreach (['database', 'text', 'security', 'session', 'cache', 'uploads', 'forms'] as $part) {
    require ROOT . '/app/' . $part . '.php';
}
