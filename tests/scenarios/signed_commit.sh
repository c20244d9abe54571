#!/bin/bash
# A site deployed from a git repository: a commit that a pinned key signed approves what it contains, without any key of
# Aplomb at the deployment, on the machine and from the vault; what nobody signed, and what is not in it, stays a question.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

site=$work/site
export APLOMB_PASSPHRASE="une phrase de passe"
ssh-keygen -q -t ed25519 -N "" -C anne -f "$work/anne"
ssh-keygen -q -t ed25519 -N "" -C mallory -f "$work/mallory"
echo "anne@valmont.example namespaces=\"git\" $(cut -d' ' -f1,2 "$work/anne.pub")" >"$work/signers"
git init -q -b main "$work/deploy"
g() { git -C "$work/deploy" -c user.name=Anne -c user.email=anne@valmont.example -c gpg.format=ssh "$@"; }
deploy() {  # what a deployment script does: take the files of the commit
  git -C "$work/deploy" archive HEAD | tar -x -C "$site"
}

mkdir -p "$site" "$work/deploy/inc"
echo '<?php require __DIR__ . "/inc/page.php";' >"$work/deploy/index.php"
echo '<?php echo "Bienvenue";' >"$work/deploy/inc/page.php"
g add -A
g -c user.signingKey="$work/anne" commit -q -S -m "First"
deploy
run_expect 0 aplomb init --root "$site" --name valmont --vault "file:$work/vault" --recovery-key "$work/recovery.key" --yes --json

# Nobody is pinned yet; then the owner pins Anne.
run_expect 2 aplomb known-good commit "$work/deploy" --to "$site"
assert_contains "$work/err" "--signers FILE"
run_expect 0 aplomb known-good commit "$work/deploy" --to "$site" --signers "$work/signers" --json
assert_json .signer anne@valmont.example
assert_json .files 2

# A deployment: no key of Aplomb, and no question at night.
echo '<?php echo "Bienvenue à Valmont";' >"$work/deploy/inc/page.php"
echo '<?php echo "Agenda";' >"$work/deploy/inc/agenda.php"
g add -A
g -c user.signingKey="$work/anne" commit -q -S -m "Agenda"
deploy
(unset APLOMB_PASSPHRASE; run_expect 0 aplomb known-good commit "$work/deploy" main --to "$site" --json)
run_expect 0 aplomb backup valmont --json
assert_json .verdict proven-clean

# What a stranger signed is refused, and what is in no commit is a question.
echo '<?php echo "Autre";' >"$work/deploy/inc/other.php"
g add -A
g -c user.signingKey="$work/mallory" commit -q -S -m "Not ours"
deploy
run_expect 1 aplomb known-good commit "$work/deploy" --to "$site"
assert_contains "$work/err" "none of the pinned keys signed this commit"
run_expect 1 aplomb backup valmont --json
assert_json '[.findings[].path] | join(" ")' inc/other.php

# The vault alone says the same; and nothing more once the owner takes the pin back.
run_expect 1 aplomb history valmont --recovery-key "$work/recovery.key" --json
assert_json .source vault
assert_json '[.events[].path] | join(" ")' inc/other.php
rm "$site/inc/other.php"
run_expect 0 aplomb backup valmont --json
run_expect 0 aplomb approve valmont deployment:signers --revoke --yes --json
run_expect 1 aplomb backup valmont --json
assert_json '[.findings[].path] | sort | join(" ")' "inc/agenda.php inc/page.php"
