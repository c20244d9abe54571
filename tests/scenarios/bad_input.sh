#!/usr/bin/env bash
# What cannot be done says so, names the place and the next step, and leaves nothing half-done.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

site=$work/www
key=$work/recovery.key
mkdir -p "$site/uploads"
printf '<?php echo "accueil";\n' >"$site/index.php"
head -c 200000 /dev/urandom >"$site/uploads/photo.bin"
sqlite3 "$site/town.db" "CREATE TABLE news(id INTEGER PRIMARY KEY, title TEXT); INSERT INTO news VALUES(1, 'a')"

# refused_init CODE WHERE [ARGUMENT…]: exit 2, the code, the place; nothing was made.
refused_init() {
  local code=$1 where=$2
  shift 2
  run_expect 2 aplomb init "$@" --yes --json
  assert_json '.error.code' "$code"
  assert_json '.error.where' "$where"
  assert_true_json '.error.what != "" and .error.next != ""'
  assert_eq "www" "$(ls -I out -I err "$work")" "what an init that was refused left behind"
}
run_expect 2 aplomb status --json
assert_json '.error.code' config
assert_json '.error.where' "$APLOMB_CONFIG"
refused_init not_found "$work/nosuch" --root "$work/nosuch"
refused_init not_found "$work/nosuch" --root "$site" --root "$work/nosuch"
refused_init usage "$site/index.php" --root "$site/index.php"
refused_init not_found "$site/nosuch.db" --root "$site" --db "sqlite:$site/nosuch.db"
refused_init unsupported "$site/index.php" --root "$site" --db "sqlite:$site/index.php"
refused_init config "$site/vault" --root "$site" --vault "file:$site/vault"
refused_init config "$site/uploads/r.key" --root "$site" --recovery-key "$site/uploads/r.key"
refused_init usage "s3://bucket" --root "$site" --vault s3://bucket
refused_init usage "s3://bucket/v?endpoint=http://s3.example.org" --root "$site" --vault "s3://bucket/v?endpoint=http://s3.example.org"
refused_init usage "ssh://backup@host/a vault" --root "$site" --vault "ssh://backup@host/a vault"
run_expect 3 aplomb init --root "$site" --vault ssh://backup@127.0.0.1:1/vault --yes --json
assert_json '.error.code' network
assert_eq "www" "$(ls -I out -I err "$work")" "what an init without a keeper left behind"
refused_init usage "ftp://host/x" --root "$site" --vault ftp://host/x
ln -s "$site/uploads" "$work/www/behind-a-link"
refused_init config "$site/behind-a-link/vault" --root "$site" --vault "file:$site/behind-a-link/vault"
rm "$work/www/behind-a-link"
run_expect 2 aplomb init --root "$site" --db postgresql:town --yes --json
assert_json '.error.code' unsupported
APLOMB_PASSPHRASE='' run_expect 2 aplomb init --root "$site" --yes --json
assert_json '.error.code' key
# The configuration cannot be written: vault and keys, made before it, are gone again.
run_expect 3 aplomb --config /dev/null/aplomb.toml init --root "$site" --vault "file:$work/vault" --recovery-key "$key" --yes --json
[ ! -e "$work/vault" ] && [ ! -e "$key" ] || fail "a failed init left a vault or a key"

run_expect 0 aplomb init --root "$site" --name town --recovery-key "$key" --yes --json
snapshot=$(jq -r .snapshot "$work/out")
vault=$work/aplomb-state/vault
run_expect 2 aplomb init --root "$site" --yes --json
assert_json '.error.code' exists
mkdir "$work/other"
run_expect 2 aplomb init --root "$work/other" --name town --yes --json
assert_json '.error.code' exists

