#!/bin/bash
# Nothing was prepared: the site is hacked when Aplomb arrives, and its host has an archive of last week. The archive
# becomes a point in time, a person approves it, and the site goes back to it with what was written since.
. "$(dirname "$0")/lib.sh"

export APLOMB_PASSPHRASE="a passphrase for tests"
site=$work/www
mkdir -p "$site/public/uploads" "$site/data"
echo '<?php echo "accueil";' >"$site/public/index.php"
echo '<?php function pied() { return "mairie"; }' >"$site/public/pied.php"
chmod 755 "$site/public/pied.php"
ln -s index.php "$site/public/accueil.php"
printf 'photo' >"$site/public/uploads/plan.txt"
db=$site/data/town.db
sqlite3 "$db" "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password TEXT, role TEXT);
  INSERT INTO users VALUES (1, 'maire', '5f4dcc3b5aa765d61d8327deb882cf99', 'admin');
  CREATE TABLE news (id INTEGER PRIMARY KEY, title TEXT);
  INSERT INTO news VALUES (1, 'La piscine ouvre');"

# What the host keeps: the whole account, with the site in a folder of it.
mkdir -p "$work/account/home/mairie/mail"
cp -a "$site" "$work/account/home/mairie/htdocs"
echo courrier >"$work/account/home/mairie/mail/inbox"
tar -czf "$work/host.tar.gz" -C "$work/account" .
(cd "$work/account/home/mairie/htdocs" && python3 -m zipfile -c "$work/plugin.zip" public data)

# ---- a week later: honest work, then the attack ----
sqlite3 "$db" "INSERT INTO news VALUES (2, 'Le marché déménage');"
printf 'affiche' >"$site/public/uploads/affiche.txt"
# shellcheck disable=SC2016  # PHP's variables
echo '<?php eval($_POST["MARKER"]);' >"$site/public/uploads/x.php"
echo '<?php /* MARKER */ echo "accueil";' >"$site/public/index.php"
sqlite3 "$db" "INSERT INTO users VALUES (9, 'MARKER', '0d107d09f5bbe40cade3de5c71e9e9b7', 'admin');"

run_expect 1 aplomb --json init --root "$site" --name mairie --db "sqlite:$db" --vault "file:$work/vault" \
  --recovery-key "$work/recovery.key" --yes
assert_json .verdict infected
key=(--recovery-key "$work/recovery.key")

# ---- what is refused, and leaves nothing behind ----
before=$(aplomb --json snapshots mairie | jq length)
run_expect 2 aplomb --json import-backup mairie "$work/host.tar.gz"
assert_json .error.code usage
for when in yesterday 2026-02-31 2100-01-01; do
  run_expect 2 aplomb --json import-backup mairie "$work/host.tar.gz" --at "$when"
done
run_expect 2 aplomb --json import-backup mairie "$work/nowhere.tar.gz" --at 2026-01-10
echo 'not an archive' >"$work/broken.tar.gz"
run_expect 3 aplomb --json import-backup mairie "$work/broken.tar.gz" --at 2026-01-10
ln -s /etc "$work/out-link"
tar -cf "$work/evil.tar" -C "$work" out-link
mkdir -p "$work/evil/out-link" && echo MARKER >"$work/evil/out-link/aplomb-marker"
tar -rf "$work/evil.tar" -C "$work/evil" out-link/aplomb-marker
run_expect 3 aplomb --json import-backup mairie "$work/evil.tar" --at 2026-01-10
[ ! -e /etc/aplomb-marker ] || fail "an archive wrote through a link"
assert_eq "$before" "$(aplomb --json snapshots mairie | jq length)" "the number of snapshots"

# ---- the archive becomes a point, last week ----
run_expect 1 aplomb --json import-backup mairie "$work/host.tar.gz" --at 2026-01-10T03:00
assert_json .verdict not-proven
assert_json .files 4
point=$(jq -r .snapshot "$work/out")
[ ! -e "$work/aplomb-state/mairie/import" ] || fail "the unpacked archive was left"
run_expect 1 aplomb --json status
assert_true_json ".sites[0].verdict == \"infected\""
run_expect 0 aplomb --json snapshots mairie
assert_json "[.[] | select(.snapshot == \"$point\")] | .[0].time | .[0:7]" 2026-01
for source in "" "${key[*]}"; do
  # shellcheck disable=SC2086  # two words or none
  run_expect 1 aplomb --json clean-point mairie $source
  assert_json '.points[0].snapshot' "$point"
done
run_expect 0 aplomb --json "${key[@]}" restore "$point" --to "$work/again"
assert_same_tree "$work/account/home/mairie/htdocs/public" "$work/again/public"

# A person looks at what it holds and signs it; the hacked state stays what it is.
run_expect 0 aplomb --json approve mairie "$point" --yes
run_expect 1 aplomb --json clean-point mairie "${key[@]}"
assert_json .clean_point "$point"
run_expect 1 aplomb --json status
assert_json ".sites[0].verdict" infected

# ---- and back, with what was written since ----
run_expect 0 aplomb --json recover mairie "${key[@]}" --yes
assert_json .verified true
[ ! -e "$site/public/uploads/x.php" ] || fail "the planted file is still there"
assert_eq '<?php echo "accueil";' "$(cat "$site/public/index.php")"
assert_eq 755 "$(stat -c %a "$site/public/pied.php")"
assert_eq index.php "$(readlink "$site/public/accueil.php")"
assert_eq affiche "$(cat "$site/public/uploads/affiche.txt")"
assert_eq 2 "$(sqlite3 "$db" 'SELECT count(*) FROM news')" "the number of articles"
assert_eq maire "$(sqlite3 "$db" 'SELECT group_concat(login) FROM users')"

# ---- a zip, and a folder: without its database not proven, since an approved account is missing ----
# (This zip holds what the link leads to, in its place.)
run_expect 1 aplomb --json import-backup mairie "$work/plugin.zip" --at 2026-01-11
assert_json '[.findings[].path] | join(" ")' public/accueil.php
mkdir "$work/files" && cp -a "$work/account/home/mairie/htdocs/public" "$work/files/public"
run_expect 1 aplomb --json import-backup mairie "$work/files" --at 2026-01-12
assert_json '.databases_missing | length' 1
run_expect 0 aplomb --json import-backup mairie "$work/files" --at 2026-01-12 \
  --dump "$work/account/home/mairie/htdocs/data/town.db"
assert_json '.databases_missing | length' 0
