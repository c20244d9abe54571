<?php

// The wiki of the town's agents: French, open to those who can reach it, everything under its own folder.

$conf['title'] = 'Wiki des services';
$conf['tagline'] = 'Mairie de Valombre-sur-Lière';
$conf['lang'] = 'fr';
$conf['start'] = 'accueil';
$conf['license'] = '';
$conf['savedir'] = './data';
$conf['useacl'] = 0;
$conf['updatecheck'] = 0;
$conf['dnslookups'] = 0;
$conf['sitemap'] = 0;
$conf['disableactions'] = 'register,resendpwd,profile,profile_delete';
