#!/bin/bash
# The first ten minutes, by somebody who only types what the screen says: from `incident open` to the closed case, in
# both languages; the evidence checked with sha256sum; a false alarm taken back; an open that was killed goes on.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase for tests"

# A hacked site named $1, protected before; $site, $key and $work/ORIGINAL are left.
hacked_site() {
  site=$work/$1/www
  key=$work/$1/recovery.key
  export APLOMB_CONFIG=$work/$1/aplomb.toml
  mkdir -p "$site/uploads"
  echo '<?php echo "accueil";' >"$site/index.php"
  head -c 3000 /dev/urandom >"$site/uploads/photo.bin"
  sqlite3 "$site/town.db" "CREATE TABLE contact(id INTEGER PRIMARY KEY, nom TEXT, courriel TEXT); INSERT INTO contact VALUES (1, 'Anne', 'a@example.fr'), (2, 'Bob', 'b@example.fr');"
  run_expect 0 aplomb init --root "$site" --name "$1" --db "sqlite:$site/town.db" --vault "file:$work/$1/vault" --recovery-key "$key" --yes
  cp -a "$site" "$work/$1/original"
  echo '<?php echo "MARKER";' >"$site/uploads/x.php"
  run_expect 1 aplomb backup "$1"
}

# What stands behind "Type:" on the screen, with the places filled in.
typed() {
  sed -n '/^\(Type:\|Tapez :\)$/,$p' "$work/screen" | sed -n '2p' |
    sed -e 's/^ *aplomb //' -e "s#\(FILE\|FICHIER\)#$key#" -e 's/\(NUMBER\|NUMÉRO\)/1/' -e "s#\(FOLDER\|DOSSIER\)#$work/taken-$1#"
}

follow() {
  local name=$1 language=$2 actions=1 back=0 line
  hacked_site "$name"
  "$aplomb" --lang "$language" incident open "$name" >"$work/screen" </dev/null || fail "incident open"
  while line=$(typed "$name") && [ -n "$line" ]; do
    actions=$((actions + 1))
    [ $actions -le 20 ] || fail "still not closed after $actions actions"
    # A person would agree to the plan at the terminal.
    [[ $line == recover*--recovery-key* ]] && line="$line --yes"
    # shellcheck disable=SC2086  # words of the command
    "$aplomb" --lang "$language" $line >"$work/last" 2>"$work/err" </dev/null || { cat "$work/last" "$work/err" >&2; fail "typed: $line"; }
    [[ $line == recover*--recovery-key* ]] && back=$actions
    # Papers and evidence are followed by the second command of the same step.
    if [[ $line == "incident report"* || $line == "incident evidence"* ]]; then
      "$aplomb" incident done "$name" >/dev/null || fail "incident done"
    fi
    "$aplomb" --lang "$language" incident show "$name" >"$work/screen" || fail "incident show"
  done
  [ $back -gt 0 ] && [ $back -le 15 ] || fail "the site was back after $back actions"
  assert_same_tree "$work/$name/original" "$site"
  run_expect 0 aplomb incident show "$name" --json
  assert_json .open false
  assert_json .step finished
}
follow english en
follow mairie fr
grep -q "Il ne reste rien à faire" "$work/screen" || fail "the end in French"

