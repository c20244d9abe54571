<?php

// Response headers, and the proof that a form was shown by this site. A visitor's form carries a time and its
// HMAC, so that no session is stored for people who only read; an agent's form carries the token of his session.

declare(strict_types=1);

namespace Town;

const FORM_LIFETIME_SECONDS = 4 * 3600;

function send_security_headers(bool $private): void
{
    header_remove('X-Powered-By');
    header('Content-Type: text/html; charset=utf-8');
    header("Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none'; "
        . "form-action 'self'; frame-ancestors 'none'");
    header('X-Content-Type-Options: nosniff');
    header('X-Frame-Options: DENY');
    header('Referrer-Policy: strict-origin-when-cross-origin');
    header('Permissions-Policy: camera=(), microphone=(), geolocation=()');
    header('Cross-Origin-Opener-Policy: same-origin');
    if ($private) {
        header('Cache-Control: no-store');
    }
}

/** The key of visitors' forms, made when it is first needed. */
function form_key(): string
{
    $file = ROOT . '/data/form.key';
    if (!is_file($file)) {
        $temporary = $file . '.' . bin2hex(random_bytes(6));
        file_put_contents($temporary, bin2hex(random_bytes(32)));
        chmod($temporary, 0600);
        rename($temporary, $file);
    }
    return (string) file_get_contents($file);
}

function form_token(): string
{
    $time = (string) time();
    return $time . '.' . hash_hmac('sha256', $time, form_key());
}

function form_token_ok(string $token): bool
{
    [$time, $mac] = explode('.', $token, 2) + ['', ''];
    return hash_equals(hash_hmac('sha256', $time, form_key()), $mac)
        && abs(time() - (int) $time) < FORM_LIFETIME_SECONDS;
}

function csrf_field(string $token): string
{
    return '<input type="hidden" name="csrf" value="' . e($token) . '">';
}

function redirect(string $path): never
{
    header('Location: ' . $path, true, 303);
    exit;
}

function is_post(): bool
{
    return $_SERVER['REQUEST_METHOD'] === 'POST';
}

/** A field of the form, trimmed, as valid UTF-8, at most so many bytes; the empty string when it is missing. */
function field(string $name, int $bytes_max = 200): string
{
    $text = $_POST[$name] ?? '';
    if (!is_string($text) || strlen($text) > $bytes_max || preg_match('//u', $text) !== 1) {
        return '';
    }
    return trim(str_replace("\r\n", "\n", $text));
}
