<?php

// The news as an RSS feed; the addresses are those the reader used.

namespace Town;

$scheme = ($_SERVER['HTTPS'] ?? '') === 'on' ? 'https' : 'http';
$host = preg_replace('/[^a-z0-9.:\[\]-]/i', '', (string) ($_SERVER['HTTP_HOST'] ?? 'localhost'));
$base = $scheme . '://' . $host;
$news = rows('SELECT slug, title, summary, published_at FROM news ORDER BY published_at DESC, id DESC LIMIT 15');
header('Content-Type: application/rss+xml; charset=utf-8');
echo '<?xml version="1.0" encoding="UTF-8"?>', "\n<rss version=\"2.0\"><channel>\n";
echo '<title>', e(setting('site_name')), '</title><link>', e($base), '/</link>';
echo '<description>', e(setting('description')), "</description><language>fr</language>\n";
foreach ($news as $item) {
    $link = $base . '/actualites/' . $item['slug'];
    echo '<item><title>', e($item['title']), '</title><link>', e($link), '</link><guid>', e($link), '</guid>';
    echo '<description>', e($item['summary']), '</description>';
    echo '<pubDate>', date(DATE_RSS, (int) strtotime($item['published_at'])), "</pubDate></item>\n";
}
echo "</channel></rss>\n";
exit;
