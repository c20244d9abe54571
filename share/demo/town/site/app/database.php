<?php

// The site's one database, SQLite outside the document root. Every statement is prepared; nothing else opens it.

declare(strict_types=1);

namespace Town;

use PDO;
use PDOStatement;

function database(): PDO
{
    static $connection = null;
    if ($connection === null) {
        $connection = new PDO('sqlite:' . ROOT . '/data/town.db', null, null, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_STRINGIFY_FETCHES => true,
        ]);
        $connection->exec('PRAGMA foreign_keys = ON');
        $connection->exec('PRAGMA busy_timeout = 5000');
    }
    return $connection;
}

function query(string $sql, array $values = []): PDOStatement
{
    $statement = database()->prepare($sql);
    $statement->execute($values);
    return $statement;
}

/** @return list<array<string, string|null>> */
function rows(string $sql, array $values = []): array
{
    return query($sql, $values)->fetchAll();
}

/** @return array<string, string|null>|null */
function row(string $sql, array $values = []): ?array
{
    $found = query($sql, $values)->fetch();
    return $found === false ? null : $found;
}

function value(string $sql, array $values = []): ?string
{
    $found = query($sql, $values)->fetchColumn();
    return $found === false || $found === null ? null : (string) $found;
}

function setting(string $name): string
{
    static $settings = null;
    $settings ??= query('SELECT name, value FROM settings')->fetchAll(PDO::FETCH_KEY_PAIR);
    return (string) ($settings[$name] ?? '');
}
