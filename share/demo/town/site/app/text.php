<?php

// From values to what people read: escaping, French dates, slugs, and the few HTML tags an editor may use.

declare(strict_types=1);

namespace Town;

use DOMDocument;
use DOMElement;
use DOMNode;

const MONTHS = [
    1 => 'janvier', 'février', 'mars', 'avril', 'mai', 'juin',
    'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre',
];
const WEEKDAYS = ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'];

function e(?string $text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8');
}

/** "samedi 7 mars 2026" */
function french_date(string $when): string
{
    $time = (int) strtotime($when);
    $day = (int) date('j', $time);
    return WEEKDAYS[(int) date('w', $time)] . ' ' . ($day === 1 ? '1er' : $day) . ' '
        . MONTHS[(int) date('n', $time)] . ' ' . date('Y', $time);
}

/** "14 h 30" */
function french_hour(string $when): string
{
    $time = (int) strtotime($when);
    return date('G', $time) . ' h' . (date('i', $time) === '00' ? '' : ' ' . date('i', $time));
}

function french_size(int $bytes): string
{
    return $bytes < 1_000_000
        ? max(1, (int) round($bytes / 1000)) . ' ko'
        : number_format($bytes / 1_000_000, 1, ',', ' ') . ' Mo';
}

/** "Fête de l’été" becomes "fete-de-l-ete". */
function slug(string $title): string
{
    $plain = strtr($title, [
        'à' => 'a', 'â' => 'a', 'ä' => 'a', 'ç' => 'c', 'é' => 'e', 'è' => 'e', 'ê' => 'e', 'ë' => 'e', 'î' => 'i',
        'ï' => 'i', 'ô' => 'o', 'ö' => 'o', 'ù' => 'u', 'û' => 'u', 'ü' => 'u', 'œ' => 'oe', 'æ' => 'ae',
        'À' => 'a', 'Â' => 'a', 'Ç' => 'c', 'É' => 'e', 'È' => 'e', 'Ê' => 'e', 'Î' => 'i', 'Ô' => 'o', 'Œ' => 'oe',
    ]);
    return trim((string) preg_replace('/[^a-z0-9]+/', '-', strtolower($plain)), '-');
}

/** Keeps the tags an editor may use, drops every other element with its content and every other attribute. */
function clean_html(string $html): string
{
    $document = new DOMDocument();
    $ok = @$document->loadHTML('<?xml encoding="UTF-8"><div>' . $html . '</div>', LIBXML_NONET | LIBXML_NOERROR);
    $body = $ok ? $document->getElementsByTagName('div')->item(0) : null;
    if ($body === null) {
        return '';
    }
    clean_children($body);
    $kept = '';
    foreach ($body->childNodes as $child) {
        $kept .= $document->saveHTML($child);
    }
    return trim($kept);
}

function clean_children(DOMNode $parent): void
{
    foreach (iterator_to_array($parent->childNodes) as $child) {
        if ($child->nodeType === XML_TEXT_NODE) {
            continue;
        }
        $allowed = ['p', 'h2', 'h3', 'ul', 'ol', 'li', 'strong', 'em', 'a', 'br', 'blockquote'];
        if (!$child instanceof DOMElement || !in_array($child->nodeName, $allowed, true)) {
            $parent->removeChild($child);
            continue;
        }
        foreach (iterator_to_array($child->attributes) as $attribute) {
            $link = $child->nodeName === 'a' && $attribute->nodeName === 'href'
                && preg_match('~^(https?://|mailto:|tel:|/(?!/)|#)~i', $attribute->nodeValue) === 1;
            if (!$link) {
                $child->removeAttributeNode($attribute);
            }
        }
        clean_children($child);
    }
}