# The evidence, as an expert checks it; one byte and one missing file are seen.
(cd "$work/taken-mairie" && sha256sum -c --quiet SHA256SUMS) || fail "SHA256SUMS"
[ -f "$work/taken-mairie/exhibits/1/uploads/x.php" ] || fail "the hacked state is not in the evidence"
cp -a "$work/taken-mairie" "$work/changed"
printf 'x' | dd of="$work/changed/exhibits/1/uploads/x.php" bs=1 seek=3 conv=notrunc status=none
(cd "$work/changed" && sha256sum -c --quiet SHA256SUMS >/dev/null 2>&1) && fail "a changed byte was not seen"
jq -e '.message and .datetime and .timestamp_desc' "$work/taken-mairie/timeline.jsonl" >/dev/null || fail "timeline.jsonl"
assert_json '.chain_of_custody | map(.what) | join(",")' sealed "$work/taken-mairie/custody.json"
# The journal's signatures, by the commands of docs/format/incident.md.
case_folder=$(ls -d "$work"/mairie/aplomb-state/sites/mairie/incidents/*)
public=$(head -n 1 "$case_folder/journal.jsonl" | jq -r .entry.fields.key)
printf '302a300506032b6570032100%s' "$public" | xxd -r -p | openssl pkey -pubin -inform DER -out "$work/key.pem"
while IFS= read -r line; do
  entry=${line#'{"entry":'}
  { printf 'aplomb incident 1\0'; printf '%s' "${entry%,\"signature\":*}"; } >"$work/message"
  jq -r .signature <<<"$line" | xxd -r -p >"$work/signature"
  openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/message" -sigfile "$work/signature" >/dev/null || fail "a signature of the journal"
done <"$case_folder/journal.jsonl"
# What the papers count is what SQL counts.
grep -q "2 enregistrements" "$case_folder/papers/notification-cnil.html" || fail "the count of the notification"

# Standard tools see a missing item; the README says how many there are.
rm "$work/changed/exhibits/1/uploads/photo.bin"
(cd "$work/changed" && LC_ALL=C sha256sum -c SHA256SUMS >"$work/sums" 2>/dev/null) && fail "sha256sum is content"
grep -q "uploads/photo.bin: FAILED open or read" "$work/sums" || fail "a missing item was not seen"
files=$(find "$work/taken-mairie" -type f ! -path "$work/taken-mairie/SHA256SUMS" -printf . | wc -c)
grep -q " $files " "$work/taken-mairie/README.txt" || fail "README.txt does not say $files"
assert_eq "$files" "$(wc -l <"$work/taken-mairie/SHA256SUMS")" "lines of SHA256SUMS"
cp "$work/taken-mairie/exhibits/1/uploads/photo.bin" "$work/changed/exhibits/1/uploads/photo.bin"
# Each line for Timesketch has its three fields, a date in ISO 8601 and no more than it indexes.
jq -es 'all(.[]; (.message | type == "string" and length <= 32766) and (.timestamp_desc | length > 0) and
  (.datetime | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$")))' "$work/taken-mairie/timeline.jsonl" >/dev/null || fail "timeline.jsonl"
# Who takes the evidence out later extends the chain of custody, also after the case was closed.
export APLOMB_CONFIG=$work/mairie/aplomb.toml
run_expect 0 aplomb incident evidence mairie --to "$work/again-mairie" --recovery-key "$work/mairie/recovery.key" --json
assert_json '.chain_of_custody | map(.what) | join(",")' sealed,exported "$work/again-mairie/custody.json"
run_expect 0 aplomb incident evidence mairie --check "$work/again-mairie" --json

# What was collected beside the site: where each file comes from, and its hash.
jq -e 'map(select(.exhibit == 5 and .source == "/etc/passwd")) | length == 1' "$work/taken-mairie/items.json" >/dev/null || fail "items.json"
cmp -s /etc/passwd "$work/taken-mairie/exhibits/5/etc/passwd" || fail "an exhibit is not what it stands for"
jq -e 'map(select(.source | endswith("/maps"))) | length > 0' "$work/taken-mairie/items.json" >/dev/null || fail "memory maps"
assert_json '.clock_offset.measured' false "$work/taken-mairie/custody.json"
run_expect 0 aplomb incident evidence mairie --check "$work/taken-mairie" --json
assert_json .ok true
run_expect 1 aplomb incident evidence mairie --check "$work/changed" --json
assert_json '.changed | join(",")' exhibits/1/uploads/x.php
rm "$work/changed/exhibits/1/uploads/x.php"
echo more >"$work/changed/more"
run_expect 1 aplomb incident evidence mairie --check "$work/changed" --json
assert_json '.missing | join(",")' exhibits/1/uploads/x.php
assert_json '.extra | join(",")' more
# The list itself was rewritten: the journal knows another.
(cd "$work/changed" && find . -type f ! -name SHA256SUMS -printf '%P\0' | xargs -0 sha256sum >SHA256SUMS)
run_expect 1 aplomb incident evidence mairie --check "$work/changed" --json
assert_json .list_in_journal false

# A false alarm is taken back; the case stays in the journal, and a new one can be opened.
hacked_site alarm
cp -a "$site" "$work/alarm/hacked"
run_expect 0 aplomb incident open alarm --json
assert_json .evidence.sealed true
assert_json .step what
assert_json '.deadlines | length' 2
run_expect 2 aplomb incident done alarm 99
# A screenshot becomes an exhibit of the open case; several people write at once, and some are killed.
head -c 5000 /dev/urandom >"$work/screen.png"
run_expect 2 aplomb incident evidence alarm --add "$work/screen.png"
run_expect 0 aplomb incident evidence alarm --add "$work/screen.png" --note "la page telle qu'on la voit" --json
assert_json .exhibit 20
run_expect 0 aplomb incident evidence alarm --to "$work/taken-alarm" --recovery-key "$key" --json
cmp -s "$work/screen.png" "$work/taken-alarm/exhibits/20/screen.png" || fail "the added exhibit"
(cd "$work/taken-alarm" && sha256sum -c --quiet SHA256SUMS) || fail "SHA256SUMS with an added exhibit"
noted=()
for person in 1 2 3 4 5; do
  (for i in 1 2 3; do "$aplomb" incident note alarm "note $person.$i" >/dev/null 2>&1 </dev/null || exit 1; done) & noted+=($!)
done
for i in 1 2 3 4; do
  "$aplomb" incident note alarm killed >/dev/null 2>&1 </dev/null & pid=$!
  sleep 0.0$((i * 2))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
for pid in "${noted[@]}"; do wait "$pid" || fail "a note among several people"; done
journal=$(ls -d "$work"/alarm/aplomb-state/sites/alarm/incidents/*)/journal.jsonl
assert_eq 15 "$(jq -r 'select(.entry.kind == "noted").entry.fields.text' "$journal" | grep -c '^note [1-5]\.[1-3]$')" "notes"
run_expect 0 aplomb incident show alarm --json
run_expect 1 aplomb incident close alarm --json
assert_json .error.code refused
run_expect 0 aplomb incident close alarm --false-alarm --json
assert_json .false_alarm true
assert_same_tree "$work/alarm/hacked" "$site"
run_expect 2 aplomb incident next alarm --json
assert_json .error.code not_found

# Killed while it opens, it goes on when it is opened again; the plain recovery takes it over.
"$aplomb" incident open alarm >/dev/null 2>&1 </dev/null & pid=$!
sleep 0.2
kill -9 $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
run_expect 0 aplomb incident open alarm --json
assert_json .evidence.sealed true
run_expect 1 aplomb status --json
assert_json '.sites[0].next' "aplomb incident next alarm"
run_expect 0 aplomb recover alarm --recovery-key "$key" --yes --json
assert_same_tree "$work/alarm/original" "$site"

# The papers for before.
run_expect 0 aplomb plan alarm --to "$work/plan" --json
assert_json '.files | length' 3
grep -q "aplomb incident open alarm" "$work/plan/card.html" || fail "the emergency card"
run_expect 2 aplomb plan alarm --to "$site/plan"

