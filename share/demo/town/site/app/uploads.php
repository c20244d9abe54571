<?php

// What agents send: pictures and PDF, recognised by their bytes, under a name this site chooses.

declare(strict_types=1);

namespace Town;

const UPLOAD_BYTES_MAX = 8_000_000;

/** Keeps the file of a form field and returns its path under uploads/; null and an error when it is refused. */
function keep_upload(string $field, string $title, array $types, array &$errors): ?string
{
    $file = $_FILES[$field] ?? null;
    if (!is_array($file) || ($file['error'] ?? UPLOAD_ERR_NO_FILE) === UPLOAD_ERR_NO_FILE) {
        return null;
    }
    if ($file['error'] !== UPLOAD_ERR_OK || $file['size'] > UPLOAD_BYTES_MAX) {
        $errors[$field] = 'Le fichier n’est pas arrivé entier ; il ne doit pas dépasser 8 Mo.';
        return null;
    }
    $type = (string) mime_content_type($file['tmp_name']);
    $extensions = ['image/jpeg' => 'jpg', 'image/png' => 'png', 'application/pdf' => 'pdf'];
    if (!in_array($type, $types, true) || !isset($extensions[$type])) {
        $errors[$field] = 'Ce type de fichier n’est pas accepté ici.';
        return null;
    }
    $folder = date('Y');
    if (!is_dir(ROOT . '/public/uploads/' . $folder)) {
        mkdir(ROOT . '/public/uploads/' . $folder);
    }
    $path = $folder . '/' . (slug($title) ?: 'fichier') . '.' . $extensions[$type];
    for ($n = 2; file_exists(ROOT . '/public/uploads/' . $path); $n++) {
        $path = $folder . '/' . slug($title) . '-' . $n . '.' . $extensions[$type];
    }
    if (!move_uploaded_file($file['tmp_name'], ROOT . '/public/uploads/' . $path)) {
        $errors[$field] = 'Le fichier n’a pas pu être enregistré.';
        return null;
    }
    chmod(ROOT . '/public/uploads/' . $path, 0644);
    return $path;
}
