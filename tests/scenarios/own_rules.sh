#!/bin/bash
# What an administrator brings himself: a hash that became known as bad outranks every approval, a rule of YARA finds what
# was there all along, a publisher's checksum list explains a release.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

site=$work/site
export APLOMB_PASSPHRASE="une phrase de passe"
mkdir -p "$site/inc"
echo '<?php echo "Bienvenue";' >"$site/index.php"
echo '<?php echo "marqueur APLOMB-INERT-TAG";' >"$site/inc/old.php"
run_expect 0 aplomb init --root "$site" --name valmont --vault "file:$work/vault" --recovery-key "$work/recovery.key" --yes --json

(cd "$site" && sha256sum inc/old.php) >"$work/liste.sha256"
run_expect 0 aplomb known-bad import "$work/liste.sha256" --json
assert_json .entries 1
run_expect 1 aplomb backup valmont --json
assert_json .verdict infected
assert_json '[.findings[] | .path + " " + .rule] | join(" ")' "inc/old.php known-bad-hash"
run_expect 1 aplomb clean-point valmont --recovery-key "$work/recovery.key" --json
assert_json .clean_point null
run_expect 0 aplomb known-bad remove liste.sha256
run_expect 0 aplomb backup valmont --json
assert_json .verdict proven-clean

cat >"$work/own.yar" <<'R'
rule Tagged { meta: description = "our tag" level = "malicious" strings: $a = "APLOMB-INERT-TAG" condition: $a }
R
echo 'rule Broken { condition: nonsense }' >"$work/broken.yar"
run_expect 2 aplomb known-bad import "$work/broken.yar"
assert_contains "$work/err" "line 1"
run_expect 1 aplomb scan --rules "$work/own.yar" "$site" --json
assert_json '[.findings[] | .rule + " " + .verdict] | join(" ")' "user-rule malicious"
run_expect 0 aplomb known-bad import "$work/own.yar"
run_expect 1 aplomb backup valmont --json
assert_json .verdict infected
assert_json '.findings[0].reason' "your rule Tagged fits: our tag"
run_expect 0 aplomb known-bad list --json
assert_json '.known_bad | join(" ")' own.yar
run_expect 0 aplomb known-bad remove own.yar

mkdir -p "$site/lib/jpgraph-1.0"
for n in a b c; do echo "<?php // $n" >"$site/lib/jpgraph-1.0/$n.php"; done
(cd "$site/lib" && sha256sum jpgraph-1.0/*) >"$work/jpgraph-1.0.sha256"
run_expect 0 aplomb known-good import "$work/jpgraph-1.0.sha256" --json
assert_json .files 3
run_expect 0 aplomb backup valmont --json
assert_json .verdict proven-clean
