<?php

// Plants one inert mark of an attack: php markers.php SITE_DIR NAME          NAME: see MARKERS below
// Lists the marks that are left:      php markers.php SITE_DIR --check       exit status 1 when there are any
//
// A mark never does harm: it prints a token, or lies there. "encrypt" alone destroys something, the files of the
// demonstration itself, which is why a folder that setup.sh did not make is refused. Standard output has one line
// for each thing touched, separated by tabs: added, changed, removed or row; the path under SITE_DIR; for a row its
// table and its id.

declare(strict_types=1);

namespace Demo;

use FilesystemIterator;
use PDO;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;

const MARKERS = [
    'upload' => 'a PHP file among the uploaded pictures',
    'theme' => 'a line of the theme prints a token',
    'theme-get' => 'a line of the theme chooses a function by a request parameter',
    'setting' => 'server settings run a file before every page',
    'admin' => 'an administrator whom nobody made',
    'sleeper' => 'a file in a folder of the wiki that wakes up in five days',
    'unknown' => 'a harmless-looking class that no approval explains',
    'script' => 'a script in the text of an article',
    'encrypt' => 'uploads and wiki pages overwritten, renamed, a note left',
];
const TOKEN = 'APLOMB-MARKER-';
const DATABASE = 'town/data/town.db';
const NOTE = 'LISEZ-MOI-POUR-RECUPERER.txt';

final class Marks
{
    public function __construct(private readonly string $directory)
    {
    }

    public function plant(string $name): void
    {
        $token = TOKEN . $name;
        match ($name) {
            'upload' => $this->add('town/public/uploads/2026/vignette-halle.php', "<?php\necho '$token';\n"),
            'theme' => $this->insert('town/public/theme/header.php', "<body>\n", "<?php echo '<!-- $token -->'; ?>\n"),
            'theme-get' => $this->insert(
                'town/public/theme/footer.php',
                "</main>\n",
                "<?php \$m = ['u' => 'strtoupper', 't' => 'trim'][\$_GET['m'] ?? ''] ?? 'trim'; echo '<!-- ' . \$m('$token') . ' -->'; ?>\n"
            ),
            'setting' => $this->setting($token),
            'admin' => $this->admin(),
            'sleeper' => $this->add(
                'wiki/lib/images/smileys/local/cache.php',
                "<?php\nif (time() > " . (time() + 5 * 86_400) . ") {\n    echo '$token';\n}\n"
            ),
            'unknown' => $this->add('town/app/pages/part_label.php', self::label($token)),
            'script' => $this->script($token),
            'encrypt' => $this->encrypt($token),
        };
    }

    /** What is left of any mark. @return list<string> */
    public function left(): array
    {
        $found = [];
        foreach ($this->files('') as $path) {
            if (str_ends_with($path, '.locked') || basename($path) === NOTE) {
                $found[] = $path;
            } elseif ($path !== DATABASE && str_contains((string) file_get_contents("$this->directory/$path"), TOKEN)) {
                $found[] = $path;
            }
        }
        $rows = $this->database()->query(
            "SELECT 'users' || char(9) || id FROM users WHERE email LIKE '%@marker.example'
             UNION ALL SELECT 'news' || char(9) || id FROM news WHERE instr(body, '" . TOKEN . "') > 0"
        );
        foreach ($rows->fetchAll(PDO::FETCH_COLUMN) as $row) {
            $found[] = DATABASE . "\t" . $row;
        }
        return $found;
    }

    private function say(string $what, string $path, string ...$more): void
    {
        echo implode("\t", [$what, $path, ...$more]), "\n";
    }

    private function add(string $path, string $text): void
    {
        $file = "$this->directory/$path";
        is_dir(dirname($file)) || mkdir(dirname($file), 0755, true);
        file_exists($file) && stop("$path is already there");
        file_put_contents($file, $text) === strlen($text) || stop("cannot write $path");
        $this->say('added', $path);
    }

    private function insert(string $path, string $after, string $line): void
    {
        $text = (string) @file_get_contents("$this->directory/$path");
        $place = strpos($text, $after);
        if ($place === false || str_contains($text, $line)) {
            stop("$path is not as expected, or is already marked");
        }
        file_put_contents("$this->directory/$path", substr_replace($text, $line, $place + strlen($after), 0));
        $this->say('changed', $path);
    }

