#!/bin/bash
# A user without root, and something of the site that this user cannot read: recover knows it before it changes
# anything, says what to do, and finishes when that is done. And a backup that fails is not forgotten: status tells
# of it until the next one succeeds.
. "$(dirname "$0")/lib.sh"

export APLOMB_PASSPHRASE="a passphrase for tests"
site=$work/www
mkdir -p "$site/public/uploads"
echo '<?php echo "accueil";' >"$site/public/index.php"
echo 'Le plan de la commune.' >"$site/public/uploads/plan.txt"

# The scenario itself may run as root, to whom everything is readable.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
  command -v setpriv >"$work/setpriv" || skip "there is no setpriv to become a user without root"
  chown -R 65534:65534 "$work"
  chmod 755 "$work"
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  "${as_user[@]}" test -x "$aplomb" || skip "the program lies where another user cannot run it"
fi
aplomb() { "${as_user[@]}" "$aplomb" --lang en "$@"; }
owner() { [ ${#as_user[@]} -eq 0 ] || chown -R 65534:65534 "$site"; }

run_expect 0 aplomb --json init --root "$site" --name mairie --vault "file:$work/vault" \
  --recovery-key "$work/recovery.key" --yes
assert_json .verdict proven-clean
key=(--recovery-key "$work/recovery.key")

# The site, as far as whoever runs this may read it: without root that is not all.
readable_sums() {
  (
    cd "$site" || exit
    find . -printf '%P\t%y\t%m\t%l\n' | LC_ALL=C sort
    find . -type f -readable -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
  ) 2>/dev/null || true
}

# ---- one inert file and one folder that cannot be read ----
echo '<?php echo "MARKER";' >"$site/public/marker.php"
echo 'Une note.' >"$site/public/uploads/note.txt"
mkdir "$site/public/uploads/prive" && echo 'Une autre.' >"$site/public/uploads/prive/note.txt"
owner
chmod 000 "$site/public/uploads/note.txt" "$site/public/uploads/prive"
run_expect 1 aplomb --json backup mairie
readable_sums >"$work/before"
run_expect 1 aplomb --json "${key[@]}" recover mairie --yes
assert_true_json '.changed == [] and .verified == false'
assert_true_json '.planned != null'
assert_true_json '.gate | any(contains("uploads/note.txt") and contains("could not be read"))'
assert_true_json '.gate | any(contains("uploads/prive"))'
assert_true_json '.gate | any(contains("--override unreadable"))'
readable_sums >"$work/after"
cmp "$work/before" "$work/after" || fail "the site was changed although something could not be read"
chmod 644 "$site/public/uploads/note.txt" && chmod 755 "$site/public/uploads/prive"
run_expect 0 aplomb --json "${key[@]}" recover mairie --resume
assert_json .verified true
[ ! -e "$site/public/marker.php" ] || fail "the marker is left"
assert_eq "Une note." "$(cat "$site/public/uploads/note.txt")" "the note"
run_expect 0 aplomb --json recover mairie --confirm

# ---- a folder that was made read-only, with a marker in it: a switch that begins must end ----
echo '<?php echo "MARKER";' >"$site/public/uploads/marker.php"
owner
chmod 555 "$site/public/uploads"
readable_sums >"$work/before"
run_expect 1 aplomb --json "${key[@]}" recover mairie --yes --override not-proven --override unreadable
if [ "$(id -u)" -ne 0 ] || [ ${#as_user[@]} -gt 0 ]; then
  assert_true_json '.changed == [] and (.gate | any(contains("public/uploads") and contains("may not write")))'
  readable_sums >"$work/after"
  cmp "$work/before" "$work/after" || fail "the site was changed although the switch could not end"
fi
chmod 755 "$site/public/uploads"
run_expect 0 aplomb --json "${key[@]}" recover mairie --resume
assert_json .verified true
[ ! -e "$site/public/uploads/marker.php" ] || fail "the marker is left"
run_expect 0 aplomb --json recover mairie --confirm

# ---- the same, taken upon oneself ----
echo '<?php echo "MARKER";' >"$site/public/marker.php"
owner
chmod 000 "$site/public/uploads/note.txt"
run_expect 1 aplomb --json "${key[@]}" recover mairie --yes --override unreadable
assert_true_json '.changed != [] and .verified == false and (.gate | length) > 0'
[ ! -e "$site/public/marker.php" ] || fail "the marker is left"
[ -e "$site/public/uploads/note.txt" ] || fail "what could not be read is gone"
chmod 644 "$site/public/uploads/note.txt"
run_expect 0 aplomb --json recover mairie --confirm
run_expect 0 aplomb --json backup mairie

# ---- an older point ----
point=$(aplomb --json snapshots mairie | jq -r '.[0].snapshot')
assert_true_json '.[0].before_closed_incident and (.[-1].before_closed_incident | not)' <(aplomb --json snapshots mairie)
run_expect 1 aplomb --json "${key[@]}" clean-point mairie  # the incident that was not verified is still open
assert_true_json '(.earlier | length) > 0 and .incident_closed != null'
assert_json '.earlier[0].verdict' proven-clean
echo '<?php echo "MARKER";' >"$site/public/marker.php"
owner
run_expect 1 aplomb --json backup mairie
run_expect 0 aplomb --json "${key[@]}" recover mairie --yes --point "$point"
assert_true_json '.proven and .verified and (.point_reason | contains("incident"))'
[ ! -e "$site/public/marker.php" ] || fail "the marker is left"
run_expect 0 aplomb --json recover mairie --confirm

# ---- a backup that fails ----
backup_fails() { if aplomb --json backup mairie >"$work/out" 2>"$work/err" </dev/null; then fail "the backup did not fail"; fi; }
run_expect 0 aplomb --json status
assert_json '.sites[0].failed_backup' null
mv "$site" "$work/elsewhere"
backup_fails
run_expect 1 aplomb --json status
assert_true_json '.sites[0].failed_backup.what | length > 0'
assert_json '.sites[0].next' "aplomb backup mairie"
run_expect 1 aplomb status
assert_contains "$work/out" "failed"
mv "$work/elsewhere" "$site"
run_expect 0 aplomb --json backup mairie
run_expect 0 aplomb --json status
assert_json '.sites[0].failed_backup' null
mv "$work/vault" "$work/vault-away"
backup_fails
run_expect 1 aplomb --json status
assert_true_json '.sites[0].failed_backup != null'
