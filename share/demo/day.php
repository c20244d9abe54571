<?php

// One ordinary day on both sites: php day.php SITE_DIR N [--town=URL] [--wiki=URL]   (N from 1 to 12)
//
// Everything goes through the sites' own forms over HTTP, on the running servers when their addresses are given, on
// servers of its own otherwise. One act a line on standard output. The only act that is not a form is the change of
// a theme file on day 4, which the line marks as "code": a person is meant to approve it.

declare(strict_types=1);

namespace Demo;

use RuntimeException;
use Throwable;

require __DIR__ . '/browser.php';
require __DIR__ . '/days.php';
require __DIR__ . '/town/media.php';

final class Day
{
    /** @var array<string, Browser> one for each agent who is logged in */
    private array $agents = [];

    public function __construct(
        private readonly string $directory,
        private readonly int $number,
        private readonly int $time,
        private readonly string $town,
        private readonly string $wiki,
    ) {
    }

    public function live(): void
    {
        foreach (DAYS[$this->number] as $act) {
            $this->{array_shift($act)}(...$act);
        }
        foreach (VISITS as $site => $pages) {
            $browser = new Browser($site === 'town' ? $this->town : $this->wiki);
            foreach ($pages as $page) {
                $browser->get($page);
            }
            $this->say($site, 'visited', count($pages) . ' pages');
        }
    }

    private function say(string $site, string $what, string $detail): void
    {
        echo $site, "\t", $what, "\t", $detail, "\n";
    }

    private function agent(string $login): Browser
    {
        if (!isset($this->agents[$login])) {
            $browser = new Browser($this->town);
            $page = $browser->submit('/admin/connexion', 'password', ['login' => $login, 'password' => PASSWORDS[$login]]);
            if (!str_contains($page, 'Tableau de bord')) {
                throw new RuntimeException("the agent $login cannot log in");
            }
            $this->agents[$login] = $browser;
        }
        return $this->agents[$login];
    }

    private function date(int $days_later = 0): string
    {
        return date('Y-m-d', $this->time + 86_400 * $days_later);
    }

    private function expect(string $page, string $text): void
    {
        if (!str_contains(html_entity_decode($page, ENT_QUOTES | ENT_HTML5), $text)) {
            throw new RuntimeException("\"$text\" is not on the page that should show it");
        }
    }

    private function news(
        string $author,
        string $title,
        string $category,
        string $summary,
        string $text,
        string $picture = '',
        string $alt = '',
    ): void {
        $bytes = $this->number % 2 === 1 ? jpeg_landscape(100 + $this->number) : png_landscape(100 + $this->number);
        $type = $this->number % 2 === 1 ? 'jpeg' : 'png';
        $files = $picture === '' ? [] : ['picture' => ["$picture.$type", "image/$type", $bytes]];
        $page = $this->agent($author)->submit('/admin/actualites/nouvelle', 'summary', [
            'title' => $title, 'summary' => $summary, 'category' => $category, 'published_at' => $this->date(),
            'body' => "<p>$text</p>", 'picture_alt' => $alt,
        ], $files);
        $this->expect($page, $title);
        $this->say('town', 'news', $title);
    }

    private function event(
        string $author,
        string $title,
        string $category,
        string $place,
        int $day,
        string $hour,
        int $hours,
        string $text,
    ): void {
        $start = strtotime($this->date($day - $this->number) . ' ' . $hour);
        $page = $this->agent($author)->submit('/admin/agenda/nouveau', 'place', [
            'title' => $title, 'place' => $place, 'category' => $category, 'description' => $text,
            'starts_at' => date('Y-m-d\TH:i', $start), 'ends_at' => date('Y-m-d\TH:i', $start + 3600 * $hours),
        ]);
        $this->expect($page, $title);
        $this->say('town', 'event', $title);
    }

    private function document(string $author, string $title, string $kind, string $text): void
    {
        $pdf = pdf_page($title, ['Commune de Valombre-sur-Lière', $this->date(), $text]);
        $page = $this->agent($author)->submit('/admin/documents', 'kind', [
            'title' => $title, 'kind' => $kind, 'session_date' => $this->date(),
        ], ['file' => ['document.pdf', 'application/pdf', $pdf]]);
        $this->expect($page, $title);
        $this->say('town', 'document', $title);
    }

    private function message(string $name, string $subject, string $text): void
    {
        $email = strtolower((string) preg_replace('/[^A-Za-z]+/', '.', strtr($name, ['è' => 'e', 'é' => 'e'])));
        $page = (new Browser($this->town))->submit('/contact', 'subject', [
            'name' => $name, 'email' => trim($email, '.') . '@exemple.example', 'subject' => $subject, 'body' => $text,
            'website' => '',
        ]);
        $this->expect($page, 'votre message est arrivé');
        $this->say('town', 'message', $subject);
    }

