#!/usr/bin/env bash
# Vaults of every format that was ever frozen are read for ever: verified, restored, compared (tests/golden/README.md).
. "$(dirname "$0")/lib.sh"
aplomb() { "$aplomb" --lang en --json "$@" </dev/null; }
# shellcheck source=tests/golden/listing.sh
. "$root/tests/golden/listing.sh"

for golden in "$root"/tests/golden/format-*; do
  name=$(basename "$golden")
  elsewhere "$golden" "$work/$name"
  export APLOMB_PASSPHRASE
  APLOMB_PASSPHRASE=$(cat "$golden/passphrase")
  facts "$work/$name/aplomb.toml" "$work/$name/recovery.key" >"$work/facts" 2>"$work/err" || fail "$name cannot be read: $(tail -n 3 "$work/err")"
  diff <(jq -S . "$golden/facts.json") <(jq -S . "$work/facts") >&2 || fail "$name says something else of itself"
  expected "$work/$name/aplomb.toml" "$work/$name/recovery.key" "$work/$name/restored" >"$work/listing" 2>"$work/err" ||
    fail "$name cannot be restored: $(tail -n 3 "$work/err")"
  diff "$golden/expected" "$work/listing" >&2 || fail "$name is restored differently"
  run_expect 0 aplomb --config "$work/$name/aplomb.toml" --recovery-key "$work/$name/sheet.txt" verify --read-all
  run_expect 0 /usr/bin/python3 "$root/tests/second_reader/read_vault.py" "$work/$name/vault" check --key "$work/$name/recovery.key"
done
