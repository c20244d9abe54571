<?php

namespace Town;

$title = 'Connexion';
if (current_user() !== null) {
    redirect('/admin');
}
$errors = [];
if (is_post()) {
    if (!form_token_ok(field('csrf'))) {
        $errors['csrf'] = 'La page était ouverte depuis trop longtemps. Recommencez.';
    } elseif (log_in(field('login', 60), field('password', 200))) {
        redirect('/admin');
    } else {
        $errors['login'] = 'L’identifiant ou le mot de passe est faux. Après cinq essais, attendez quinze minutes.';
    }
    http_response_code(422);
}
?>
<h1>Espace des agents</h1>
<?= error_list($errors) ?>
<form class="stacked" method="post" action="/admin/connexion">
  <?= csrf_field(form_token()) ?>

  <?= input('login', 'Identifiant', field('login', 60), $errors, ['autocomplete' => 'username', 'required' => 'required']) ?>
  <?= input('password', 'Mot de passe', '', [], ['type' => 'password', 'autocomplete' => 'current-password', 'required' => 'required']) ?>
  <p><button class="button">Se connecter</button></p>
</form>
