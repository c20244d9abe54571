#!/bin/bash
# A site of files and SQLite from outside: protect, live, attack, name the clean point, recover; then undo, recover
# again, confirm. Every legitimate byte is back, no marker is left, the JSON and the exit codes are as promised.
. "$(dirname "$0")/lib.sh"

export APLOMB_PASSPHRASE="a passphrase for tests"
site=$work/www
mkdir -p "$site"/{public/theme,public/uploads,data,cache}
echo '<?php require __DIR__ . "/theme/header.php"; echo "accueil";' >"$site/public/index.php"
echo '<?php echo "<header>Mairie</header>";' >"$site/public/theme/header.php"
ln -s index.php "$site/public/accueil.php"
echo 'body { color: #123 }' >"$site/public/theme/style.css"
printf '<Files "*.php">\nRequire all denied\n</Files>\n' >"$site/public/uploads/.htaccess"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  { printf '\xff\xd8\xff\xe0'; head -c $((20000 + i)) /dev/urandom; } >"$site/public/uploads/photo-$i.jpg"
done
db=$site/data/town.db
sqlite3 "$db" "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password_hash TEXT, role TEXT, last_login TEXT);
  CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
  INSERT INTO users VALUES (1, 'maire', '\$2y\$10\$abcdefghijklmnopqrstuv', 'admin', NULL), (2, 'agent', '\$2y\$10\$zyxwvutsrqponmlkjihgfe', 'editor', NULL);
  INSERT INTO news VALUES (1, 'Marché', '<p>Le marché a lieu samedi.</p>'), (2, 'École', '<p>Rentrée lundi.</p>');"

run_expect 0 aplomb --json init --root "$site" --name mairie --db "sqlite:$db" --vault "file:$work/vault" \
  --recovery-key "$work/recovery.key" --yes
assert_json .verdict proven-clean
key=(--recovery-key "$work/recovery.key")

# Ordinary life.
{ printf '\xff\xd8\xff\xe0'; head -c 30000 /dev/urandom; } >"$site/public/uploads/fete.jpg"
sqlite3 "$db" "INSERT INTO news VALUES (3, 'Fête', '<p>La fête est <b>dimanche</b>.</p>'); UPDATE users SET last_login = '2026-11-01' WHERE id = 1;"
echo '<p>fragment</p>' >"$site/cache/news-3.html"
run_expect 0 aplomb --json backup mairie
assert_json .verdict proven-clean
good=$(jq -r .snapshot "$work/out")

# The attack, with inert markers; and honest work after it.
echo '<?php echo "MARKER-upload";' >"$site/public/uploads/x.php"
sed -i 's/Mairie/Mairie<?php echo "MARKER-theme"; ?>/' "$site/public/theme/header.php"
printf 'auto_prepend_file = "uploads/x.php"\n' >"$site/public/.user.ini"
rm "$site/public/uploads/.htaccess"
mkdir "$site/public/lib" && echo '<?php class MarkerHelper { const T = "MARKER-unknown"; }' >"$site/public/lib/helper.php"
sqlite3 "$db" "INSERT INTO users VALUES (9, 'MARKER-admin', 'x', 'admin', NULL); UPDATE users SET role = 'admin' WHERE id = 2;
  UPDATE news SET body = body || '<script>console.log(\"MARKER-script\")</script>' WHERE id = 1;
  CREATE TRIGGER marker AFTER INSERT ON news BEGIN UPDATE users SET role = 'admin' WHERE login = 'MARKER-trigger'; END;"
