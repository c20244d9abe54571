<?php

// What comes, then what has been.

namespace Town;

$title = 'Agenda';
$description = 'Fêtes, réunions et sorties à Valombre-sur-Lière.';
?>
<h1>Agenda</h1>
<?php
echo fragment('agenda', 600, function (): void {
    $now = date('Y-m-d H:i');
    $columns = 'title, place, starts_at, category, description';
    $events = rows("SELECT $columns FROM events WHERE ends_at >= ? ORDER BY starts_at, id", [$now]);
    echo "<section aria-labelledby=\"a-venir\">\n<h2 id=\"a-venir\">À venir</h2>\n";
    require ROOT . '/app/pages/part_events.php';
    echo "</section>\n";
    $events = rows("SELECT $columns FROM events WHERE ends_at < ? ORDER BY starts_at DESC, id LIMIT 12", [$now]);
    if ($events !== []) {
        echo "<section aria-labelledby=\"passe\">\n<h2 id=\"passe\">C’était il y a peu</h2>\n";
        require ROOT . '/app/pages/part_events.php';
        echo "</section>\n";
    }
});
