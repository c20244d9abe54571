#!/usr/bin/env bash
# What is unexplained or malicious is found, dated, and explained away only by the owner's signature.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

# plant_setting SITE
plant_setting() {
  mkdir -p "$1/uploads"
  echo 'APLOMB-MARKER' >"$1/uploads/marker.txt"
  echo 'auto_prepend_file = "uploads/marker.txt"' >"$1/.user.ini"
}

site=$work/www
key=$work/recovery.key
mkdir -p "$site/uploads" "$site/theme"
printf '<?php echo "accueil";\n' >"$site/index.php"
printf 'php_flag engine off\n' >"$site/uploads/.htaccess"
run_expect 0 aplomb init --root "$site" --name town --recovery-key "$key" --yes --json
baseline=$(jq -r .snapshot "$work/out")

run_expect 0 aplomb clean-point town --json
assert_json '.clean_point' "$baseline"
assert_json '.first_bad' null
assert_json '.source' machine

# The author changes a line of the theme, and somebody else leaves a mark: a setting that runs an upload before each
# page. The upload is plain text.
printf '<?php echo "nouveau thème";\n' >"$site/theme/new.php"
plant_setting "$site"
run_expect 1 aplomb backup town --json
assert_json '.verdict' infected
assert_json '[.findings[] | .path] | sort | join(" ")' ".user.ini theme/new.php"
assert_json '.findings[] | select(.path == ".user.ini") | .verdict' malicious
assert_json '.findings[] | select(.path == "theme/new.php") | .rule' unexplained
bad=$(jq -r .snapshot "$work/out")

run_expect 1 aplomb status --json
assert_json '.sites[0].verdict' infected
assert_json '.sites[0].next' "aplomb recover town"

for source in machine vault; do
  named=()
  [ $source = machine ] || named=(--recovery-key "$key")
  run_expect 1 aplomb clean-point town --json "${named[@]}"
  assert_json '.source' $source
  assert_json '.clean_point' "$baseline"
  assert_json '.first_bad' "$bad"
  assert_json '[.first_bad_objects[].path] | sort | join(" ")' ".user.ini theme/new.php"
  assert_json '[.points[].verdict] | join(" ")' "proven-clean infected"
  run_expect 1 aplomb history town --json "${named[@]}"
  assert_json '.source' $source
  assert_json '[.events[] | .kind] | sort | join(" ")' "malicious unexplained"
  assert_json '[.events[].snapshot] | unique | join(" ")' "$bad"
done

# The owner explains the theme. The marker is refused, named or not.
run_expect 1 aplomb approve town .user.ini --json
assert_json '.approved' '[]'
assert_json '.rejected[0].path' .user.ini
run_expect 2 aplomb approve town no/such.php
APLOMB_PASSPHRASE=wrong run_expect 2 aplomb approve town theme --json
assert_json '.error.code' key
run_expect 0 aplomb approve town theme --json
assert_json '.approved | join(" ")' theme/new.php
assert_json '.verdict' infected

rm "$site/.user.ini" "$site/uploads/marker.txt"
run_expect 0 aplomb backup town --json
assert_json '.verdict' proven-clean
run_expect 1 aplomb clean-point town --json --recovery-key "$key"
assert_json '.clean_point' "$baseline"
assert_json '.lost_if_whole | join(" ")' theme/new.php

# Taken back, it is unexplained again; approved again, it is not.
run_expect 0 aplomb approve town theme/new.php --revoke --json
assert_json '.revoked | join(" ")' theme/new.php
assert_json '.verdict' not-proven
run_expect 0 aplomb approve town --json
assert_json '.verdict' proven-clean

# A setting that protected the uploads goes: that is a change too, and giving it up is a decision.
rm "$site/uploads/.htaccess"
run_expect 1 aplomb backup town --json
assert_json '.findings[0].kind' missing
run_expect 0 aplomb approve town uploads/.htaccess --json
assert_json '.verdict' proven-clean

# A vendor's release explains its own files.
mkdir -p "$work/release/plugin"
printf '<?php function agenda() { return 3; }\n' >"$work/release/plugin/agenda.php"
cp -r "$work/release/plugin" "$site/"
run_expect 1 aplomb backup town --json
run_expect 0 aplomb known-good import "$work/release" --name "agenda 3" --json
assert_json '.files' 1
run_expect 0 aplomb backup town --json
assert_json '.verdict' proven-clean
run_expect 3 aplomb known-good import "$site/index.php" --json
assert_json .error.code corrupt
# The same release as its publisher packed it.
mkdir "$work/packed" && cp -r "$work/release" "$work/packed/agenda"
tar -C "$work/packed" -czf "$work/agenda-3.tar.gz" agenda
run_expect 0 aplomb known-good import "$work/agenda-3.tar.gz" --json
assert_json .product agenda-3
assert_json .files "$(find "$work/release" -type f | wc -l)"

# A site that is hacked already gets no baseline.
mkdir "$work/late"
printf '<?php echo 1;\n' >"$work/late/index.php"
plant_setting "$work/late"
run_expect 1 aplomb init --root "$work/late" --yes --json
assert_json '.approved' false
assert_json '[.findings[].path] | join(" ")' .user.ini
run_expect 1 aplomb scan "$work/late" --json
assert_json '.findings[0].verdict' malicious
assert_true_json '.findings[0] | has("path") and has("rule") and has("reason") and (.line | type == "number")'
run_expect 0 aplomb scan "$work/late/index.php" --json
assert_json '.findings' '[]'
