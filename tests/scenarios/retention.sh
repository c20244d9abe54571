#!/usr/bin/env bash
# prune and hold with the real program: what is young, approved or on hold stays, and the words say so. How months and
# years are thinned is played with a clock of its own in collect_test.cc.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

site=$work/www
key=$work/recovery.key
vault=$work/aplomb-state/vault
mkdir -p "$site"
printf '<?php echo "accueil";\n' >"$site/index.php"
run_expect 0 aplomb init --root "$site" --name town --recovery-key "$key" --yes --json
first=$(jq -r .snapshot "$work/out")
run_expect 0 aplomb backup town --json
second=$(jq -r .snapshot "$work/out")

run_expect 0 aplomb prune --json
assert_json '.removed | length' 0
assert_json '.bytes_freed' 0
assert_json '.kept' 2
assert_json '.pinned' 1 # the baseline, by its approval
run_expect 0 aplomb hold "${second:0:12}" --json
assert_json '.snapshot' "$second"
assert_json '.held' true
# On the keeper's machine: no configuration, no key.
APLOMB_CONFIG=/nonexistent run_expect 0 aplomb prune "$vault" --json
assert_json '.pinned' 2
run_expect 0 aplomb hold "$second" --release --json
assert_json '.held' false
run_expect 0 aplomb prune --json
assert_json '.pinned' 1
run_expect 2 aplomb hold ffffffffffff --json
assert_json '.error.code' not_found
APLOMB_PASSPHRASE=wrong run_expect 2 aplomb hold "$first" --json
assert_json '.error.code' key
run_expect 2 aplomb prune "$work/nosuch" --json
assert_json '.error.code' not_found

# Packs as an interrupted backup leaves them, a fortnight old, are swept; what a snapshot needs is not.
find "$vault/packs" -name '*.pack' -exec touch -d '14 days ago' {} +
printf '<?php echo "bienvenue";\n' >"$site/index.php"
run_expect 0 aplomb prune --json
assert_json '.packs_deleted' 0
run_expect 0 aplomb verify --read-all --recovery-key "$key" --json
run_expect 0 aplomb restore "$second" --to "$work/back" --recovery-key "$key" --json
assert_contains "$work/back/index.php" accueil
