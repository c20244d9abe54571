#!/usr/bin/env bash
# What an administrator does in the first ten minutes: init, status, backup, snapshots, diff, restore, verify.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

site=$work/www
key=$work/safe/recovery.key
mkdir -p "$site/theme" "$site/uploads" "$site/data"
printf '<?php require "theme/head.php"; echo "Mairie";\n' >"$site/index.php"
printf '<?php echo htmlspecialchars("Bonjour");\n' >"$site/theme/head.php"
printf 'Deny from all\n' >"$site/data/.htaccess"
head -c 300000 /dev/zero | tr '\0' 'x' >"$site/uploads/plan.txt"
ln -s ../index.php "$site/theme/link"
chmod 750 "$site/uploads"
sqlite3 "$site/data/town.db" \
  "CREATE TABLE users(id INTEGER PRIMARY KEY, login TEXT, password TEXT, role TEXT);
   INSERT INTO users VALUES(1, 'maire', '\$2y\$10\$abcdefghijklmnopqrstuv', 'admin');
   CREATE TABLE news(id INTEGER PRIMARY KEY, title TEXT, body TEXT);
   INSERT INTO news VALUES(1, 'Marché', 'Samedi matin');"

run_expect 0 aplomb init --root "$site" --name town --db "sqlite:$site/data/town.db" --vault "file:$work/vault" \
  --recovery-key "$key" --yes --json
assert_json '.verdict' proven-clean
assert_json '.approved' true
assert_json '.protection' none-against-root
assert_json '.vault' "file:$work/vault"
assert_json '.sites | length' 1
assert_json '.sites[0].name' town
assert_json '.sites[0].databases[0]' "sqlite:$site/data/town.db"
first=$(jq -r .snapshot "$work/out")
assert_eq 64 "${#first}" "the length of a snapshot's id"
[ "$(stat -c %a "$key")" = 600 ] || fail "the recovery key can be read by others"

run_expect 0 aplomb status --json
assert_json '.sites[0].name' town
assert_json '.sites[0].verdict' proven-clean
assert_json '.sites[0].next' "aplomb backup town"
run_expect 0 aplomb status
assert_contains "$work/out" "not protected against root"

# A day of ordinary edits: pictures, text, a row of news. Nothing of it is a question to anybody.
printf 'un mot\n' >"$site/uploads/mot.txt"
printf 'y' | dd of="$site/uploads/plan.txt" bs=1 seek=150000 conv=notrunc status=none
sqlite3 "$site/data/town.db" "INSERT INTO news VALUES(2, 'Fête', 'Dimanche')"
cp -a "$site" "$work/as-saved"
run_expect 0 aplomb backup town --json
assert_json '.verdict' proven-clean
assert_json '.findings' '[]'
assert_json '.warnings' '[]'
assert_json '.files' 6
assert_true_json '.bytes > 300000 and .bytes_stored > 0 and .bytes_stored < 300000 and .seconds >= 0'
second=$(jq -r .snapshot "$work/out")

run_expect 0 aplomb snapshots --json
assert_json 'length' 2
assert_json '.[1].snapshot' "$second"
assert_json '.[1].site' town
assert_json '.[1].verdict' proven-clean
assert_true_json '.[0].time <= .[1].time and (.[0].time | test("^20.*Z$"))'

run_expect 0 aplomb diff "$first" "${second:0:12}" --recovery-key "$key" --json
assert_json '.added | join(" ")' "uploads/mot.txt"
assert_json '.changed | join(" ")' "db:town.db uploads/plan.txt"
assert_json '.removed' '[]'

run_expect 0 aplomb --recovery-key "$key" --json restore "$second" --to "$work/restored"
assert_json '.files' 6
assert_json '.problems' '[]'
assert_eq "Marché,Fête" "$(sqlite3 "$work/restored/data/town.db" 'SELECT group_concat(title) FROM news')"
rm "$work/restored/data/town.db" "$work/as-saved/data/town.db"
assert_same_tree "$work/as-saved" "$work/restored"

run_expect 0 aplomb restore "$first" uploads/plan.txt data --to "$work/part" --recovery-key "$key" --json
[ ! -e "$work/part/index.php" ] || fail "more was restored than was asked for"
assert_eq 300000 "$(stat -c %s "$work/part/uploads/plan.txt")"

run_expect 0 aplomb verify --json
assert_json '.ok' true
assert_json '.damaged' '[]'
assert_json '.snapshots' 2
run_expect 0 aplomb verify --read-all --recovery-key "$key" --json
assert_json '.ok' true

# A second site joins the configuration; what was written there by hand stays.
mkdir "$work/wiki"
printf '<?php echo "wiki";\n' >"$work/wiki/index.php"
echo '# a note of the administrator' >>"$APLOMB_CONFIG"
run_expect 0 aplomb init --root "$work/wiki" --yes --json
assert_json '.sites[0].name' wiki
assert_json '.vault' "file:$work/vault"
assert_contains "$APLOMB_CONFIG" "# a note of the administrator"
run_expect 2 aplomb backup nosuch
assert_contains "$work/err" "town, wiki"
run_expect 0 aplomb backup --json
assert_json '[.sites[].site] | join(" ")' "town wiki"
