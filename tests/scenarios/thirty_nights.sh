#!/bin/bash
# Thirty ordinary nights of a town's WordPress: updates by itself, caches, comments, uploads, editors at work. At most one
# question a week to a person, none that is called infected; and a backdoor that no detector knows, slipped in during one
# of these nights, is not among what the person approves. The site is synthetic (wordpress_town.py).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

site=$work/site published=$work/published
here=$(dirname "$0")
town() { python3 "$here/wordpress_town.py" "$@"; }
export APLOMB_PASSPHRASE="une phrase de passe"

town build "$site" "$published"
python3 "$here/wordpress_town.py" serve "$published" "$work/port" &
server_pids+=($!)
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
APLOMB_WORDPRESS_ORG=http://127.0.0.1:$(cat "$work/port")
export APLOMB_WORDPRESS_ORG

run_expect 0 aplomb init --root "$site" --name valmont --db "sqlite:$site/wp-content/database/.ht.sqlite" \
  --vault "file:$work/vault" --recovery-key "$work/recovery.key" --yes --json
assert_json .verdict proven-clean
run_expect 0 aplomb backup valmont --json
assert_json .verdict proven-clean

backdoor=wp-content/plugins/formulaire-contact/includes/class-cache.php
questions=()
for night in $(seq 30); do
  town day "$night" "$site" "$published"
  if [ "$night" = 24 ]; then  # harmless-looking: one of many small files of a plugin that was updated that night
    # shellcheck disable=SC2016
    printf '<?php\n/** Cache. */\nclass Formulaire_Cache {\n\tpublic $marker = "inert";\n}\n' >"$site/$backdoor"
  fi
  status=0
  aplomb backup valmont --json >"$work/out" 2>"$work/err" || status=$?
  verdict=$(jq -r .verdict "$work/out")
  [ "$verdict" != infected ] || fail "night $night is called infected: $(jq -c '.findings' "$work/out")"
  [ "$verdict" = not-proven ] || { assert_eq 0 "$status" "the status of night $night"; continue; }
  questions+=("$night")
  cp "$work/out" "$work/question-$night"
  # The person answers for what he did, by its name, and for nothing else.
  case $night in
    9 | 24) mine=wp-content/plugins/marches-publics-pro ;;
    17) mine=wp-content/themes/commune-valmont ;;
    *) fail "night $night asks about $(jq -c '[.findings[] | [.path, .reason]]' "$work/out")" ;;
  esac
  aplomb approve valmont "$mine" --yes --json >"$work/approved" 2>"$work/err" || fail "$(cat "$work/err")"
  jq -e --arg mine "$mine/" '.approved | length > 0 and all(startswith($mine))' "$work/approved" >/dev/null ||
    fail "night $night: signed $(jq -c .approved "$work/approved")"
  assert_json '.components | length' 1 "$work/approved"
  jq -e '[.components[].objects[].sha256 | length == 64] | all' "$work/approved" >/dev/null || fail "no hashes are shown"
  if [ "$night" = 24 ]; then
    assert_json .verdict not-proven "$work/approved"
    run_expect 1 aplomb backup valmont --json
    assert_json '[.findings[].path] | join(" ")' "$backdoor"
    assert_json '.findings[0].reason' "formulaire-contact 1.24.0 of WordPress.org has no such file"
    # From the vault, on a state of its own, the same: the publisher is asked again.
    run_expect 1 aplomb history valmont --recovery-key "$work/recovery.key" --json
    assert_json .source vault
    assert_json '[.events[] | select(.path == "'$backdoor'")] | length' 1
    rm "$site/$backdoor"
    run_expect 0 aplomb backup valmont --json
  fi
  assert_json .verdict proven-clean "$([ "$night" = 24 ] && echo "$work/out" || echo "$work/approved")"
done

assert_eq "9 17 24" "${questions[*]}" "the nights with a question"