    private function banner(string $text): void
    {
        $agent = $this->agent('claire');
        $form = $agent->get('/admin/reglages');
        $values = ['banner' => $text];
        foreach (['welcome', 'opening_hours', 'phone'] as $name) {
            if (preg_match('~<textarea id="' . $name . '"[^>]*>(.*?)</textarea>~s', $form, $found) !== 1) {
                throw new RuntimeException("the setting $name is not on the page");
            }
            $values[$name] = html_entity_decode($found[1], ENT_QUOTES | ENT_HTML5);
        }
        $agent->submit('/admin/reglages', 'banner', $values);
        $this->say('town', 'banner', $text === '' ? '(none)' : $text);
    }

    private function correct(string $author, string $slug, string $old, string $new): void
    {
        $agent = $this->agent($author);
        $list = $agent->get('/admin/actualites');
        $title = preg_match('~<h1>(.*?)</h1>~', $agent->get("/actualites/$slug"), $found) === 1 ? $found[1] : '';
        if (preg_match('~href="(/admin/actualites/\d+)">' . preg_quote($title, '~') . '<~', $list, $found) !== 1) {
            throw new RuntimeException("the article $slug is not in the list");
        }
        $page = new \DOMDocument();
        @$page->loadHTML('<?xml encoding="UTF-8">' . $agent->get($found[1]), LIBXML_NOERROR | LIBXML_NONET);
        $values = [];
        foreach (['title', 'published_at', 'picture_alt'] as $name) {
            $values[$name] = $page->getElementById($name)->getAttribute('value');
        }
        foreach (['summary', 'body'] as $name) {
            $values[$name] = str_replace($old, $new, trim($page->getElementById($name)->textContent));
        }
        foreach ($page->getElementById('category')->getElementsByTagName('option') as $option) {
            if ($option->hasAttribute('selected')) {
                $values['category'] = $option->getAttribute('value');
            }
        }
        $agent->submit($found[1], 'summary', $values);
        $this->expect($agent->get("/actualites/$slug"), $new);
        $this->say('town', 'corrected', $slug);
    }

    private function theme(string $file, string $old, string $new): void
    {
        $path = $this->directory . '/town/' . $file;
        $code = (string) file_get_contents($path);
        if (substr_count($code, $old) !== 1) {
            throw new RuntimeException("$path does not hold the line to change exactly once");
        }
        file_put_contents($path, str_replace($old, $new, $code));
        $this->say('town', 'code', $file);
    }

    private function wiki(string $page, string $summary, string $text): void
    {
        $browser = new Browser($this->wiki);
        $whole = str_starts_with($text, '======')
            ? $text . "\n"
            : rtrim($browser->get("/doku.php?id=$page&do=export_raw")) . "\n\n" . $text . "\n";
        $shown = $browser->submit("/doku.php?id=$page&do=edit", 'wikitext', [
            'wikitext' => $whole, 'summary' => $summary, 'do[save]' => '1',
        ]);
        if (str_contains($shown, 'id="dw__editform"')) {
            throw new RuntimeException("the wiki page $page was not saved");
        }
        $browser->get('/lib/exe/taskrunner.php?id=' . $page);
        $this->say('wiki', 'page', $page);
    }
}

function usage(string $text): never
{
    fwrite(STDERR, "day.php: $text\nusage: php day.php SITE_DIR N [--town=URL] [--wiki=URL]\n");
    exit(2);
}

$urls = ['town' => '', 'wiki' => ''];
$words = [];
foreach (array_slice($argv, 1) as $argument) {
    if (preg_match('~^--(town|wiki)=(http://[^/]+)/?$~', $argument, $found) === 1) {
        $urls[$found[1]] = $found[2];
    } else {
        $words[] = $argument;
    }
}
count($words) === 2 || usage('two arguments are needed');
[$directory, $number] = [rtrim($words[0], '/'), (int) $words[1]];
isset(DAYS[$number]) || usage("there is no day $words[1]");
is_file("$directory/.aplomb-demo") || usage("$directory was not made by setup.sh");
date_default_timezone_set('Europe/Paris');
$time = strtotime(trim((string) file_get_contents("$directory/.aplomb-demo")) . " 12:00 +$number days");
try {
    $servers = [];
    foreach (['town' => 'town/public', 'wiki' => 'wiki'] as $site => $root) {
        if ($urls[$site] === '') {
            $servers[$site] = new Server("$directory/$root", "$directory/$site/router.php");
            $urls[$site] = $servers[$site]->url;
        }
    }
    (new Day($directory, $number, $time, $urls['town'], $urls['wiki']))->live();
} catch (Throwable $problem) {
    fwrite(STDERR, "day.php: day $number: " . $problem->getMessage() . "\n");
    $servers = [];
    exit(3);
}