# Keys and names.
APLOMB_PASSPHRASE=wrong run_expect 2 aplomb restore "$snapshot" --to "$work/x" --recovery-key "$key" --json
assert_json '.error.code' key
assert_json '.error.where' "$key"
APLOMB_PASSPHRASE='' run_expect 2 aplomb diff "$snapshot" "$snapshot" --recovery-key "$key"
assert_contains "$work/err" "--passphrase-file"
run_expect 2 aplomb restore "$snapshot" --to "$work/x"
assert_contains "$work/err" "--recovery-key"
run_expect 2 aplomb restore "$snapshot" --to "$work/x" --recovery-key "$work/aplomb-state/owner.key" --json
assert_json '.error.code' key
run_expect 2 aplomb restore ffffffff --to "$work/x" --recovery-key "$key" --json
assert_json '.error.code' not_found
printf '%s\n' "$APLOMB_PASSPHRASE" >"$work/passphrase"
APLOMB_PASSPHRASE='' run_expect 0 aplomb restore "$snapshot" --to "$work/x" --recovery-key "$key" --passphrase-file "$work/passphrase"
run_expect 2 aplomb restore "$snapshot" --to "$vault/x" --recovery-key "$key"
run_expect 2 aplomb scan "$work/nosuch" --json
assert_json '.error.code' not_found

# A broken configuration names its line.
cp "$APLOMB_CONFIG" "$work/good.toml"
echo 'nonsense = = 1' >>"$APLOMB_CONFIG"
run_expect 2 aplomb status --json
assert_json '.error.code' config
cp "$work/good.toml" "$APLOMB_CONFIG"

# A file that nobody may read is named, and the rest is saved.
if [ "$(id -u)" -ne 0 ]; then
  printf '<?php echo 2;\n' >"$site/locked.php"
  chmod 000 "$site/locked.php"
  run_expect 1 aplomb backup town --json
  assert_json '.warnings[0].path' locked.php
  assert_json '.verdict' not-proven
  chmod 600 "$site/locked.php"
  rm "$site/locked.php"
fi

# A vault that was changed behind our back: verify tells the truth, and what is whole can still be had.
cp -a "$vault" "$work/vault-good"
pack=$(find "$vault/packs" -name '*.pack' -size +100k)
printf '\377' | dd of="$pack" bs=1 seek=50000 conv=notrunc status=none
run_expect 1 aplomb verify --json
assert_json '.ok' false
assert_true_json '.damaged | length > 0'
run_expect 1 aplomb restore "$snapshot" --to "$work/flipped" --recovery-key "$key" --json
assert_json '.damaged' 1
assert_json '[.problems[].path] | join(" ")' uploads/photo.bin
[ ! -e "$work/flipped/uploads/photo.bin" ] || fail "what is damaged was restored"
cmp "$site/index.php" "$work/flipped/index.php" || fail "what is whole did not come back"
cp "$work/vault-good${pack#"$vault"}" "$pack"
truncate -s 60000 "$pack"
run_expect 1 aplomb verify --json
assert_json '.ok' false
run_expect 1 aplomb verify --read-all --recovery-key "$key" --json
rm "$pack"
run_expect 1 aplomb verify --json
# A backup stores again what is gone, and the vault is whole once more.
run_expect 0 aplomb backup town --json
rm -rf "$vault"
cp -a "$work/vault-good" "$vault"
run_expect 1 aplomb verify --json
assert_contains "$work/out" "no longer in the vault"

# A newer format is not damage: a newer Aplomb is asked for.
python3 - "$vault/vault" <<'PY'
import hashlib, pathlib, struct, sys
path = pathlib.Path(sys.argv[1])
path.write_bytes(path.read_bytes().replace(b"APLMVLT1", b"APLMVLT2"))
PY
run_expect 2 aplomb backup town --json
assert_json '.error.code' unsupported
run_expect 2 aplomb verify --json
assert_json '.error.code' unsupported
rm -rf "$vault"
run_expect 2 aplomb backup town --json
assert_json '.error.code' not_found
run_expect 1 aplomb status --json
assert_true_json '.vault_problem != ""'
