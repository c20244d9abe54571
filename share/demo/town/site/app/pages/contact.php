<?php

// The contact form. A message is stored when the form is one of ours, is complete, and its trap is empty.

namespace Town;

$title = 'Contact';
$description = 'Écrire à la mairie de Valombre-sur-Lière.';
$errors = [];
$message = ['name' => '', 'email' => '', 'subject' => '', 'body' => ''];
if (is_post()) {
    $message = [
        'name' => field('name', 120),
        'email' => field('email', 200),
        'subject' => field('subject', 200),
        'body' => field('body', 8000),
    ];
    if (!form_token_ok(field('csrf'))) {
        $errors['csrf'] = 'La page était ouverte depuis trop longtemps. Envoyez de nouveau le formulaire.';
    }
    if ($message['name'] === '') {
        $errors['name'] = 'Indiquez votre nom.';
    }
    if (filter_var($message['email'], FILTER_VALIDATE_EMAIL) === false) {
        $errors['email'] = 'Indiquez une adresse électronique complète, par exemple nom@exemple.fr.';
    }
    if ($message['subject'] === '') {
        $errors['subject'] = 'Indiquez l’objet de votre message.';
    }
    if ($message['body'] === '') {
        $errors['body'] = 'Écrivez votre message (8 000 caractères au plus).';
    }
    if ($errors === []) {
        if (field('website') === '') {
            query(
                'INSERT INTO messages (name, email, subject, body, created_at) VALUES (?, ?, ?, ?, ?)',
                [...array_values($message), date('Y-m-d H:i:s')]
            );
        }
        redirect('/contact/merci');
    }
    http_response_code(422);
}
?>
<h1>Contacter la mairie</h1>
<p>Le secrétariat répond sous deux jours ouvrés. En cas d’urgence, composez le 112. Tous les champs sont nécessaires.</p>
<?= error_list($errors) ?>
<form class="stacked" method="post" action="/contact" novalidate>
  <?= csrf_field(form_token()) ?>

  <?= input('name', 'Nom et prénom', $message['name'], $errors, ['autocomplete' => 'name', 'maxlength' => 120]) ?>
  <?= input('email', 'Adresse électronique', $message['email'], $errors, ['type' => 'email', 'autocomplete' => 'email', 'hint' => 'Elle sert à vous répondre et à rien d’autre.']) ?>
  <?= input('subject', 'Objet', $message['subject'], $errors, ['maxlength' => 200]) ?>
  <?= input('body', 'Message', $message['body'], $errors, ['rows' => 8, 'maxlength' => 8000]) ?>
  <div class="trap" aria-hidden="true">
    <?= input('website', 'Ne remplissez pas ce champ', '', [], ['tabindex' => -1, 'autocomplete' => 'off']) ?>
  </div>
  <p><button class="button">Envoyer le message</button></p>
</form>
<p class="hint">Vos données sont conservées un an pour traiter votre demande (règlement européen 2016/679). Vous pouvez
  les consulter ou les faire effacer en écrivant au délégué à la protection des données de la mairie.</p>
