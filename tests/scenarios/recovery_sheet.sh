#!/usr/bin/env bash
# The key on paper: the sheet is written, the file of the key is lost, and the site comes back from the words alone,
# typed carelessly. A slip, a wrong passphrase and another vault are told apart; a real decoder reads the QR code.
. "$(dirname "$0")/lib.sh"

export APLOMB_PASSPHRASE="a passphrase for tests"
site=$work/www
mkdir -p "$site" "$work/safe"
printf '<?php echo "accueil";\n' >"$site/index.php"
printf 'Le marché a lieu samedi.\n' >"$site/news.txt"

run_expect 2 aplomb init --root "$site" --name mairie --vault "file:$work/vault" --sheet "$site/sheet.html" --yes
assert_contains "$work/err" "inside the website"
[ ! -e "$APLOMB_CONFIG" ] || fail "something was made"
run_expect 0 aplomb --json init --root "$site" --name mairie --vault "file:$work/vault" \
  --recovery-key "$work/safe/recovery.key" --sheet "$work/safe/sheet.html" --yes
assert_json .sheet "$work/safe/sheet.html"
assert_eq 600 "$(stat -c %a "$work/safe/sheet.html")" "the mode of the sheet"
good=$(jq -r .snapshot "$work/out")

# The same words again, as plain text; nothing is overwritten.
key=(--recovery-key "$work/safe/recovery.key")
run_expect 0 aplomb --json "${key[@]}" sheet --to "$work/safe/sheet.txt"
mark=$(jq -r .mark "$work/out")
assert_contains "$work/safe/sheet.html" "$mark"
assert_contains "$work/safe/sheet.txt" "$mark"
run_expect 2 aplomb "${key[@]}" sheet --to "$work/safe/sheet.txt"
run_expect 2 aplomb "${key[@]}" sheet --to "$site/sheet.txt"
run_expect 0 "$aplomb" --lang fr "${key[@]}" sheet --to "$work/safe/feuille.txt"
assert_contains "$work/safe/feuille.txt" "Feuille de récupération"
if grep -qF "$APLOMB_PASSPHRASE" "$work"/safe/*; then fail "the passphrase is on the sheet"; fi
if grep -qE '<(script|link|img)|src=|url\(' "$work/safe/sheet.html"; then fail "the page needs something from elsewhere"; fi

# As a person would type them: in capitals, numbered, four letters each, one a line.
sed -n '/^APLOMB RECOVERY WORDS$/,/^END$/p' "$work/safe/sheet.txt" | sed '1d;$d' | tr -s ' ' '\n' | grep '[a-z]' >"$work/words"
assert_eq 27 "$(wc -l <"$work/words")" "the number of words"
cut -c1-4 "$work/words" | tr a-z A-Z | nl -s'. ' >"$work/typed"

# A real decoder reads the code, also from a small and dirty print.
grep -o '<svg.*</svg>' "$work/safe/sheet.html" >"$work/code.svg"
rsvg-convert -w 400 "$work/code.svg" -o "$work/code.png"
zbarimg -q --raw "$work/code.png" >"$work/scanned" 2>"$work/zbar" || fail "zbarimg does not read the code"
assert_eq "$(tr a-z A-Z <"$work/words" | xargs)" "$(cat "$work/scanned")" "what the code says"
sed 's|</svg>|<rect x="28" y="30" width="9" height="8" fill="#888"/></svg>|' "$work/code.svg" >"$work/stained.svg"
rsvg-convert -w 400 "$work/stained.svg" -o "$work/stained.png"
zbarimg -q --raw "$work/stained.png" >"$work/scanned-stained" 2>"$work/zbar" || fail "a stain makes the code unreadable"
cmp "$work/scanned" "$work/scanned-stained" || fail "the stained code says something else"

# The file of the key is gone, the site is hacked; the words bring it back.
rm "$work/safe/recovery.key"
rm "$site/news.txt"
printf '<?php echo "MARKER";\n' >"$site/index.php"
run_expect 1 aplomb --json backup mairie
words=(--recovery-key "$work/typed")
run_expect 1 aplomb --json "${words[@]}" clean-point mairie
assert_json .clean_point "$good"
assert_json .source vault
run_expect 0 aplomb --json "${words[@]}" recover mairie --yes
assert_json .verified true
if grep -rq MARKER "$site"; then fail "the marker is left"; fi
for file in scanned words safe/sheet.txt safe/sheet.html safe/feuille.txt; do
  run_expect 0 aplomb --json --recovery-key "$work/$file" verify --read-all
done

# On another machine, with nothing but a copy of the vault and one line of configuration, as the sheet says.
mkdir "$work/elsewhere"
cp -a "$work/vault" "$work/elsewhere/copy"
printf 'vault = "file:%s"\n' "$work/elsewhere/copy" >"$work/elsewhere/aplomb.toml"
run_expect 0 aplomb --json --config "$work/elsewhere/aplomb.toml" "${words[@]}" restore "$good" --to "$work/elsewhere/site"
assert_contains "$(find "$work/elsewhere/site" -name news.txt)" "samedi"

# A sheet can be copied from a sheet: the same words.
run_expect 0 aplomb --json "${words[@]}" sheet --to "$work/safe/again.txt"
cmp <(grep '^ *[0-9]*\. ' "$work/safe/sheet.txt") <(grep '^ *[0-9]*\. ' "$work/safe/again.txt") || fail "other words"

# What goes wrong is named: a slip before any passphrase, a wrong passphrase, another vault.
right=$(sed -n 7p "$work/words")
sed '7s/.*/oisillons/' "$work/words" >"$work/slip"
APLOMB_PASSPHRASE="" run_expect 2 aplomb --recovery-key "$work/slip" verify --read-all
assert_contains "$work/err" "word 7 is wrong"
assert_contains "$work/err" "\"$right\""
sed 7d "$work/words" >"$work/short"
run_expect 2 aplomb --recovery-key "$work/short" verify --read-all
assert_contains "$work/err" "\"$right\""
APLOMB_PASSPHRASE="wrong" run_expect 2 aplomb "${words[@]}" verify --read-all
assert_contains "$work/err" "$mark"
mkdir "$work/www2" "$work/other" && echo hello >"$work/www2/index.html"
run_expect 0 aplomb --json --config "$work/other/aplomb.toml" init --root "$work/www2" --name other \
  --recovery-key "$work/safe/other.key" --yes
run_expect 2 aplomb --config "$work/other/aplomb.toml" "${words[@]}" verify --read-all
assert_contains "$work/err" "do not open this vault"
if grep -qF "$mark" "$work/err"; then fail "the other vault has the same mark"; fi
run_expect 2 aplomb --config "$work/other/aplomb.toml" --recovery-key "$work/safe/other.key" init --root "$work/www2" \
  --name third --sheet "$work/safe/third.html" --yes
