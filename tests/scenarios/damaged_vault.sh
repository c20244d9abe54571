#!/usr/bin/env bash
# A disk that does not keep what it was given: a flipped bit, a pack cut short, a pack of zeros. verify says what is
# affected, the next backup stores it again, and new and old snapshots come back byte for byte.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

site=$work/www
key=$work/recovery.key
vault=$work/aplomb-state/vault
mkdir -p "$site/uploads"
# The first file of the walk is so large that frames of its own begin each pack.
head -c 9000000 /dev/urandom >"$site/a-film.bin"
printf '<?php echo "accueil";\n' >"$site/index.php"
head -c 300000 /dev/urandom >"$site/uploads/photo.bin"
run_expect 0 aplomb init --root "$site" --name town --recovery-key "$key" --yes --json
first=$(jq -r .snapshot "$work/out")
cp -a "$site" "$work/site-first"
cp -a "$work/aplomb-state" "$work/state-good"

largest_pack() { find "$vault/packs" -name '*.pack' -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2; }
start_again() {
  rm -rf "$work/aplomb-state" "$site"
  cp -a "$work/state-good" "$work/aplomb-state"
  cp -a "$work/site-first" "$site"
}
# comes_back SNAPSHOT FOLDER
comes_back() {
  rm -rf "$work/back"
  run_expect 0 aplomb restore "$1" --to "$work/back" --recovery-key "$key" --json
  diff -r "$2" "$work/back" || fail "snapshot $1 did not come back as it was"
}
# unchanged_heals: the next backup of the unchanged site stores again what the damaged pack held. The old snapshot is
# whole again too, unless its own manifest, which no later backup repeats, was in the part that is gone; then verify
# says so of it and of nothing else.
unchanged_heals() {
  run_expect 0 aplomb backup town --json
  second=$(jq -r .snapshot "$work/out")
  assert_true_json '.bytes_stored > 300000'
  comes_back "$second" "$site"
  run_expect 1 aplomb verify --recovery-key "$key" --json
  if [ "$(jq .lost "$work/out")" = true ]; then
    assert_json '[.damaged[] | select(.snapshots) | .snapshots[]] | unique | join(" ")' "$first"
  else
    comes_back "$first" "$work/site-first"
  fi
}
# heals: the next backup ends well, and what there is after it is whole, although the damage is still there.
heals() {
  printf '<?php echo "bienvenue";\n' >"$site/index.php"
  run_expect 1 aplomb backup town --json # not proven: the page changed
  second=$(jq -r .snapshot "$work/out")
  assert_true_json '.bytes_stored > 300000'
  comes_back "$second" "$site"
  comes_back "$first" "$work/site-first"
  run_expect 1 aplomb verify --recovery-key "$key" --json
  assert_json '.ok' false
  assert_json '.lost' false
}

# A flipped bit in the middle of a pack.
bad=$(largest_pack)
printf '\377\001\377' | dd of="$bad" bs=1 seek=1000 conv=notrunc status=none
run_expect 1 aplomb verify --json
assert_json '.ok' false
assert_json '.lost' null # without the key nobody knows which part of the pack is damaged
assert_json '[.damaged[] | select(.snapshots) | .snapshots[0]] | unique | join(" ")' "$first"
assert_json '[.damaged[] | select(.pack)] | length' 1
# With the key: which file of which snapshot, whether every frame is opened or only those of the bad pack.
for how in "" --read-all; do
  # shellcheck disable=SC2086
  run_expect 1 aplomb verify $how --recovery-key "$key" --json
  assert_json '[.damaged[] | select(.path) | .path] | join(" ")' a-film.bin
  assert_json '[.damaged[] | select(.path) | .snapshots[]] | join(" ")' "$first"
done
run_expect 1 aplomb verify --recovery-key "$key"
assert_contains "$work/out" "a-film.bin in snapshot"
assert_contains "$work/out" "Run aplomb backup"
# What the site still has is stored again; then nothing needs the pack, and it says so.
unchanged_heals
comes_back "$first" "$work/site-first"
run_expect 1 aplomb verify --json
assert_json '.lost' null # another place is named for all of it; whether that one lies, only the key tells
run_expect 1 aplomb verify --recovery-key "$key"
assert_contains "$work/out" "othing is lost"
run_expect 1 aplomb verify --read-all --recovery-key "$key"
assert_contains "$work/out" "othing is lost"

# The same, and the site changed since: an old page is only in an undamaged part of that pack.
start_again
printf '\377\001\377' | dd of="$(largest_pack)" bs=1 seek=1000 conv=notrunc status=none
run_expect 1 aplomb verify --json
heals

# The file is gone from the site, so that nobody can store it again: it is named as lost, and the rest comes back.
start_again
printf '\377\001\377' | dd of="$(largest_pack)" bs=1 seek=1000 conv=notrunc status=none
run_expect 1 aplomb verify --json
rm "$site/a-film.bin"
run_expect 0 aplomb backup town --json
second=$(jq -r .snapshot "$work/out")
comes_back "$second" "$site"
run_expect 1 aplomb verify --recovery-key "$key" --json
assert_json '.lost' true
assert_json '[.damaged[] | select(.path) | .path] | join(" ")' a-film.bin
assert_json '[.damaged[] | select(.path) | .snapshots[]] | join(" ")' "$first"
run_expect 0 aplomb restore "$first" --to "$work/part" --recovery-key "$key" uploads index.php
diff -r "$work/site-first/uploads" "$work/part/uploads" || fail "what is whole did not come back"

# A pack cut short: also without a verify between, the backup does not count on it.
start_again
truncate -s -700000 "$(largest_pack)"
unchanged_heals

# A pack of zeros.
start_again
bad=$(largest_pack)
size=$(stat -c %s "$bad")
head -c "$size" /dev/zero >"$bad"
run_expect 1 aplomb verify --json
unchanged_heals

# The record that opens the site's epoch is gone from the log: nobody can say what the packs hold, and nothing may be
# deleted nor marked for it. Put back, everything is there.
start_again
cp "$vault/log/00000001.record" "$work/record"
: >"$vault/log/00000001.record"
run_expect 1 aplomb verify --read-all --recovery-key "$key"
assert_contains "$work/out" "Delete nothing"
if grep -qE "delete these files|Treat the web server as hacked" "$work/out"; then fail "it advises what it cannot know"; fi
if ls "$vault"/doubtful/* >"$work/marks" 2>&1; then fail "packs are marked: $(cat "$work/marks")"; fi
cp "$work/record" "$vault/log/00000001.record"
run_expect 0 aplomb verify --read-all --recovery-key "$key"

# An index that contradicts the packs is made anew.
start_again
for run in "$vault"/index/*; do : >"$run"; done
run_expect 0 aplomb verify --read-all --recovery-key "$key"
comes_back "$first" "$work/site-first"
