<?php

// Makes the town site in an empty folder: php setup.php DIR [--today=YYYY-MM-DD]
// The same arguments give the same bytes; without --today the town lives on 2 March 2026.

declare(strict_types=1);

namespace Demo;

use FilesystemIterator;
use PDO;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;

require __DIR__ . '/media.php';
require __DIR__ . '/seed.php';

date_default_timezone_set('Europe/Paris');

function fail(string $text, int $status): never
{
    fwrite(STDERR, "town/setup.php: $text\n");
    exit($status);
}

function day(int $offset, string $format = 'Y-m-d'): string
{
    return date($format, strtotime(TODAY . ' 12:00 ' . sprintf('%+d days', $offset)));
}

/** Copies the program; its files look as old as the site. */
function copy_program(string $from, string $to): void
{
    $flags = FilesystemIterator::SKIP_DOTS;
    $entries = new RecursiveIteratorIterator(
        new RecursiveDirectoryIterator($from, $flags),
        RecursiveIteratorIterator::SELF_FIRST
    );
    foreach ($entries as $entry) {
        $target = $to . substr($entry->getPathname(), strlen($from));
        if ($entry->isDir()) {
            is_dir($target) || mkdir($target);
        } else {
            copy($entry->getPathname(), $target) || fail("cannot write $target", 3);
            touch($target, strtotime(day(-200)));
        }
    }
}

/** Pictures and documents under public/uploads, by year. @return array<string, string> name => path */
function write_uploads(string $uploads): array
{
    $paths = [];
    $write = function (string $name, int $offset, string $bytes) use ($uploads, &$paths): void {
        $folder = day($offset, 'Y');
        is_dir("$uploads/$folder") || mkdir("$uploads/$folder");
        file_put_contents("$uploads/$folder/$name", $bytes) === strlen($bytes) || fail("cannot write $name", 3);
        touch("$uploads/$folder/$name", strtotime(day($offset) . ' 10:00'));
        $paths[$name] = "$folder/$name";
    };
    $used = array_combine(array_column(NEWS, 3), array_column(NEWS, 0));
    $seed = 0;
    foreach (array_keys(PICTURES) as $name) {
        $seed++;
        $write($name, $used[$name] ?? -1, str_ends_with($name, '.png') ? png_landscape($seed) : jpeg_landscape($seed));
    }
    foreach (DOCUMENTS as $n => [$offset, $kind, $title, $text]) {
        $write(document_name($n), $offset, pdf_page($title, ['Commune de Valombre-sur-Lière', day($offset, 'd/m/Y'), $text]));
    }
    return $paths;
}

function document_name(int $n): string
{
    return 'conseil-' . sprintf('%02d', count(DOCUMENTS) - $n) . '.pdf';
}

function insert(PDO $database, string $table, array $row): void
{
    $marks = implode(', ', array_fill(0, count($row), '?'));
    $database->prepare("INSERT INTO $table (" . implode(', ', array_keys($row)) . ") VALUES ($marks)")
        ->execute(array_values($row));
}

/** @param array<string, string> $paths */
function fill_database(PDO $database, array $paths, string $uploads): void
{
    $database->exec((string) file_get_contents(__DIR__ . '/schema.sql'));
    foreach (SETTINGS as $name => $value) {
        insert($database, 'settings', ['name' => $name, 'value' => $value]);
    }
    foreach (USERS as $n => [$login, $email, $name, $hash, $role]) {
        insert($database, 'users', [
            'login' => $login, 'email' => $email, 'display_name' => $name, 'password_hash' => $hash, 'role' => $role,
            'created_at' => day(-400 + 30 * $n) . ' 09:00:00', 'last_login' => day(-1 - $n) . ' 08:4' . $n . ':00',
        ]);
    }
    foreach (array_reverse(NEWS) as [$offset, $category, $author, $picture, $title, $summary, $paragraphs]) {
        insert($database, 'news', [
            'slug' => \Town\slug($title), 'title' => $title, 'summary' => $summary,
            'body' => '<p>' . implode("</p>\n<p>", $paragraphs) . '</p>', 'category' => $category,
            'picture' => $picture === null ? null : $paths[$picture], 'picture_alt' => PICTURES[$picture] ?? '',
            'author_id' => $author, 'published_at' => day($offset), 'updated_at' => day($offset) . ' 10:00:00',
        ]);
    }
    foreach (EVENTS as [$offset, $hour, $hours, $category, $title, $place, $description]) {
        $start = day($offset) . ' ' . $hour;
        insert($database, 'events', [
            'title' => $title, 'place' => $place, 'category' => $category, 'starts_at' => $start,
            'ends_at' => date('Y-m-d H:i', strtotime($start) + 3600 * $hours), 'description' => $description,
        ]);
    }
    foreach (DOCUMENTS as $n => [$offset, $kind, $title]) {
        insert($database, 'documents', [
            'title' => $title, 'kind' => $kind, 'session_date' => day($offset), 'path' => $paths[document_name($n)],
            'bytes' => filesize("$uploads/" . $paths[document_name($n)]), 'published_at' => day($offset) . ' 17:00:00',
        ]);
    }
    foreach (MESSAGES as [$offset, $name, $email, $subject, $body, $read]) {
        insert($database, 'messages', [
            'name' => $name, 'email' => $email, 'subject' => $subject, 'body' => $body,
            'created_at' => day($offset) . ' 18:12:00', 'read_at' => $read ? day($offset + 1) . ' 08:50:00' : null,
        ]);
    }
}

foreach (['pdo_sqlite', 'dom', 'fileinfo'] as $extension) {
    extension_loaded($extension) || fail("PHP's extension $extension is missing (packages php-sqlite3, php-xml)", 2);
}
$arguments = array_slice($argv, 1);
$today = '2026-03-02';
foreach ($arguments as $n => $argument) {
    if (preg_match('/^--today=(\d{4}-\d\d-\d\d)$/', $argument, $found) === 1) {
        $today = $found[1];
        unset($arguments[$n]);
    }
}
count($arguments) === 1 || fail('usage: php setup.php DIR [--today=YYYY-MM-DD]', 2);
define('Demo\TODAY', $today);
$directory = rtrim((string) current($arguments), '/');
is_dir($directory) || mkdir($directory, 0755, true) || fail("cannot make $directory", 3);
count((array) scandir($directory)) === 2 || fail("$directory is not empty", 2);

require __DIR__ . '/site/app/text.php';
copy_program(__DIR__ . '/site', $directory);
foreach (['cache', 'data', 'public/uploads'] as $folder) {
    is_dir("$directory/$folder") || mkdir("$directory/$folder");
}
$paths = write_uploads("$directory/public/uploads");
$database = new PDO("sqlite:$directory/data/town.db", null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$database->beginTransaction();
fill_database($database, $paths, "$directory/public/uploads");
$database->commit();
