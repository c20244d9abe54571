<?php

// For PHP's own server: php -S 127.0.0.1:8081 -t . router.php
// It refuses what the .htaccess files of DokuWiki refuse under Apache; everything else is served as it is.

$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (preg_match('~/\.|^/(?:bin|conf|data|inc|vendor)(?:/|$)|^/(?:install|router)\.php~', $path) === 1) {
    http_response_code(403);
    echo 'Accès refusé';
    return true;
}
return false;
