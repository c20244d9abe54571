<?php

// Rendered fragments in cache/, HTML only, filled when they are read and emptied when an agent changes something.

declare(strict_types=1);

namespace Town;

function fragment(string $name, int $seconds, callable $render): string
{
    $file = ROOT . '/cache/' . $name . '.html';
    if (is_file($file) && filemtime($file) > time() - $seconds) {
        return (string) file_get_contents($file);
    }
    ob_start();
    $render();
    $html = (string) ob_get_clean();
    $temporary = $file . '.' . bin2hex(random_bytes(6));
    file_put_contents($temporary, $html);
    rename($temporary, $file);
    return $html;
}

function empty_cache(): void
{
    foreach (glob(ROOT . '/cache/*.html') ?: [] as $file) {
        unlink($file);
    }
}
