#!/usr/bin/env bash
# Two backups at once, kill -9 in the middle, a full disk: nothing is lost, and verify tells the truth.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

site=$work/www
key=$work/recovery.key
mkdir -p "$site/files"
printf '<?php echo "accueil";\n' >"$site/index.php"
for i in 1 2 3 4 5 6; do head -c 4000000 /dev/urandom >"$site/files/$i.bin"; done
run_expect 0 aplomb init --root "$site" --name town --recovery-key "$key" --yes --json
snapshot=$(jq -r .snapshot "$work/out")

# Another run holds the lock: 3 after a short wait, and it says why.
exec 9>"$work/aplomb-state/sites/town/lock"
flock 9
run_expect 3 aplomb backup town --json
assert_json '.error.code' busy
assert_true_json '.error.next != ""'
exec 9>&-

# Killed at several moments; each time the next run works, and every acknowledged snapshot is whole.
for moment in 0.02 0.06 0.12 0.25; do
  head -c 4000000 /dev/urandom >"$site/files/1.bin"
  "$aplomb" backup town >/dev/null 2>&1 &
  victim=$!
  sleep "$moment"
  kill -9 "$victim" 2>/dev/null || true
  wait "$victim" 2>/dev/null || true
  run_expect 0 aplomb verify --json
  assert_json '.ok' true
done
run_expect 0 aplomb backup town --json
assert_json '.verdict' proven-clean
run_expect 0 aplomb verify --read-all --recovery-key "$key" --json
assert_json '.ok' true
run_expect 0 aplomb restore "$snapshot" --to "$work/restored" --recovery-key "$key" --json
assert_json '.files' 7
cp "$site/files/1.bin" "$work/newest"
run_expect 0 aplomb restore "$(aplomb snapshots --json | jq -r '.[-1].snapshot')" files/1.bin --to "$work/restored" --recovery-key "$key"
cmp "$work/newest" "$work/restored/files/1.bin"

# A full disk, where this user may make one.
if [ "$(id -u)" -eq 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=12m tmpfs "$work/small" 2>/dev/null; then
  status=0
  aplomb --config "$work/full/aplomb.toml" init --root "$site" --vault "file:$work/small/vault" --recovery-key "$work/full.key" \
    --yes --json >"$work/out" 2>"$work/err" || status=$?
  left=$(ls "$work/small")
  umount "$work/small"
  assert_eq 3 "$status" "the exit status on a full disk"
  assert_json '.error.code' io
  assert_eq "" "$left" "what an init on a full disk left there"
  [ ! -e "$work/full" ] && [ ! -e "$work/full.key" ] || fail "an init on a full disk left a configuration or a key"
fi
