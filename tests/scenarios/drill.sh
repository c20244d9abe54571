#!/bin/bash
# A rehearsal from outside, on a small site of PHP and SQLite that writes when it is read and calls a neighbour: a good
# one; one after a hacked night; one whose page cannot be as it was, because nothing outside is reached; one that is
# killed; one from a damaged vault. The live site never notices.
. "$(dirname "$0")/lib.sh"
command -v php >/dev/null || skip "php is missing"

export APLOMB_PASSPHRASE="a passphrase for tests"
site=$work/www
db=$work/databases/town.db
mkdir -p "$site/public" "$work/databases" "$work/canary"
sqlite3 "$db" "CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT); CREATE TABLE visits (at TEXT);
  INSERT INTO news VALUES (1, 'Le marché a lieu samedi'), (2, 'La rentrée est lundi');"

# A neighbour on the machine's own loopback: it counts who calls.
echo '<?php echo "La météo du voisin : soleil sur toute la commune, vent faible, aucune alerte en cours";' >"$work/canary/index.php"
start_php "$work/canary"
canary=$url
calls() { grep -c 'Accepted' "$work/php-${canary##*:}.log" || true; }

# Paths in the site's settings are those of the live site: in a rehearsal they have to lead to the copy.
cat >"$site/public/index.php" <<PHP
<?php
\$db = new SQLite3('$db');
\$db->busyTimeout(5000);
\$db->exec("INSERT INTO visits VALUES (datetime('now'))");
@file_get_contents('$canary/hit', false, stream_context_create(['http' => ['timeout' => 2]]));
echo '<html><body><h1>Mairie de Saint-Exemple</h1><p>Visites : ', \$db->querySingle('SELECT count(*) FROM visits'), '</p>';
\$rows = \$db->query('SELECT title FROM news');
while (\$row = \$rows->fetchArray()) echo '<p>', htmlspecialchars(\$row[0]), '</p>';
foreach (glob(__DIR__ . '/*.{php,css}', GLOB_BRACE) as \$file) echo '<a href="/', basename(\$file), '">page</a> ';
echo '<link rel="stylesheet" href="/style.css"></body></html>';
PHP
echo '<?php session_start(); echo "<p>Conseil municipal, séance du ", date("d/m/Y H:i:s"), "</p><p>jeton ", bin2hex(random_bytes(8)), "</p>";' >"$site/public/conseil.php"
echo 'body { color: #123 }' >"$site/public/style.css"
start_php "$site/public"

# Where the kernel lets nobody be isolated, nothing is served, and it is said so.
served=yes
if [ "$(id -u)" -ne 0 ] && ! unshare --user --net --mount --pid --fork true 2>/dev/null; then served=no; fi

run_expect 0 aplomb --json init --root "$site" --name mairie --url "$url/" --db "sqlite:$db" \
  --vault "file:$work/vault" --recovery-key "$work/recovery.key" --yes
key=(--recovery-key "$work/recovery.key")
state=$work/aplomb-state/sites/mairie
run_expect 0 aplomb --json backup mairie
good=$(jq -r .snapshot "$work/out")
run_expect 0 aplomb --json status
assert_json '.sites[0].last_drill' null
run_expect 0 aplomb status
assert_contains "$work/out" "never rehearsed"
[ "$(calls)" -gt 0 ] || fail "the live site never called its neighbour"

# What must be so after every rehearsal: the live site untouched, nothing left in clear, nobody outside called.
before() {
  rm -rf "$work/kept" && mkdir "$work/kept" && cp -a "$site" "$work/databases" "$work/kept/"
  called=$(calls)
}
after() {
  assert_same_tree "$work/kept/www" "$site"
  assert_same_tree "$work/kept/databases" "$work/databases"
  assert_eq "$called" "$(calls)" "calls of the neighbour"
  assert_eq "" "$(find "$work/aplomb-state" -name '*drill-*')" "what is left of the rehearsal"
  [ ! -e "$state/recovery" ] || fail "a rehearsal has begun a recovery"
}
drill() { before && run_expect "$1" aplomb --json "${key[@]}" drill mairie "${@:2}" && after; }

