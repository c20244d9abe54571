<?php

// For PHP's own server, which has no rewrite rules: php -S 127.0.0.1:8080 -t public router.php
// It does what public/.htaccess does under Apache: files that exist are served as they are, names that begin with
// a dot are refused, everything else goes to the front controller.

declare(strict_types=1);

$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (preg_match('~/\.(?!well-known/)~', $path) === 1) {
    http_response_code(403);
    return true;
}
if ($path !== '/' && is_file($_SERVER['DOCUMENT_ROOT'] . $path)) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
