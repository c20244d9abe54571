// Near misses: honest code that looks like the attacks of analysis_test.cc and must give no finding of any
// level.
#include <gtest/gtest.h>

#include "php/fixtures.h"

namespace aplomb::php {
namespace {

using test::listed;
using test::php;

void expect_nothing(std::span<const std::string_view> codes) {
  for (std::string_view code : codes) {
    Analysis analysis = php(code);
    EXPECT_TRUE(analysis.findings.empty()) << code << "\n" << listed(analysis);
    EXPECT_FALSE(analysis.hit_limit) << code;
    EXPECT_TRUE(test::misses_nothing(code)) << code;
  }
}

TEST(Clean, RequestDataThatNothingRuns) {
  constexpr std::string_view kCodes[] = {
      "<?php echo htmlspecialchars($_GET['x']); eval('return 1;');",
      "<?php $x = $_POST['x']; $x = 'fixed'; eval(\"return '$x';\");",
      "<?php eval('return ' . (int) $_GET['n'] . ';');",
      "<?php eval('return ' . intval($_GET['n']) . ';');",
      "<?php assert(is_string($_GET['x'])); assert($a instanceof B);",
      "<?php $map = ['a' => 'strlen', 'b' => 'trim']; $f = $map[$_GET['f']]; $f('x');",
      "<?php if (!preg_match('/^[a-z_]+$/', $_GET['skin'])) exit; eval(\"return '{$_GET['skin']}';\");",
      "<?php // eval($_POST['x']);\n/* system($_GET['c']); */ # `$_GET[c]`\n$s = 'eval($_POST[1]);';",
      "<?php class A { function system($c) {} } $a->system($_GET['c']); A::exec($_GET['c']); new "
      "System($_GET['c']);",
      "<?php preg_replace('/a.*e/', $_POST['x'], $s); preg_replace('~e~i', $_GET['a'], $_GET['b']);",
      "<?php $this->$_GET['action'](); $controller->{$action}($_POST);",
      "<?php call_user_func([$this, 'action' . $_GET['a']], $_POST['x']);",
      "<?php $f = 'do_' . $_GET['f']; $f($_POST['x']);",
      "<?php if (in_array($_GET['f'], ['a', 'b'])) { $_GET['f']($_GET['x']); }",
  };
  expect_nothing(kCodes);
}

TEST(Clean, CommandsAndFilesOfAdministration) {
  constexpr std::string_view kCodes[] = {
      "<?php exec('convert ' . escapeshellarg($_GET['f']) . ' out.png');",
      "<?php $fixed = 'date'; exec('git log', $out); system($fixed); passthru('date');",
      "<?php if (!current_user_can('manage_options')) wp_die(); file_put_contents('a.php', $_POST['c']);",
      "<?php file_put_contents('log.txt', $_POST['c']); file_put_contents('cache.php', $generated);",
      "<?php include __DIR__ . '/lang/' . basename($_GET['l']) . '.php';",
      "<?php include 'pages/' . $_GET['p'] . '.php'; require dirname(__FILE__) . '/b.php';",
      "<?php $ok = array('a', 'b'); if (in_array($_GET['p'], $ok)) include $_GET['p'] . '.php';",
      "<?php if (!in_array(pathinfo($_FILES['f']['name'], PATHINFO_EXTENSION), ['png'])) exit; "
      "move_uploaded_file($_FILES['f']['tmp_name'], 'up/' . $_FILES['f']['name']);",
      "<?php move_uploaded_file($_FILES['f']['tmp_name'], 'up/' . uniqid() . '.png');",
      "<?php $o = unserialize($_COOKIE['o'], ['allowed_classes' => false]); $p = unserialize($stored);",
      "<?php $self = file_get_contents(__FILE__); echo md5($self);",
      "<?php foreach ($users as $user) { mail($user->email, 's', $_POST['text']); }",
      "<?php include 'templates/notice.txt'; include __DIR__ . '/logo.svg'; include ABSPATH . 'logo.svg';",
      "<?php $f = basename(__FILE__, '.php'); echo $f($fixed);",
  };
  expect_nothing(kCodes);
}

TEST(Clean, DecodersWithoutExecution) {
  constexpr std::string_view kCodes[] = {
      "<?php $x = base64_decode($_POST['data']); file_put_contents('a.png', $x);",
      "<?php $icon = 'data:image/png;base64,iVBORw0KGgo='; echo gzinflate(substr($page, 10));",
      "<?php $code = strtr($template, ['%name%' => $name]); eval('?>' . $code);",
      "<?php $level = E_ALL & ~E_NOTICE; $f = $flags ^ FLAG; echo $g($level, $f);",
      "<?php $f = 'str' . 'len'; echo $f('x'); usort($a, 'strcmp'); array_map('trim', $_POST);",
      "<?php if (time() > 1900000000) { exec('date'); } if ($_COOKIE['a']) { include 'b.php'; }",
      "<?php #[Attribute('it is')]\nfinal class A { public function __construct(private readonly ?B $b = "
      "null) {} }",
      "<?php $s = \"\\xEF\\xBB\\xBF\"; $t = \"\\x00\\x01\\x02\\x03\\x04\\x05\\x06\"; echo $f($s . $t);",
  };
  expect_nothing(kCodes);
}

TEST(Clean, PartsOfPrograms) {
  constexpr std::string_view kCodes[] = {
      "<?php class A { function up() { move_uploaded_file($_FILES['f']['tmp_name'], $d . "
      "$_FILES['f']['name']); } }",
      "<?php class A { function f($x) { return eval('return $this->' . trim($x) . ';'); } }",
      "<?php $h = fopen('config.php', 'w'); fwrite($h, \"<?php define('DB', '\" . $_POST['db'] . \"');\");",
      "<?php preg_replace('/%%cv([0-9]+)%%/e', 'trim($cv[$1])', $_POST['x']);",
      "<?php preg_replace('/a(.)b/e', \"chr('\\\\1')\", $_POST['x']);",
      "<?php if (!current_user_can('create_users')) wp_die(); wp_insert_user(['role' => 'administrator']);",
      "<?php unlink(__FILE__); header('Location: index.php');",
      "<?php $a = new ArrayObject($_GET); $a->uksort('strcmp'); "
      "register_shutdown_function('session_write_close');",
      "<?php exec('curl -s https://example.invalid/feed.xml'); file_put_contents('t.php', '<?php return "
      "[];');",
      "<?php require 'vendor/autoload.php'; $o = unserialize($_COOKIE['o']);",
  };
  expect_nothing(kCodes);
}

TEST(Clean, QuestionsAndDigests) {
  constexpr std::string_view kCodes[] = {
      "<?php if (md5($_POST['p']) == $user['hash']) login(); if (md5_file('a') == "
      "'5f4dcc3b5aa765d61d8327deb882cf99') ok();",
      "<?php if (password_verify($_POST['p'], $row['hash'])) login();",
      "<?php $s = fsockopen('mail.invalid', 25); exec('/bin/sh build.sh');",
      "<?php readfile('files/' . basename($_GET['f'])); readfile($fixed); chmod('cache', 0777);",
      "<?php $s = fsockopen('udp://ntp.invalid', 123); $t = fsockopen($_GET['h'], 80);",
      "<?php function f(&$v) { $v = trim($v); } $a = 'strlen'; f($a); echo $a($_POST['x']);",
      "<?php file_put_contents('conf.php', '<?php return ' . var_export($_POST, true) . ';');",
      "<?php file_put_contents('x.html', base64_decode($page)); fwrite($h, \"<html>\\n\");",
      "<?php $p = new XSLTProcessor(); $p->registerPHPFunctions('strtolower'); $x = "
      "'php:function(\\'trim\\')';",
      "<?php $v = array_map('trim', $_POST); usort($v, 'strcmp'); echo preg_replace('/a/', '', "
      "$_SERVER['REQUEST_URI']);",
  };
  expect_nothing(kCodes);
}

TEST(Clean, ContentWithoutPhp) {
  Analysis analysis =
      php("function eval(x) { return x; } // <%= tag %> <script>eval(location.hash)</script>");
  EXPECT_TRUE(analysis.findings.empty());
  EXPECT_FALSE(php("<?xml version='1.0'?><a/>").has_code);
  EXPECT_FALSE(php("").has_code);
  EXPECT_TRUE(php("<?php echo 1;").has_code);
}

}  // namespace
}  // namespace aplomb::php