# A good one; somewhere else; without the key; into the website.
drill 0
assert_json .ok true
assert_json .point "$good"
assert_json .databases 1
assert_true_json '.rto_seconds > 0 and .rto_seconds < 60 and .rpo_seconds >= 0'
if [ $served = yes ]; then
  assert_true_json '.pages_checked >= 3'
  assert_json '.pages_different | length' 0
else
  assert_json .pages_checked 0
fi
assert_true_json '.pages_note | length > 20'
mkdir "$work/elsewhere"
drill 0 --to "$work/elsewhere"
assert_eq "" "$(ls -A "$work/elsewhere")" "the other folder"
run_expect 2 aplomb --json --recovery-key "$work/none.key" drill mairie
run_expect 2 aplomb --json "${key[@]}" drill mairie --to "$site/public"
run_expect 2 aplomb --json "${key[@]}" drill nobody
run_expect 0 aplomb --json status
assert_json '.sites[0].last_drill.ok' true

# A page that cannot be as it was, because the neighbour is not reached.
echo "<?php echo @file_get_contents('$canary/') ?: 'indisponible';" >"$site/public/meteo.php"
run_expect 1 aplomb --json backup mairie
run_expect 0 aplomb --json approve mairie
run_expect 0 aplomb --json backup mairie
if [ $served = yes ]; then
  drill 1
  assert_json .ok false
  assert_json '.pages_different[0].path' /meteo.php
  run_expect 0 aplomb status
  assert_contains "$work/out" "did not go well"
fi
rm "$site/public/meteo.php"

# Killed while a page is waited for: nothing runs on, and the next one cleans up. Only an isolated page has no /proc.
if [ $served = yes ]; then
  echo '<?php if (!file_exists("/proc/self")) sleep(60); echo "<p>une page qui se fait attendre</p>";' >"$site/public/lent.php"
  run_expect 1 aplomb --json backup mairie
  run_expect 0 aplomb --json approve mairie
  run_expect 0 aplomb --json backup mairie
  runs() { pgrep -f "session.save_path=/tmp .*-t $site/public" >/dev/null; }
  aplomb --json "${key[@]}" drill mairie >/dev/null 2>&1 &
  drilling=$!
  for ((i = 0; i < 400; i++)); do if runs; then break; fi; sleep 0.05; done
  runs || fail "the rebuilt site was never served"
  # The function aplomb runs in a shell of its own: the program is its child.
  # shellcheck disable=SC2046  # numbers
  kill -9 "$drilling" $(pgrep -P $drilling)
  wait $drilling 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do if ! runs; then break; fi; sleep 0.05; done
  if runs; then fail "the server of a rehearsal that was killed runs on"; fi
  [ -n "$(find "$state" -name 'aplomb-drill-*')" ] || fail "a killed rehearsal left nothing: it was not killed in time"
  rm "$site/public/lent.php"
fi
run_expect 0 aplomb --json backup mairie
good=$(jq -r .snapshot "$work/out")
drill 0
assert_json .point "$good"

# A hacked night: the point before it.
echo '<?php echo "MARKER";' >"$site/public/aide.php"
sed -i 's/Mairie de/MARKER de/' "$site/public/index.php"
run_expect 1 aplomb --json backup mairie
drill 0
assert_json .ok true
assert_json .newest false
assert_json .point "$good"

# Recovery announces what the rehearsal took.
aplomb "${key[@]}" recover mairie --yes >"$work/out" 2>&1 || true
assert_contains "$work/out" "The rehearsal of"

# A vault of which every pack has lost some bytes.
run_expect 0 aplomb --json recover mairie --confirm
find "$work/vault/packs" -type f | while read -r pack; do
  size=$(stat -c %s "$pack")
  chmod u+w "$pack"
  head -c 64 /dev/urandom | dd of="$pack" bs=1 seek=$((size / 3)) conv=notrunc status=none
done
before
run_expect 1 aplomb --json "${key[@]}" drill mairie
after
assert_json .ok false
assert_true_json '.problems | length > 0'
