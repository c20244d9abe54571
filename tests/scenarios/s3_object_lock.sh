#!/usr/bin/env bash
# A vault on a real S3 server with Object Lock (Ceph's RADOS Gateway, started here): protect, live, then an attacker
# with the writer's S3 credentials overwrites, marks deleted, floods, and tries to delete and to shorten. Every earlier
# snapshot restores, on this machine and on another; the site is recovered; the keeper's credentials extend the locks and
# collect what they may.
. "$(dirname "$0")/lib.sh"
for program in ceph-mon ceph-mgr ceph-osd radosgw radosgw-admin ceph-authtool monmaptool; do
  command -v "$program" >/dev/null || skip "there is no $program here (Debian: see packages.txt, section s3)"
done
export APLOMB_PASSPHRASE="a passphrase of the scenario"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

stop_ceph() {
  local status=$?
  set +e # else the status that is handed on would end it here
  "$root/tests/s3/ceph-up" --down "$work/ceph" || true
  (exit "$status")
  end_of_scenario
}
trap stop_ceph EXIT
port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
"$root/tests/s3/ceph-up" "$work/ceph" "$port" >"$work/ceph.log" 2>&1 || {
  tail -n 20 "$work/ceph.log" >&2
  fail "the S3 server did not start"
}
endpoint=http://127.0.0.1:$port
writer=$work/ceph/writer.credentials
keeper=$work/ceph/keeper.credentials
s3() { python3 "$root/tests/s3/client.py" "$@"; }
as_keeper() { s3 "$keeper" "$endpoint" "$@" >"$work/s3" || fail "$(cat "$work/s3")"; }
as_writer() { s3 "$writer" "$endpoint" "$@" >"$work/s3" || fail "$(cat "$work/s3")"; }
vault_of() { echo "s3://$1/site?endpoint=$endpoint&credentials=$2"; }

# Two buckets: one as the page asks for it, one without Object Lock.
as_keeper make-bucket town lock
as_keeper lock-rule town 30
as_keeper make-bucket plain
for bucket in town plain; do
  sed "s/BUCKET/$bucket/g" "$root/tests/s3/policy.json" >"$work/policy.json"
  as_keeper policy "$bucket" "$work/policy.json"
done

site=$work/www
mkdir -p "$site/theme" "$site/uploads"
printf '<?php require "theme/head.php"; echo "Mairie";\n' >"$site/index.php"
printf '<?php echo htmlspecialchars("Bonjour");\n' >"$site/theme/head.php"
for i in 1 2 3; do head -c 400000 /dev/urandom >"$site/uploads/plan-$i.bin"; done
sqlite3 "$site/town.db" "CREATE TABLE news(id INTEGER PRIMARY KEY, title TEXT); INSERT INTO news VALUES(1, 'Marché')"

# Without Object Lock, and without credentials, the program says the truth.
mkdir "$work/other"
run_expect 0 aplomb --config "$work/other/aplomb.toml" init --root "$site" --name town --vault "$(vault_of plain "$writer")" \
  --recovery-key "$work/other/recovery.key" --yes --json
assert_json .protection none-against-root
run_expect 2 aplomb --config "$work/none/aplomb.toml" init --root "$site" --name town \
  --vault "$(vault_of town "$work/no-such-file")" --recovery-key "$work/none/recovery.key" --yes
assert_contains "$work/err" "no-such-file"

run_expect 0 aplomb init --root "$site" --name town --vault "$(vault_of town "$writer")" \
  --recovery-key "$work/recovery.key" --yes --json
assert_json .protection none-against-root # this S3 server is on the same machine, and init knows
assert_json .verdict proven-clean
first=$(jq -r .snapshot "$work/out")
cp -a "$site" "$work/saved-1"
rm "$work/saved-1/town.db"
run_expect 0 aplomb --json status
assert_json .vault_problem null
assert_true_json '.locked_until | test("^20.*Z$")'

