<?php

// The agents' sessions: a random token in a cookie, its hash in the database, twelve hours at most.

declare(strict_types=1);

namespace Town;

const SESSION_COOKIE = 'valombre_session';
const SESSION_SECONDS = 12 * 3600;
const LOGIN_FAILURES_MAX = 5;
const LOGIN_FAILURES_SECONDS = 900;

/** @return array<string, string|null>|null the agent who is logged in, with his session's form token */
function current_user(): ?array
{
    $token = $_COOKIE[SESSION_COOKIE] ?? '';
    if (!is_string($token) || $token === '') {
        return null;
    }
    return row(
        'SELECT users.id, login, display_name, role, csrf FROM sessions JOIN users ON users.id = user_id
          WHERE token_hash = ? AND expires_at > ?',
        [hash('sha256', $token), time()]
    );
}

/** True when the password is right; a slow hash is computed for unknown logins too. */
function log_in(string $login, string $password): bool
{
    $since = time() - LOGIN_FAILURES_SECONDS;
    query('DELETE FROM login_failures WHERE happened_at < ?', [$since]);
    if ((int) value('SELECT count(*) FROM login_failures WHERE login = ?', [$login]) >= LOGIN_FAILURES_MAX) {
        return false;
    }
    $user = row('SELECT id, password_hash FROM users WHERE login = ?', [$login]);
    $nobody = '$2y$10$matp3GNdFu/YBUo4v3lxGOLq1XOhehZlebkYKTfBuVfKb6kQbFsdq';
    if (!password_verify($password, $user['password_hash'] ?? $nobody) || $user === null) {
        query('INSERT INTO login_failures (login, happened_at) VALUES (?, ?)', [$login, time()]);
        return false;
    }
    query('DELETE FROM sessions WHERE expires_at <= ?', [time()]);
    $token = bin2hex(random_bytes(32));
    query(
        'INSERT INTO sessions (token_hash, user_id, csrf, created_at, expires_at) VALUES (?, ?, ?, ?, ?)',
        [hash('sha256', $token), $user['id'], bin2hex(random_bytes(16)), time(), time() + SESSION_SECONDS]
    );
    query('UPDATE users SET last_login = ? WHERE id = ?', [date('Y-m-d H:i:s'), $user['id']]);
    send_session_cookie($token, time() + SESSION_SECONDS);
    return true;
}

function log_out(): void
{
    query('DELETE FROM sessions WHERE token_hash = ?', [hash('sha256', (string) ($_COOKIE[SESSION_COOKIE] ?? ''))]);
    send_session_cookie('', 1);
}

function send_session_cookie(string $token, int $expires): void
{
    setcookie(SESSION_COOKIE, $token, [
        'expires' => $expires,
        'path' => '/admin',
        'secure' => ($_SERVER['HTTPS'] ?? '') === 'on',
        'httponly' => true,
        'samesite' => 'Lax',
    ]);
}

/** Ends the request unless the form came from a page of this session. */
function require_csrf(array $user): void
{
    if (!hash_equals((string) $user['csrf'], field('csrf'))) {
        http_response_code(403);
        exit('Le formulaire a expiré. Revenez en arrière et recommencez.');
    }
}
