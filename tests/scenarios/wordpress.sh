#!/usr/bin/env bash
# A real WordPress on MariaDB, php-fpm and nginx, from Debian's packages, on a folder, sockets and a loopback port of
# its own: protected, lived with, attacked with inert markers in files and in the database, worked on by honest people
# after it, recovered. No marker is left, everybody's work is there, the pages answer; an undo brings the hacked
# database back, and recovering again works.
. "$(dirname "$0")/lib.sh"
fpm=$(compgen -c php-fpm | sort -V | tail -n 1 || true)
for program in mariadbd mariadb-install-db mariadb mariadb-dump nginx curl "${fpm:-php-fpm}"; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] ||
    skip "there is no $program here (Debian: see packages.txt, section sites)"
done
[ -f /usr/share/wordpress/wp-load.php ] || skip "there is no WordPress here (Debian: see packages.txt, section sites)"
export PATH=$PATH:/usr/sbin:/sbin APLOMB_PASSPHRASE="a passphrase of the scenario"

# ---- the servers ----
# As root, each server works as its own user; else as whoever runs this.
web= sql=()
if [ "$(id -u)" -eq 0 ]; then web=www-data sql=(--user=mysql); fi
chmod 755 "$work"
site=$work/site
run=$work/run
mkdir -p "$run/nginx" "$work/db"
chmod 777 "$run"
sock=$run/db.sock

stop_wordpress() {
  local status=$?
  set +e  # a failure must not end this before the servers are stopped
  # Not its child: the start command of the site may have started it.
  if [ -s "$run/fpm.pid" ]; then kill "$(cat "$run/fpm.pid")" 2>/dev/null || true; fi
  if [ -f "$APLOMB_CONFIG" ]; then aplomb continuity mairie stop >"$work/stopped" 2>&1; fi  # of a recovery that failed
  (exit "$status")
  end_of_scenario
}
trap stop_wordpress EXIT

[ -z "$web" ] || chown mysql "$work/db"
mariadb-install-db --no-defaults --datadir="$work/db" "${sql[@]}" --auth-root-authentication-method=normal \
  --skip-test-db --innodb-log-file-size=8M >"$work/db.log" 2>&1 || fail "MariaDB makes no database: $(tail -n 3 "$work/db.log")"
mariadbd --no-defaults --datadir="$work/db" "${sql[@]}" --socket="$sock" --skip-networking --pid-file="$run/db.pid" \
  --innodb-buffer-pool-size=64M --innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=0 >>"$work/db.log" 2>&1 &
server_pids+=($!)
root_sql() { mariadb --no-defaults --socket="$sock" --user=root "$@"; }
for ((i = 0; i < 200; i++)); do root_sql -e "SELECT 1" >/dev/null 2>&1 && break; sleep 0.1; done
password="l'été \\ \$x"
root_sql -e "CREATE DATABASE mairie CHARACTER SET utf8mb4;
  CREATE USER wp@localhost IDENTIFIED BY 'l\\'été \\\\ \$x'; GRANT ALL ON mairie.* TO wp@localhost"
# With the password that the CMS's own configuration has; the first one has letters that it escapes.
site_sql() {
  local now
  now=$(sed -n "s/^define( 'DB_PASSWORD', '\([A-Za-z0-9-]*\)' );/\1/p" "$site/wp-config.php" 2>/dev/null)
  MYSQL_PWD=${now:-$password} mariadb --no-defaults --socket="$sock" --user=wp --default-character-set=utf8mb4 -N mairie "$@"
}

