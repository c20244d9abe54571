<?php

// The fields of the site's forms: a label, a hint, what was typed before, and what is wrong with it.

declare(strict_types=1);

namespace Town;

function input(string $name, string $label, ?string $value, array $errors, array $attributes = []): string
{
    $hint = $attributes['hint'] ?? '';
    $rows = $attributes['rows'] ?? null;
    unset($attributes['hint'], $attributes['rows']);
    $described = array_filter([$hint !== '' ? $name . '-hint' : '', isset($errors[$name]) ? $name . '-error' : '']);
    $more = isset($errors[$name]) ? ' aria-invalid="true"' : '';
    $more .= $described !== [] ? ' aria-describedby="' . e(implode(' ', $described)) . '"' : '';
    foreach ($attributes as $attribute => $text) {
        $more .= ' ' . $attribute . '="' . e((string) $text) . '"';
    }
    $html = '<p><label for="' . e($name) . '">' . e($label) . '</label>';
    $html .= $hint !== '' ? '<span class="hint" id="' . e($name) . '-hint">' . e($hint) . '</span>' : '';
    $html .= $rows === null
        ? '<input id="' . e($name) . '" name="' . e($name) . '" value="' . e($value) . '"' . $more . '>'
        : '<textarea id="' . e($name) . '" name="' . e($name) . '" rows="' . (int) $rows . '"' . $more . '>'
            . e($value) . '</textarea>';
    return $html . "</p>\n";
}

/** @param array<string, string> $choices */
function choice(string $name, string $label, ?string $value, array $choices): string
{
    $html = '<p><label for="' . e($name) . '">' . e($label) . '</label><select id="' . e($name) . '" name="'
        . e($name) . '">';
    foreach ($choices as $key => $text) {
        $html .= '<option value="' . e($key) . '"' . ($key === $value ? ' selected' : '') . '>' . e($text)
            . '</option>';
    }
    return $html . "</select></p>\n";
}

function error_list(array $errors): string
{
    if ($errors === []) {
        return '';
    }
    $html = '<div class="errors" role="alert"><p>Le formulaire n’a pas été enregistré :</p><ul>';
    foreach ($errors as $name => $text) {
        $html .= '<li id="' . e((string) $name) . '-error">' . e($text) . '</li>';
    }
    return $html . "</ul></div>\n";
}