# Written between the clean point and the encryption: only an ordinary backup in between has it.
{ printf '\xff\xd8\xff\xe0'; head -c 30000 /dev/urandom; } >"$site/public/uploads/tard.jpg"
cp -p "$site/public/uploads/tard.jpg" "$work/tard.jpg"
run_expect 1 aplomb --json backup mairie
head -c 30000 /dev/urandom >"$site/public/uploads/tard.jpg.locked" && rm "$site/public/uploads/tard.jpg"
{ printf '\xff\xd8\xff\xe0'; head -c 30000 /dev/urandom; } >"$site/public/uploads/conseil.jpg"
sqlite3 "$db" "DROP TRIGGER marker; INSERT INTO news VALUES (4, 'Conseil', '<p>Le conseil se réunit jeudi.</p>');"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  head -c 20000 /dev/urandom >"$site/public/uploads/photo-$i.jpg.locked"
  cp -p "$site/public/uploads/photo-$i.jpg" "$work/photo-$i.jpg" && rm "$site/public/uploads/photo-$i.jpg"
done
cp -a "$site" "$work/hacked"
run_expect 1 aplomb --json backup mairie
assert_json .verdict infected

run_expect 1 aplomb --json "${key[@]}" clean-point mairie
assert_json .clean_point "$good"
assert_json .source vault
run_expect 1 aplomb --json "${key[@]}" history mairie
assert_true_json '[.events[].path] | any(contains("x.php"))'
assert_true_json '[.events[].path] | any(contains("users/9"))'

run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
assert_json .verified true
assert_json .point "$good"
cp "$work/out" "$work/recovery.json"
assert_true_json '.rejected | map(.path) | any(contains("helper.php"))'
if grep -rl MARKER "$site" >"$work/left"; then cat "$work/left" >&2; fail "a marker is left in a file"; fi
assert_eq "" "$(sqlite3 "$db" .dump | grep MARKER || true)" "the database"
assert_eq "editor" "$(sqlite3 "$db" "SELECT role FROM users WHERE id = 2")" "the agent's role"
assert_eq "2026-11-01" "$(sqlite3 "$db" "SELECT last_login FROM users WHERE id = 1")" "the last login"
assert_eq "4" "$(sqlite3 "$db" "SELECT count(*) FROM news")" "the articles"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do cmp "$work/photo-$i.jpg" "$site/public/uploads/photo-$i.jpg" || fail "photo $i"; done
cmp "$work/tard.jpg" "$site/public/uploads/tard.jpg" || fail "the upload of the days after the clean point"
[ -f "$site/public/uploads/conseil.jpg" ] && [ -f "$site/public/uploads/fete.jpg" ] || fail "uploads written since are gone"
[ -f "$site/public/uploads/.htaccess" ] || fail "the protection is not back"
run_expect 0 aplomb --json status
run_expect 0 aplomb --json backup mairie
assert_json .verdict proven-clean

# Undo brings the hacked state back to the byte; recovering again works; confirm ends it.
run_expect 0 aplomb --json recover mairie --undo
rm -f "$work/hacked/data/"*-wal "$work/hacked/data/"*-shm
assert_same_tree "$work/hacked" "$site"
run_expect 1 aplomb --json status
assert_json '.sites[0].verdict' not-proven
run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
assert_json .verified true
run_expect 0 aplomb --json recover mairie --confirm

# The database itself is encrypted: the last good copy comes back, with what was written until then.
sqlite3 "$db" "INSERT INTO news VALUES (5, 'Crue', '<p>Le pont est rouvert.</p>');"
run_expect 0 aplomb --json backup mairie
echo '<?php echo "MARKER-again";' >"$site/public/again.php"
sqlite3 "$db" "INSERT INTO news VALUES (6, 'Vote', '<p>Bureau 2 en mairie.</p>');"
run_expect 1 aplomb --json backup mairie
head -c 20000 /dev/urandom >"$db"
run_expect 1 aplomb --json "${key[@]}" backup mairie
run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
assert_eq "6" "$(sqlite3 "$db" "SELECT count(*) FROM news")" "the articles after the database was encrypted"
[ ! -e "$site/public/again.php" ] || fail "the second marker is left"
run_expect 0 aplomb --json recover mairie --confirm
run_expect 2 aplomb --json recover mairie --undo
run_expect 0 aplomb --json "${key[@]}" verify --read-all
assert_json .ok true
run_expect 0 aplomb --json quarantine list mairie
