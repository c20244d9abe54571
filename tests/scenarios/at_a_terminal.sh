#!/usr/bin/env bash
# init as a person meets it: the language, the passphrase twice and unseen, the plan, the baseline, and the recovery
# key that has to leave before it ends.
. "$(dirname "$0")/lib.sh"

site=$work/www
mkdir "$site"
printf '<?php echo 1;\n' >"$site/index.php"

# converse COMMAND…: runs it on a terminal; standard input has lines "text it waits for<TAB>answer". An answer that
# begins with ! is a shell command to run instead, followed by Enter. The whole screen is left in $work/screen.
converse() {
  python3 - "$work/screen" "$@" <<PY
import os, pty, select, subprocess, sys, time
dialogue = [line.split("\t") for line in """$dialogue""".splitlines()]
screen, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, rest = b"", b""
for wanted, answer in dialogue:
    end = time.time() + 30
    while wanted.encode() not in rest:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.time()))
        if not ready:
            sys.exit(f"waited in vain for {wanted!r}; the screen: {seen.decode(errors='replace')}")
        try:
            part = os.read(terminal, 65536)
        except OSError:
            sys.exit(f"it ended before {wanted!r}; the screen: {seen.decode(errors='replace')}")
        seen, rest = seen + part, rest + part
    rest = rest.split(wanted.encode(), 1)[1]
    if answer.startswith("!"):
        subprocess.run(answer[1:], shell=True, check=True)
        answer = ""
    time.sleep(0.1)
    os.write(terminal, answer.encode() + b"\n")
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    seen += part
open(screen, "wb").write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}

key=$work/safe/recovery.key
dialogue="Language / Langue	en
Write the recovery sheet too	y
New passphrase	first try
once more	something else
New passphrase	a long passphrase
once more	a long passphrase
Is the site as it should be?	y
Press Enter when it is gone	
Press Enter when it is gone	!mv '$key' '$work/usb-stick'
Press Enter when it is gone	!mv '$work/safe/recovery-sheet.html' '$work/printed.html'"
converse "$aplomb" init --root "$site" --name town --recovery-key "$key" || fail "init ended with $?"
assert_contains "$work/screen" "The two are not the same."
assert_contains "$work/screen" "proven clean"
assert_contains "$work/screen" "The recovery key has left this machine."
if grep -qa "a long passphrase" "$work/screen"; then fail "the passphrase was shown"; fi
grep -q '^language = "en"' "$APLOMB_CONFIG" || fail "the language was not kept"

# The passphrase is asked for where a key is needed, three times at most.
grep -q "<svg" "$work/printed.html" || fail "the sheet has no QR code"
id=$(aplomb snapshots --json | jq -r '.[0].snapshot')
dialogue="Passphrase of the recovery key	wrong
Passphrase of the recovery key	a long passphrase"
converse "$aplomb" diff "$id" "$id" --recovery-key "$work/usb-stick" || fail "diff ended with $?"
assert_contains "$work/screen" "nothing changed"
dialogue="Passphrase of the recovery key	wrong
Passphrase of the recovery key	wrong
Passphrase of the recovery key	wrong"
status=0
converse "$aplomb" diff "$id" "$id" --recovery-key "$work/usb-stick" || status=$?
assert_eq 2 "$status" "the exit status after three wrong passphrases"

# Approving shows what it signs, and no is no.
printf '<?php echo 2;\n' >"$site/new.php"
run_expect 1 aplomb backup
dialogue="Sign 1 object	n"
status=0
converse "$aplomb" approve town || status=$?
assert_eq 1 "$status" "the exit status of an approval that was declined"
assert_contains "$work/screen" "new.php"
dialogue="Sign 1 object	y
Passphrase of the owner key	a long passphrase"
converse "$aplomb" approve town || fail "approve ended with $?"
run_expect 0 aplomb status
