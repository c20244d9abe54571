#!/bin/bash
# How they got in: a site with logs of its own, an upload through a form, and `aplomb history` names the line of the
# log; the papers name it too. The same after the line was erased: unknown, and the silence is said.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase for tests"

site=$work/town/www
logs=$work/town/logs
key=$work/town/recovery.key
export APLOMB_CONFIG=$work/town/aplomb.toml
mkdir -p "$site/uploads" "$logs"
echo '<?php echo "accueil";' >"$site/index.php"
run_expect 0 aplomb init --root "$site" --name town --vault "file:$work/town/vault" --recovery-key "$key" --yes
# Nothing bad: no log is read.
run_expect 0 aplomb history town --json
assert_json '.entry | length' 0
assert_json '.logs | length' 0

# The intruder: a form, then the file itself, from one address; visitors around.
echo '<?php echo "MARKER";' >"$site/uploads/x.php"
changed=$(stat -c %Z "$site/uploads/x.php")
python3 - "$logs" "$changed" <<'PY'
import gzip, sys, time
folder, changed = sys.argv[1], int(sys.argv[2])
def line(t, address, request, status=200, agent="Mozilla/5.0", size=500):
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(t))
    return f'{address} - - [{stamp}] "{request} HTTP/1.1" {status} {size} "-" "{agent}"\n'
noise = [line(t, "198.51.100.%d" % (t // 60 % 200), "GET /") for t in range(changed - 5 * 86400, changed - 86400, 120)]
with gzip.open(folder + "/access.log.2.gz", "wt") as out:
    out.writelines(noise)
with open(folder + "/access.log.1", "w") as out:
    out.writelines(line(t, "198.51.100.%d" % (t // 60 % 200), "GET /") for t in range(changed - 86400, changed - 3600, 120))
with open(folder + "/access.log", "w") as out:
    out.writelines(line(t, "198.51.100.7", "GET /") for t in range(changed - 3600, changed - 60, 60))
    out.write(line(changed, "203.0.113.66", "POST /form/upload.php", agent="curl/8.5"))
    out.write(line(changed + 1, "203.0.113.66", "GET /uploads/x.php?c=id", agent="curl/8.5"))
    out.write(line(changed + 2, "203.0.113.66", "GET /backup.sql.gz", size=5000000))
    out.write(line(changed + 120, "198.51.100.7", "GET /"))
PY
run_expect 1 aplomb backup town

run_expect 1 aplomb history town --json
assert_json '.entry[0].object' uploads/x.php
assert_json '.entry[0].request' "POST /form/upload.php"
assert_json '.entry[0].address' 203.0.113.66
assert_json '.entry[0].agent' curl/8.5
assert_json '.entry[0].confidence' high
assert_json '.entry[0].first_use.request' "GET /uploads/x.php?c=id"
assert_json '.addresses[0].requests' 3
assert_json '.fetched[0].bytes' 5000000
assert_json '[.gaps[] | select(.log | startswith("/var/log/") | not)] | length' 0 # the machine's own logs may be unreadable
[ "$(sed -n "$(jq -r '.entry[0].line' "$work/out")p" "$(jq -r '.entry[0].log' "$work/out")" | cut -d' ' -f6-7)" = '"POST /form/upload.php' ] ||
  fail "the line that is named is another"
"$aplomb" --lang fr history town >"$work/screen" || true
grep -q "POST /form/upload.php" "$work/screen" || fail "history in words"
grep -q "quasi certain" "$work/screen" || fail "history in French"

# The papers name the line as their source.
run_expect 0 aplomb incident open town --json
run_expect 0 aplomb incident report town --to "$work/papers" --json
grep -q "access.log, ligne" "$work/papers/rapport-technique.html" || fail "the technical report"
grep -q "203.0.113.66" "$work/papers/plainte.html" || fail "the complaint"
run_expect 0 aplomb incident close town --false-alarm --json

# He erased his lines: nothing is invented.
sed -i '/203\.0\.113\.66/d' "$logs/access.log"
run_expect 1 aplomb history town --json
assert_json '.entry[0].confidence' unknown
assert_json '.entry[0].request' null
# The vault remembers: with the recovery key, the log as it was sealed names him, and that it was shortened is said.
run_expect 1 aplomb history town --recovery-key "$key" --json
assert_json '.entry[0].request' "POST /form/upload.php"
assert_json '.entry[0].address' 203.0.113.66
assert_json '.addresses[0].requests' 3
assert_true_json '[.gaps[].kind] | index("shortened") != null'
assert_true_json '.entry[0].log | startswith("snapshot ")'
# A file of the series is gone, too.
rm "$logs/access.log.1"
run_expect 1 aplomb history town --json
assert_json '[.gaps[].kind] | index("missing-file") != null' true
# All logs are gone.
rm -r "$logs"
run_expect 1 aplomb history town --json
assert_json '.entry[0].confidence' unknown
assert_json '[.gaps[].kind] | index("no-logs") != null' true
run_expect 1 aplomb history town --recovery-key "$key" --json
assert_json '.entry[0].request' "POST /form/upload.php"
assert_json '.entry[0].confidence' high
