<?php

// Saves every *.txt of a folder as a wiki page through DokuWiki's own code, so that history, change log, metadata
// and the search index are those of a page saved in the browser: php save_pages.php WIKI_DIR PAGES_DIR

if ($argc !== 3 || !is_file($argv[1] . '/doku.php') || !is_dir($argv[2])) {
    fwrite(STDERR, "usage: php save_pages.php WIKI_DIR PAGES_DIR\n");
    exit(2);
}
$pages = realpath($argv[2]);
define('DOKU_INC', realpath($argv[1]) . '/');
define('NOSESSION', 1);
$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
$_SERVER['HTTP_HOST'] = 'localhost';
$_SERVER['SERVER_PORT'] = '80';
require DOKU_INC . 'inc/init.php';

$files = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($pages, FilesystemIterator::SKIP_DOTS));
$texts = [];
foreach ($files as $file) {
    if ($file->getExtension() === 'txt') {
        $texts[substr($file->getPathname(), strlen($pages) + 1, -4)] = file_get_contents($file->getPathname());
    }
}
ksort($texts);
foreach ($texts as $path => $text) {
    $id = cleanID(str_replace('/', ':', $path));
    saveWikiText($id, $text, 'Création de la page');
    idx_addPage($id);
    if (rawWiki($id) !== $text) {
        fwrite(STDERR, "save_pages.php: the page $id was not saved\n");
        exit(3);
    }
}
