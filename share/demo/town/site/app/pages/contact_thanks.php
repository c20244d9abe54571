<?php

namespace Town;

$title = 'Message envoyé';
?>
<h1>Merci, votre message est arrivé</h1>
<p class="done">Le secrétariat de la mairie vous répondra sous deux jours ouvrés.</p>
<p><a href="/">Revenir à l’accueil</a></p>