cat >"$run/fpm.conf" <<END
[global]
error_log = $run/fpm.log
pid = $run/fpm.pid
daemonize = yes
[www]
$([ -z "$web" ] || echo "user = www-data
group = www-data
listen.owner = www-data")
listen = $run/fpm.sock
pm = static
pm.max_children = 3
END
nginx_conf() {
cat >"$run/nginx.conf" <<END
$([ -z "$web" ] || echo "user www-data;")
worker_processes 1;
pid $run/nginx.pid;
error_log $run/nginx.log;
daemon off;
events { worker_connections 64; }
http {
  types { text/html html; text/css css; application/javascript js; image/jpeg jpg; }
  access_log off;
  client_body_temp_path $run/nginx; proxy_temp_path $run/nginx; fastcgi_temp_path $run/nginx;
  uwsgi_temp_path $run/nginx; scgi_temp_path $run/nginx;
  client_max_body_size 16m;
  server {
    listen 127.0.0.1:$port;
    root $site;
    index index.php;
    location / { try_files \$uri \$uri/ /index.php?\$args; }
    location ~ \\.php\$ {
      include /etc/nginx/fastcgi_params;
      fastcgi_param HTTP_HOST \$http_host;
      fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
      fastcgi_pass unix:$run/fpm.sock;
    }
  }
}
END
}
# On a port that is free: another program may have taken the first one.
start_nginx() {
  local tries
  for tries in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
    nginx_conf
    nginx -c "$run/nginx.conf" -e "$run/nginx.log" -p "$run/" >"$run/nginx.start" 2>&1 &
    server_pids+=($!)
    for ((i = 0; i < 100; i++)); do
      if [ -s "$run/nginx.pid" ]; then return; fi
      kill -0 $! 2>/dev/null || break
      sleep 0.05
    done
  done
  fail "nginx does not start: $(tail -n 3 "$run/nginx.log")"
}

# ---- WordPress, as its own release would lie there: a tree that the web server's user owns ----
mkdir "$site"
start_nginx
url=http://127.0.0.1:$port
cp -rL /usr/share/wordpress/. "$site" 2>/dev/null || true
rm -f "$site/wp-config.php"
{
  echo '<?php'
  echo "define( 'DB_NAME', 'mairie' );"
  echo "define( 'DB_USER', 'wp' );"
  echo "define( 'DB_PASSWORD', 'l\\'été \\\\ \$x' );"
  echo "define( 'DB_HOST', 'localhost:$sock' );"
  echo "define( 'DB_CHARSET', 'utf8mb4' );"
  echo "define( 'DB_COLLATE', '' );"
  for key in AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT; do
    echo "define( '$key', '$(head -c 32 /dev/urandom | xxd -p -c 64)' );"
  done
  # No machine but this one is ever asked.
  echo "define( 'WP_HTTP_BLOCK_EXTERNAL', true );"
  echo "define( 'AUTOMATIC_UPDATER_DISABLED', true );"
  echo "define( 'DISABLE_WP_CRON', true );"
  echo "define( 'WP_HOME', '$url' );"
  echo "define( 'WP_SITEURL', '$url' );"
  echo "\$table_prefix = 'wp_';"
  echo "if ( ! defined( 'ABSPATH' ) ) { define( 'ABSPATH', __DIR__ . '/' ); }"
  echo "require_once ABSPATH . 'wp-settings.php';"
} >"$site/wp-config.php"
mkdir -p "$site/wp-content/uploads"
[ -z "$web" ] || chown -R www-data:www-data "$site"

start_fpm() { "$fpm" --fpm-config "$run/fpm.conf" >"$run/fpm.start" 2>&1 || fail "$(cat "$run/fpm.start")"; }
start_fpm

# WordPress' own functions, from the command line, as the web server's user.
as_web() { if [ -n "$web" ]; then setpriv --reuid=www-data --regid=www-data --clear-groups "$@"; else "$@"; fi; }
wp() {
  { echo '<?php'; echo "\$_SERVER['HTTP_HOST'] = '127.0.0.1:$port'; \$_SERVER['REQUEST_URI'] = '/';"; cat; } >"$run/step.php"
  as_web php -d display_errors=stderr "$run/step.php" >"$run/step.out" 2>"$run/step.err" || {
    tail -n 5 "$run/step.err" "$run/step.out" >&2
    fail "WordPress refuses"
  }
}
french=
[ ! -f "$site/wp-content/languages/fr_FR.mo" ] || french=fr_FR
wp <<END
define( 'WP_INSTALLING', true );
require '$site/wp-load.php';
require '$site/wp-admin/includes/upgrade.php';
function wp_new_blog_notification() {}
wp_install( 'Mairie de Saint-Aubin', 'maire', 'maire@example.org', true, '', 'mot de passe du maire', '$french' );
END
wp <<END
require '$site/wp-load.php';
require ABSPATH . 'wp-admin/includes/image.php';
foreach ( array( 'agent' => 'editor', 'lecteur' => 'subscriber' ) as \$login => \$role )
  wp_insert_user( array( 'user_login' => \$login, 'user_pass' => 'mot de passe de ' . \$login, 'role' => \$role,
    'user_email' => \$login . '@example.org' ) );
for ( \$i = 1; \$i <= 40; \$i++ )
  wp_insert_post( array( 'post_title' => "Conseil n° \$i", 'post_status' => 'publish', 'post_author' => 2,
    'post_content' => "<p>Le conseil « \$i » se réunit à l'école ; \\\\ l'ordre du jour est affiché.</p>" ) );
\$saved = wp_upload_bits( 'mairie.jpg', null, "\\xff\\xd8\\xff\\xe0" . random_bytes( 20000 ) );
wp_insert_attachment( array( 'post_title' => 'La mairie', 'post_mime_type' => 'image/jpeg', 'post_status' => 'inherit' ), \$saved['file'] );
END
# A text that would start programs, end statements or read files, if a client took it for its own commands.
printf 'Avis\n\\! touch %s\nDELIMITER ;\nsystem touch %s\nsource %s\n;; */ -- \n\047; \\q\n' "$run/escaped" "$run/escaped" "$run/step.php" >"$work/notice"
notice=$(xxd -p "$work/notice" | tr -d '\n')
site_sql -e "UPDATE wp_posts SET post_content = UNHEX('$notice') WHERE post_title = 'Conseil n° 7'"
# What a database may hold besides: another engine, bytes, a view, a trigger, a routine, an event.
site_sql <<'END'
CREATE TABLE compteur (id INT PRIMARY KEY, visites INT, octets VARBINARY(20), prix DECIMAL(8,2)) ENGINE=MyISAM;
INSERT INTO compteur VALUES (1, 10, 0x00ff0d0a5c27, 12.50), (2, 3, '', NULL);
CREATE TABLE journal (texte TEXT, le DATETIME(3));
INSERT INTO journal VALUES ('ouvert', '2026-11-01 08:00:00.125'), (NULL, NULL);
CREATE VIEW recents AS SELECT ID, post_title FROM wp_posts WHERE post_status = 'publish';
CREATE TRIGGER compte AFTER INSERT ON journal FOR EACH ROW UPDATE compteur SET visites = visites + 1 WHERE id = 1;
DELIMITER ;;
CREATE PROCEDURE menage() BEGIN DELETE FROM journal WHERE texte = 'vieux'; END;;
CREATE EVENT chaque_nuit ON SCHEDULE EVERY 1 DAY DISABLE DO CALL menage();;
END

curl -sS --max-time 20 --retry 20 --retry-connrefused --retry-delay 0 -o "$work/home" "$url/" || fail "no page"
assert_contains "$work/home" "Mairie de Saint-Aubin"

# A person in a browser: logs in, publishes by the editor's own interface.
log_in() {
  curl -sS -c "$work/jar-$1" -b "wordpress_test_cookie=WP%20Cookie%20check" --data-urlencode "log=$1" \
    --data-urlencode "pwd=$2" -d "wp-submit=1&testcookie=1" -o "$work/login" "$url/wp-login.php"
  grep -q wordpress_logged_in "$work/jar-$1"
}
publish() {
  nonce=$(curl -sS -b "$work/jar-$1" "$url/wp-admin/admin-ajax.php?action=rest-nonce")
  curl -sS -b "$work/jar-$1" -H "X-WP-Nonce: $nonce" --data-urlencode "title=$2" --data-urlencode "content=$3" \
    -d status=publish -o "$work/post.json" "$url/?rest_route=/wp/v2/posts"
  jq -re .id "$work/post.json" >"$work/post" || fail "not published: $(head -c 300 "$work/post.json")"
}
log_in agent "mot de passe de agent" || fail "the agent cannot log in"
publish agent "Marché" "<p>Le marché a lieu samedi.</p>"

# ---- protected; init finds the database by itself ----
run_expect 0 aplomb --json init --root "$site" --name mairie --url "$url" --vault "file:$work/vault" \
  --recovery-key "$work/recovery.key" --yes
assert_json .verdict proven-clean
assert_true_json '.sites[0].databases[0] | startswith("mariadb://wp@localhost/mairie?socket=")'
if grep -rqF 'été' "$APLOMB_CONFIG" "$work/aplomb-state/owner.key"; then fail "the password was copied"; fi
key=(--recovery-key "$work/recovery.key")
cat >"$run/stop" <<END
#!/bin/sh
pid=\$(cat "$run/fpm.pid" 2>/dev/null) || exit 0
kill "\$pid" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "\$pid" 2>/dev/null || exit 0; sleep 0.1; done
END
sed -i "s|^stop = .*|stop = [\"sh $run/stop\"]|; s|^start = .*|start = [\"$fpm --fpm-config $run/fpm.conf\"]|" "$APLOMB_CONFIG"

# A database that cannot be reached is not protected, and that is said.
mkdir -p "$work/beside/site"
sed "s/define( 'DB_PASSWORD', .*/define( 'DB_PASSWORD', 'another' );/" "$site/wp-config.php" >"$work/beside/site/wp-config.php"
APLOMB_CONFIG=$work/beside/aplomb.toml run_expect 0 aplomb --json init --root "$work/beside/site" --name beside \
  --vault "file:$work/beside/vault" --recovery-key "$work/beside/recovery.key" --yes
assert_true_json '.sites[0].databases == [] and (.sites[0].databases_unprotected[0].reason | contains("Access denied"))'
rm -r "$work/beside"

# Ordinary life is quiet.
wp <<END
require '$site/wp-load.php';
wp_insert_comment( array( 'comment_post_ID' => 1, 'comment_content' => 'Merci !', 'comment_author' => 'Jeanne', 'comment_approved' => 1 ) );
wp_insert_user( array( 'user_login' => 'jeanne', 'user_pass' => 'mot de passe de Jeanne', 'role' => 'subscriber' ) );
do_action( 'wp_scheduled_delete' );
END
site_sql -e "INSERT INTO journal VALUES ('vu', NOW(3))"
log_in agent "mot de passe de agent"
publish agent "Fête" "<p>La fête est <b>dimanche</b>.</p>"
run_expect 0 aplomb --json backup mairie
assert_json .verdict proven-clean
assert_true_json '.seconds_between_databases_and_files > 0'
good=$(jq -r .snapshot "$work/out")

# ---- what an intruder may carry away: cookies, passwords, a key for programs ----
log_in maire "mot de passe du maire" || fail "the mayor cannot log in"
cp "$work/jar-maire" "$work/stolen-maire"
cp "$work/jar-agent" "$work/stolen-agent"
signed_in() { [ "$(curl -sS -b "$1" -o "$work/profile" -w '%{http_code}' "$url/wp-admin/profile.php")" = 200 ]; }
signed_in "$work/stolen-maire" || fail "the cookie does not serve before"

# ---- the attack: inert markers ----
wp <<END
require '$site/wp-load.php';
WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'M4RKER' ) );
END
mkdir -p "$site/wp-content/uploads/2026"
echo '<?php echo "M4RKER-upload";' >"$site/wp-content/uploads/2026/x.php"
header=$(find "$site/wp-content/themes" -name '*.php' | sort | tail -n 1)
echo '/* M4RKER-theme */ echo "";' >>"$header"
site_sql <<'END'
INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_registered, display_name)
  VALUES (99, 'M4RKER-admin', '$P$Bxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'm', 'm@example.org', NOW(), 'm');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (99, 'wp_capabilities', 'a:1:{s:13:"administrator";b:1;}'), (99, 'wp_user_level', '10');
UPDATE wp_usermeta SET meta_value = 'a:1:{s:13:"administrator";b:1;}' WHERE meta_key = 'wp_capabilities' AND user_id = (SELECT ID FROM wp_users WHERE user_login = 'lecteur');
UPDATE wp_options SET option_value = 'a:1:{i:0;s:17:"M4RKER/plugin.php";}' WHERE option_name = 'active_plugins';
UPDATE wp_posts SET post_content = CONCAT(post_content, '<script>console.log("M4RKER-script")</script>') WHERE post_title IN ('Marché', 'Conseil n° 7');
DROP TRIGGER compte;
DROP VIEW recents;
DELIMITER ;;
CREATE TRIGGER marker AFTER INSERT ON wp_posts FOR EACH ROW UPDATE wp_options SET option_value = 'M4RKER' WHERE option_name = 'M4RKER-trigger';;
CREATE PROCEDURE M4RKER_routine() SELECT 1;;
CREATE EVENT M4RKER_event ON SCHEDULE EVERY 1 DAY DISABLE DO CALL M4RKER_routine();;
END
run_expect 1 aplomb --json backup mairie

# ---- honest work after it ----
log_in agent "mot de passe de agent"
publish agent "Crue" "<p>Le pont est fermé ; l'eau monte.</p>"
publish agent "Après" "<p>Le conseil se réunit jeudi à 18 h.</p>"
wp <<END
require '$site/wp-load.php';
\$saved = wp_upload_bits( 'crue.jpg', null, "\\xff\\xd8\\xff\\xe0" . random_bytes( 30000 ) );
wp_insert_attachment( array( 'post_title' => 'La crue', 'post_mime_type' => 'image/jpeg', 'post_status' => 'inherit' ), \$saved['file'] );
wp_insert_comment( array( 'comment_post_ID' => 1, 'comment_content' => 'Bon courage', 'comment_author' => 'Paul', 'comment_approved' => 1 ) );
wp_insert_user( array( 'user_login' => 'paul', 'user_pass' => 'mot de passe de Paul', 'role' => 'subscriber' ) );
END
photo=$(find "$site/wp-content/uploads" -name 'crue.jpg')
sha256sum "$photo" >"$work/photo"
# Without what the visits of this scenario themselves write.
site_dump() {
  mariadb-dump --no-defaults --socket="$sock" --user=root --skip-comments --skip-dump-date --skip-extended-insert \
    --order-by-primary --hex-blob --routines --events mairie |
    grep -v -e session_tokens -e _transient -e default_password_nag | sed 's/ AUTO_INCREMENT=[0-9]*//'
}
site_dump >"$work/hacked.sql"
cp -a "$site" "$work/hacked"

run_expect 1 aplomb --json "${key[@]}" clean-point mairie
assert_json .clean_point "$good"
run_expect 1 aplomb --json "${key[@]}" history mairie
for object in x.php wp_users/99 active_plugins trigger:marker routine:M4RKER_routine event:M4RKER_event; do
  [ "$object" = active_plugins ] || assert_true_json "[.events[].path] | any(contains(\"$object\"))"
done

# ---- recovered ----
check_recovered() {
  assert_json .verified true
  assert_json .point "$good"
  if grep -rl M4RKER "$site" >"$work/left"; then cat "$work/left" >&2; fail "a marker is left in a file"; fi
  site_dump >"$work/recovered.sql"
  if grep -n M4RKER "$work/recovered.sql" >"$work/left"; then cut -c1-200 "$work/left" >&2; fail "a marker is left in the database"; fi
  assert_eq "a:0:{}" "$(site_sql -e "SELECT option_value FROM wp_options WHERE option_name = 'active_plugins'")" "the plugins"
  assert_eq 'a:1:{s:10:"subscriber";b:1;}' "$(site_sql -e "SELECT meta_value FROM wp_usermeta JOIN wp_users ON ID = user_id WHERE meta_key = 'wp_capabilities' AND user_login = 'lecteur'")" "the reader's role"
  for title in Marché Fête Crue Après "Conseil n° 40" "La crue"; do
    assert_eq 1 "$(site_sql -e "SELECT COUNT(*) FROM wp_posts WHERE post_title = '$title' AND post_status IN ('publish', 'inherit') AND post_type <> 'revision'")" "the post $title"
  done
  assert_eq 1 "$(site_sql -e "SELECT COUNT(*) FROM wp_users WHERE user_login = 'paul'")" "the new reader"
  assert_eq 1 "$(site_sql -e "SELECT COUNT(*) FROM wp_comments WHERE comment_content = 'Bon courage'")" "the new comment"
  assert_eq "00FF0D0A5C27 12.50" "$(site_sql -e "SELECT CONCAT(HEX(octets), ' ', prix) FROM compteur WHERE id = 1")" "the bytes"
  assert_eq 1 "$(site_sql -e "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'mairie' AND trigger_name = 'compte'")" "the trigger"
  assert_eq "${notice^^}" "$(site_sql -e "SELECT HEX(post_content) FROM wp_posts WHERE post_title = 'Conseil n° 7' AND post_type = 'post'")" "the notice"
  [ ! -e "$run/escaped" ] || fail "a text of the database was taken for a command"
  [ "$(site_sql -e "SELECT COUNT(*) FROM recents")" -ge 40 ] || fail "the view is not back"
  sha256sum -c --quiet "$work/photo" || fail "the upload after the attack"
  for page in "/" "/?s=conseil" "/wp-login.php" "/?p=$(site_sql -e "SELECT MIN(ID) FROM wp_posts WHERE post_title = 'Crue'")"; do
    curl -sSL --fail --max-time 20 -o "$work/page" "$url$page" || fail "no page $page"
  done
  assert_contains "$work/page" "Le pont est fermé"
  log_in agent "mot de passe de agent" || fail "the agent cannot log in after the recovery"
}
# Nothing that was carried away opens anything.
check_secrets() {
  local jar link form
  for jar in stolen-maire stolen-agent; do
    if signed_in "$work/$jar"; then fail "an old cookie still serves"; fi
  done
  if log_in maire "mot de passe du maire"; then fail "an old password of an administrator still serves"; fi
  if MYSQL_PWD=$password mariadb --no-defaults --socket="$sock" --user=wp -e "SELECT 1" mairie >"$work/refused" 2>&1; then
    fail "the old password of the database still serves"
  fi
  assert_eq 0 "$(site_sql -e "SELECT COUNT(*) FROM wp_usermeta WHERE meta_key = '_application_passwords'")" "application passwords"
  assert_eq 600 "$(stat -c %a "$work/aplomb-state/sites/mairie/recovery/secrets")" "the mode of the private file"
  if grep -qF "$(sed -n "s/^define( 'DB_PASSWORD', '\(.*\)' );/\1/p" "$site/wp-config.php")" "$work/recovery.json"; then
    fail "the report shows a password"
  fi
  # The link that the administrator was given serves once.
  link=$(jq -r '.administrators[] | select(.login == "maire") | .link' "$work/recovery.json")
  assert_eq 1 "$(jq '.administrators | length' "$work/recovery.json")" "administrators"
  curl -sSL -c "$work/reset" -b "$work/reset" -o "$work/form" "$link"
  form=$(sed -n 's/.*name="rp_key" value="\([^"]*\)".*/\1/p' "$work/form")
  [ -n "$form" ] || fail "the link shows no form"
  curl -sSL -c "$work/reset" -b "$work/reset" --data-urlencode "pass1=le nouveau mot de passe" \
    --data-urlencode "pass2=le nouveau mot de passe" -d "rp_key=$form" -o "$work/form" "$url/wp-login.php?action=resetpass"
  log_in maire "le nouveau mot de passe" || fail "the new password is not taken"
  curl -sSL -c "$work/again" -b "$work/again" -o "$work/form" "$link"
  if grep -q 'name="rp_key"' "$work/form"; then fail "the link serves twice"; fi
}
run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
check_recovered
cp "$work/out" "$work/recovery.json"
assert_true_json '.rejected | map(.path) | any(contains("wp_users/99"))' "$work/recovery.json"

# ---- taken back: the hacked state, in files and rows; and recovered again ----
run_expect 0 aplomb --json recover mairie --undo
assert_same_tree "$work/hacked" "$site"
site_dump >"$work/undone.sql"
diff "$work/hacked.sql" "$work/undone.sql" >"$work/diff" || { head -n 10 "$work/diff" | cut -c1-300 >&2; fail "the undone database differs"; }
[ ! -e "$work/aplomb-state/sites/mairie/recovery/secrets" ] || fail "the passwords are kept after an undo"
good=$(jq -r .snapshot "$work/recovery.json")  # what the first recovery made is proven clean too
run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
check_recovered
cp "$work/out" "$work/recovery.json"
check_secrets
run_expect 0 aplomb --json recover mairie --confirm
[ ! -e "$work/aplomb-state/sites/mairie/recovery/secrets" ] || fail "the passwords are kept after the end"
# The mayor's own new password is the one question; the administrator answers it.
run_expect 1 aplomb --json backup mairie
assert_json '[.findings[].path] | join(" ")' db:mairie.sql/wp_users/1
run_expect 0 aplomb --json approve mairie --yes
run_expect 0 aplomb --json backup mairie
assert_json .verdict proven-clean
log_in agent "mot de passe de agent" || fail "the agent cannot log in again"

# ---- the database is dropped, and the password destroyed: the last copy comes back ----
publish agent "Rouvert" "<p>Le pont est rouvert.</p>"
run_expect 0 aplomb --json backup mairie
echo '<?php echo "M4RKER-again";' >"$site/wp-content/uploads/again.php"
site_sql -e "DROP DATABASE mairie"
head -c 3000 /dev/urandom >"$site/wp-config.php"
run_expect 1 aplomb --json backup mairie
run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
assert_json .verified true
assert_true_json '.secrets | any(contains("the password of the database mairie"))'
assert_eq 1 "$(site_sql -e "SELECT COUNT(*) FROM wp_posts WHERE post_title = 'Rouvert' AND post_type = 'post'")" "the last post"
page "$url/" >"$work/page"
assert_contains "$work/page" "Rouvert"
run_expect 0 aplomb --json recover mairie --confirm

# ---- the CMS is pointed at another database: nobody follows, and it is said ----
sed -i "s/'mairie'/'autre'/" "$site/wp-config.php"
run_expect 1 aplomb --json backup mairie
assert_true_json '.warnings | map(.reason) | any(contains("names another database"))'
