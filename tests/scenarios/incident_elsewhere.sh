#!/bin/bash
# The web server is off or lies: on another machine, with a copy of the vault, the configuration and the recovery key,
# `incident open` leads to a rebuilt site and a closed case by what the screen says. The web server's folders are gone.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase for tests"

server=$work/server
site=$server/www
key=$work/recovery.key
mkdir -p "$site/uploads"
echo '<?php echo "accueil";' >"$site/index.php"
head -c 3000 /dev/urandom >"$site/uploads/photo.bin"
sqlite3 "$site/town.db" "CREATE TABLE contact(id INTEGER PRIMARY KEY, nom TEXT); INSERT INTO contact VALUES (1, 'Anne');"
export APLOMB_CONFIG=$server/aplomb.toml
run_expect 0 aplomb init --root "$site" --name town --db "sqlite:$site/town.db" --vault "file:$server/vault" --recovery-key "$key" --yes --json
clean=$(jq -r .snapshot "$work/out")
cp -a "$site" "$work/original"
echo '<?php echo "MARKER";' >"$site/uploads/x.php"
run_expect 1 aplomb backup town --json
hacked=$(jq -r .snapshot "$work/out")

# Another machine: a copy of the vault, the configuration; neither state nor site.
other=$work/other
mkdir "$other"
cp -a "$server/vault" "$other/vault"
sed "s|$server|$other|g" "$server/aplomb.toml" >"$other/aplomb.toml"
rm -r "$server"
export APLOMB_CONFIG=$other/aplomb.toml
run_expect 2 aplomb incident open town --json
assert_contains "$work/out" "recovery"
run_expect 0 aplomb incident open town --recovery-key "$key" --json
assert_json .elsewhere true
assert_json .evidence.snapshot "$hacked"
assert_json .step isolate
assert_json .clean_point "$clean"
assert_true_json '.continuity | startswith("http")'

# Only what stands behind "Tapez :" is typed.
actions=0
"$aplomb" --lang fr incident show town --recovery-key "$key" >"$work/screen" || fail "incident show"
grep -q "hors du réseau" "$work/screen" || fail "the first action in French"
while line=$(sed -n '/^Tapez :$/,$p' "$work/screen" | sed -n '2p' |
  sed -e 's/^ *aplomb //' -e "s#FICHIER#$key#" -e 's/NUMÉRO/1/' -e "s#DOSSIER#$work/taken-$actions#") && [ -n "$line" ]; do
  actions=$((actions + 1))
  [ $actions -le 15 ] || fail "still not closed after $actions actions"
  [[ $line == recover* ]] && line="$line --yes"
  # shellcheck disable=SC2086  # words of the command
  "$aplomb" --lang fr $line >"$work/last" 2>"$work/err" </dev/null || { cat "$work/last" "$work/err" >&2; fail "typed: $line"; }
  if [[ $line == recover* ]]; then rebuilt=$work/taken-$((actions - 1)); fi
  if [[ $line == "incident report"* || $line == "incident evidence"* ]]; then
    taken=$work/taken-$((actions - 1))
    "$aplomb" incident done town >/dev/null || fail "incident done"
  fi
  "$aplomb" --lang fr incident show town >"$work/screen" || fail "incident show"
done
grep -q "Il ne reste rien à faire" "$work/screen" || fail "the case is not finished"
cmp <(sqlite3 "$work/original/town.db" .dump) <(sqlite3 "$rebuilt/town.db" .dump) || fail "the database is another"
rm "$work/original/town.db" "$rebuilt/town.db"
assert_same_tree "$work/original" "$rebuilt"
# What could not be taken from a server that nobody asked is not claimed.
(cd "$taken" && sha256sum -c --quiet SHA256SUMS) || fail "SHA256SUMS"
assert_json '.exhibits | map(.exhibit_number) | join(",")' 1 "$taken/custody.json"
[ -f "$taken/exhibits/1/uploads/x.php" ] || fail "the hacked state is not in the evidence"
run_expect 0 aplomb incident show town --json
assert_json .open false
