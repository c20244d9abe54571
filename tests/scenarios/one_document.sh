#!/usr/bin/env bash
# With --json every command prints one JSON document and nothing else, errors too; without it, people read their own
# language.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

# one_document STATUS ARGUMENT…: with --json before and behind the verb.
one_document() {
  local expected=$1
  shift
  run_expect "$expected" aplomb --json "$@"
  assert_eq 1 "$(jq -s length "$work/out")" "the number of documents of: $*"
  run_expect "$expected" aplomb "$@" --json
  assert_eq 1 "$(jq -s length "$work/out")" "the number of documents of: $*"
}
one_error() {
  local code=$1
  shift
  one_document 2 "$@"
  assert_json '.error.code' "$code"
  assert_json '.error | keys | join(" ")' "code next what where"
}

for verb in status backup snapshots verify; do one_error config $verb; done
for verb in "diff a b" "restore a --to $work/x" "approve town" "history town" "clean-point town" "quarantine list" \
  "known-good import $work"; do
  # shellcheck disable=SC2086  # several words
  one_error config $verb
done
one_error usage
one_error usage nosuch
one_error usage backup --nosuch
one_error usage backup --to x
one_error usage diff onlyone
one_error usage restore
one_error usage status --lang de

site=$work/www
mkdir "$site"
printf '<?php echo 1;\n' >"$site/index.php"
printf '<?php echo 2;\n' >"$site/"$'odd\nname\xff.php'
run_expect 0 aplomb init --root "$site" --name town --recovery-key "$work/recovery.key" --yes --json
id=$(jq -r .snapshot "$work/out")
printf '<?php echo 3;\n' >"$site/"$'odd\nname\xff.php'
one_document 1 backup
assert_json '.findings[0].path | test("odd.x0aname.xff.php")' true
one_document 1 status
one_document 0 snapshots
one_document 0 verify
one_document 1 history town
one_document 1 clean-point town
one_document 0 quarantine list
one_document 0 diff "$id" "$id" --recovery-key "$work/recovery.key"
one_document 0 scan "$site"
one_error not_found quarantine show nosuch
one_error usage quarantine nosuch
run_expect 0 aplomb approve town --json
assert_eq 1 "$(jq -s length "$work/out")"

# Nothing on standard output when a command fails, and nothing that could write to a terminal.
run_expect 2 aplomb backup nosuch
assert_eq 0 "$(stat -c %s "$work/out")"
printf '<?php echo 4;\n' >"$site/"$'\e[2Jname.php'
run_expect 1 aplomb backup
if grep -q $'\e' "$work/out" "$work/err"; then fail "a file name reached the terminal"; fi

# The language: --lang, else what init kept, else the environment.
run_expect 1 env LC_ALL=fr_FR.UTF-8 "$aplomb" status
assert_contains "$work/out" "next:"
sed -i 's/^language = .*/language = "fr"/' "$APLOMB_CONFIG"
run_expect 1 "$aplomb" status
french=$(cat "$work/out")
run_expect 1 "$aplomb" status --lang fr
assert_eq "$french" "$(cat "$work/out")"
run_expect 1 "$aplomb" status --lang en
assert_contains "$work/out" "next:"
run_expect 0 "$aplomb" --help --lang fr
run_expect 0 "$aplomb" restore --help --lang en
assert_contains "$work/out" "--to DIR"
run_expect 0 aplomb --version
if [ -e "$(dirname "$aplomb")/share/locale/fr/LC_MESSAGES/aplomb.mo" ]; then
  [ "$french" != "$(aplomb status || true)" ] || fail "the status is the same in French and English"
fi
