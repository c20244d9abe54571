<?php

// A small web browser for the demonstration: one site, its cookies, its forms; and PHP's own server to visit.

declare(strict_types=1);

namespace Demo;

use DOMDocument;
use DOMElement;
use RuntimeException;

final class Browser
{
    /** @var array<string, string> */
    private array $cookies = [];

    public function __construct(private readonly string $base)
    {
    }

    public function get(string $path): string
    {
        return $this->ask('GET', $path, '', '');
    }

    /** Fills the form that holds $button (a field's name) on $page and sends it. */
    public function submit(string $page, string $button, array $values, array $files = []): string
    {
        [$target, $fields] = $this->form($this->get($page), $page, $button);
        $boundary = 'limite-' . hash('crc32b', $page);
        $body = '';
        foreach ($values + $fields as $name => $value) {
            $body .= "--$boundary\r\nContent-Disposition: form-data; name=\"$name\"\r\n\r\n$value\r\n";
        }
        foreach ($files as $name => [$filename, $type, $bytes]) {
            $body .= "--$boundary\r\nContent-Disposition: form-data; name=\"$name\"; filename=\"$filename\"\r\n"
                . "Content-Type: $type\r\n\r\n$bytes\r\n";
        }
        return $this->ask('POST', $target, "$body--$boundary--\r\n", "multipart/form-data; boundary=$boundary");
    }

    /** @return array{string, array<string, string>} where the form goes, and its hidden fields */
    private function form(string $html, string $page, string $field): array
    {
        $document = new DOMDocument();
        @$document->loadHTML('<?xml encoding="UTF-8">' . $html, LIBXML_NOERROR | LIBXML_NONET);
        foreach ($document->getElementsByTagName('form') as $form) {
            $fields = [];
            $found = false;
            foreach (['input', 'textarea', 'select', 'button'] as $tag) {
                foreach ($form->getElementsByTagName($tag) as $control) {
                    $found = $found || $control->getAttribute('name') === $field;
                    if ($control->getAttribute('type') === 'hidden') {
                        $fields[$control->getAttribute('name')] = $control->getAttribute('value');
                    }
                }
            }
            if ($found && strtolower($form->getAttribute('method')) === 'post') {
                return [$form->getAttribute('action') ?: $page, $fields];
            }
        }
        throw new RuntimeException("no form with the field $field on {$this->base}$page");
    }

    private function ask(string $method, string $path, string $body, string $type): string
    {
        $headers = ['Connection: close'];
        foreach ($this->cookies as $name => $value) {
            $headers[] = "Cookie: $name=$value";
        }
        if ($method === 'POST') {
            $headers[] = 'Content-Type: ' . $type;
        }
        $answer = @file_get_contents($this->base . $path, false, stream_context_create(['http' => [
            'method' => $method, 'header' => $headers, 'content' => $body, 'timeout' => 20,
            'follow_location' => 0, 'ignore_errors' => true,
        ]]));
        $lines = $http_response_header ?? [];
        $status = (int) (explode(' ', $lines[0] ?? '')[1] ?? 0);
        if ($answer === false || $status === 0 || $status >= 400) {
            throw new RuntimeException("$method {$this->base}$path answered " . ($status ?: 'nothing'));
        }
        foreach ($lines as $line) {
            if (preg_match('/^Set-Cookie:\s*([^=;]+)=([^;]*)/i', $line, $found) === 1) {
                $this->cookies[$found[1]] = $found[2];
            }
            if (preg_match('/^Location:\s*(\S+)/i', $line, $found) === 1) {
                return $this->get((string) preg_replace('~^https?://[^/]+~', '', $found[1]));
            }
        }
        return $answer;
    }
}

/** PHP's own server on a free port of loopback, stopped when this object goes. */
final class Server
{
    public readonly string $url;
    /** @var resource */
    private $process;

    public function __construct(string $root, string $router)
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0') ?: throw new RuntimeException('no free port');
        $address = (string) stream_socket_get_name($socket, false);
        fclose($socket);
        $this->url = 'http://' . $address;
        $null = ['file', '/dev/null', 'w'];
        $this->process = proc_open(
            [PHP_BINARY, '-S', $address, '-t', $root, $router],
            [['file', '/dev/null', 'r'], $null, $null],
            $pipes
        ) ?: throw new RuntimeException('PHP’s server does not start');
        for ($tries = 0; $tries < 250; $tries++) {
            $connection = @stream_socket_client('tcp://' . $address, $code, $text, 1);
            if ($connection !== false) {
                fclose($connection);
                return;
            }
            usleep(20_000);
        }
        throw new RuntimeException("PHP’s server does not answer at $address");
    }

    public function __destruct()
    {
        proc_terminate($this->process);
        proc_close($this->process);
    }
}