    private function setting(string $token): void
    {
        $prepended = 'town/public/uploads/.apercu.dat';
        $this->add($prepended, "<?php echo '<!-- $token -->';\n");
        $path = realpath($this->directory) . '/' . $prepended;
        foreach (['.user.ini' => "auto_prepend_file = \"$path\"\n", '.htaccess' => "php_value auto_prepend_file \"$path\"\n"] as $file => $line) {
            file_put_contents("$this->directory/town/public/$file", $line, FILE_APPEND);
            $this->say('changed', "town/public/$file");
        }
    }

    private function admin(): void
    {
        $hash = '$2y$10$matp3GNdFu/YBUo4v3lxGOLq1XOhehZlebkYKTfBuVfKb6kQbFsdq';
        $database = $this->database();
        $database->prepare(
            "INSERT INTO users (login, email, display_name, password_hash, role, created_at)
             VALUES ('support', 'support@marker.example', 'Support technique', ?, 'admin', ?)"
        )->execute([$hash, date('Y-m-d H:i:s')]);
        $this->say('row', DATABASE, 'users', $database->lastInsertId());
    }

    private function script(string $token): void
    {
        $database = $this->database();
        $id = $database->query('SELECT id FROM news ORDER BY published_at DESC, id DESC LIMIT 1 OFFSET 2')->fetchColumn();
        $database->prepare('UPDATE news SET body = body || ? WHERE id = ?')
            ->execute(["<script>console.log('$token')</script>", $id]);
        $this->say('row', DATABASE, 'news', (string) $id);
    }

    private function encrypt(string $token): void
    {
        foreach (['town/public/uploads', 'wiki/data/pages'] as $folder) {
            foreach ($this->files($folder) as $path) {
                $file = "$this->directory/$path";
                file_put_contents($file, random_bytes(max(64, (int) filesize($file))));
                rename($file, "$file.locked");
                $this->say('removed', $path);
                $this->say('added', "$path.locked");
            }
            $this->add("$folder/" . NOTE, "Vos fichiers sont verrouillés.\nCeci est une démonstration : $token\n");
        }
    }

    private static function label(string $token): string
    {
        return <<<PHP
            <?php

            namespace Town;

            final class Label
            {
                public function __construct(private readonly string \$name = '$token')
                {
                }

                public function text(): string
                {
                    return ucfirst(strtolower(\$this->name)) . '.';
                }
            }

            PHP;
    }

    /** Every file under a folder, as paths under the site folder, in order. @return list<string> */
    private function files(string $folder): array
    {
        $start = rtrim("$this->directory/$folder", '/');
        $paths = [];
        $entries = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($start, FilesystemIterator::SKIP_DOTS));
        foreach ($entries as $entry) {
            if ($entry->isFile() && !$entry->isLink()) {
                $paths[] = substr($entry->getPathname(), strlen($this->directory) + 1);
            }
        }
        sort($paths);
        return $paths;
    }

    private function database(): PDO
    {
        return new PDO("sqlite:$this->directory/" . DATABASE, null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    }
}

function stop(string $text): never
{
    fwrite(STDERR, "markers.php: $text\n");
    exit(2);
}

$directory = rtrim($argv[1] ?? '', '/');
$name = $argv[2] ?? '';
if ($argc !== 3 || (!isset(MARKERS[$name]) && $name !== '--check')) {
    $list = '';
    foreach (MARKERS as $known => $text) {
        $list .= sprintf("  %-10s %s\n", $known, $text);
    }
    stop("usage: php markers.php SITE_DIR NAME|--check\n$list");
}
is_file("$directory/.aplomb-demo") && is_file("$directory/" . DATABASE)
    || stop("$directory was not made by share/demo/setup.sh: nothing is planted there");
$marks = new Marks($directory);
if ($name !== '--check') {
    $marks->plant($name);
    exit(0);
}
$left = $marks->left();
echo $left === [] ? '' : implode("\n", $left) . "\n";
exit($left === [] ? 0 : 1);