printf 'un mot\n' >"$site/uploads/mot.txt"
sqlite3 "$site/town.db" "INSERT INTO news VALUES(2, 'Fête')"
cp -a "$site" "$work/saved-2"
rm "$work/saved-2/town.db"
run_expect 0 aplomb backup town --json
assert_json .verdict proven-clean
assert_true_json '.bytes_stored < 200000'
second=$(jq -r .snapshot "$work/out")
run_expect 1 grep -rlF secret-of-the "$work/aplomb.toml" "$work/aplomb-state"

# The attacker. What the writer's rights and the locks allow, he does.
as_keeper versions town site/
before=$(wc -l <"$work/s3")
as_writer attack town site 20
assert_contains "$work/s3" "overwritten=$before "
assert_contains "$work/s3" "marked=0 deleted=0 shortened=0 flooded=80"
# With the credentials that own the bucket he marks everything deleted; even they delete and shorten nothing.
as_keeper attack town site 0
assert_contains "$work/s3" "deleted=0 shortened=0"
as_keeper versions town site/vault
assert_contains "$work/s3" marker

check_restores() { # FOLDER OPTION…: both snapshots, byte for byte
  local folder=$1 n id
  shift
  for n in 1 2; do
    id=$first
    [ "$n" -eq 1 ] || id=$second
    run_expect 0 aplomb "$@" --recovery-key "$work/recovery.key" restore "$id" --to "$work/$folder-$n" --json
    # SQLite's copy of a database has the same rows, not the same bytes.
    assert_eq "$n" "$(sqlite3 "$work/$folder-$n/town.db" 'SELECT count(*) FROM news')"
    rm "$work/$folder-$n/town.db"
    assert_same_tree "$work/saved-$n" "$work/$folder-$n"
  done
}
run_expect 0 aplomb snapshots --json
assert_json length 2
check_restores here
# Another machine, with the configuration and nothing else.
mkdir "$work/elsewhere"
cp "$work/aplomb.toml" "$work/elsewhere/"
check_restores there --config "$work/elsewhere/aplomb.toml"
run_expect 0 aplomb verify --read-all --recovery-key "$work/recovery.key" --json
assert_json .ok true

# The site is attacked too, and recovered from this vault.
printf '<?php eval($_POST["MARKER"]);\n' >"$site/uploads/x.php"
run_expect 1 aplomb backup town --json
assert_json .verdict infected
run_expect 0 aplomb recover town --recovery-key "$work/recovery.key" --yes --json
assert_json .verified true
[ ! -e "$site/uploads/x.php" ] || fail "the marker is still there"
assert_eq 2 "$(sqlite3 "$site/town.db" 'SELECT count(*) FROM news')"
cp -a "$site" "$work/recovered"
rm "$work/recovered/town.db"
assert_same_tree "$work/saved-2" "$work/recovered"
run_expect 0 aplomb recover town --recovery-key "$work/recovery.key" --confirm --yes --json
run_expect 0 aplomb backup town --json
assert_json .verdict proven-clean

# The keeper, elsewhere and with his own credentials, moves the locks forward; the writer may not.
run_expect 1 aplomb prune
mkdir "$work/keeper"
sed "s|$writer|$keeper|" "$work/aplomb.toml" >"$work/keeper/aplomb.toml"
run_expect 0 aplomb --config "$work/keeper/aplomb.toml" prune --json
assert_true_json '.packs > 0 and .entries > 4 and (.locked_until | test("^20.*Z$"))'
# His delete markers go at once, his junk when its lock has run out; all that counts is still there.
assert_true_json '.objects_removed > 0 and .still_locked > 20'
as_keeper versions town site/
! grep -q marker "$work/s3" || fail "a delete marker is still there"
run_expect 0 aplomb --config "$work/keeper/aplomb.toml" prune --json
assert_json .objects_removed 0
check_restores after
