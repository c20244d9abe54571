#!/usr/bin/env bash
# The vault behind a keeper that OpenSSH's own sshd serves, on loopback: set up as the README says, attacked with
# every secret of the web server, cut in the middle of a backup; everything from before comes back.
. "$(dirname "$0")/lib.sh"
export APLOMB_PASSPHRASE="a passphrase of the scenario"

sshd=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$sshd" ] && command -v ssh >/dev/null || skip "sshd or ssh is not installed"
case $work in *[!A-Za-z0-9/._-]*) skip "the temporary folder has a name that no address can hold" ;; esac
user=$(id -un)

# An sshd of our own: its host key, port, configuration and authorized_keys lie in $work; it runs as this user.
# As root, sshd wants its empty folder, and that root's own login is not forbidden on this machine.
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd || skip "/run/sshd cannot be made"
ssh-keygen -q -t ed25519 -N "" -f "$work/host_key" </dev/null
run_sshd() { # until it listens; false when it does not
  : >"$work/sshd.log"
  "$sshd" -D -e -f "$work/sshd_config" 2>>"$work/sshd.log" </dev/null &
  server_pids+=($!)
  local waited
  for ((waited = 0; waited < 200; waited++)); do
    if grep -q "Server listening" "$work/sshd.log"; then return; fi
    kill -0 $! 2>/dev/null || break
    sleep 0.05
  done
  return 1
}
start_sshd() {
  local tries
  for tries in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
    cat >"$work/sshd_config" <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $work/host_key
PidFile none
AuthorizedKeysFile $work/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
LogLevel VERBOSE
CONFIG
    if run_sshd; then return; fi
  done
  skip "sshd does not start here: $(tail -n 1 "$work/sshd.log")"
}
start_sshd
touch "$work/authorized_keys"

# The second machine.
vault=$work/keeper/vault
run_expect 0 aplomb keeper create "$vault" --json
keeper=$(jq -r .keeper "$work/out")
assert_json '.authorized_keys | length' 3
assert_eq 700 "$(stat -c %a "$vault")" "the mode of the keeper's folder"
assert_eq 600 "$(stat -c %a "$vault/keeper.key")" "the mode of the keeper's key"
run_expect 2 aplomb keeper create "$vault" --json
assert_json '.error.code' exists
host=$(awk '{print $2}' "$work/host_key.pub" | base64 -d | tail -c 32 | od -An -tx1 -v | tr -d ' \n')
url="ssh://$user@127.0.0.1:$port$vault?keeper=$keeper&host=$host"

# The site.
site=$work/www
db=$site/data/town.db
key=$work/recovery.key
mkdir -p "$site"/{public/uploads,data}
echo '<?php echo "accueil";' >"$site/public/index.php"
for i in 1 2 3 4 5 6; do { printf '\xff\xd8\xff\xe0'; head -c 3000000 /dev/urandom; } >"$site/public/uploads/photo-$i.jpg"; done
sqlite3 "$db" "CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, password_hash TEXT, role TEXT);
  INSERT INTO users VALUES (1, 'maire', 'x', 'admin'); CREATE TABLE news (id INTEGER PRIMARY KEY, body TEXT);
  INSERT INTO news VALUES (1, 'Le marché a lieu samedi.');"

# init shows the line for the second machine, keeps its keys, and goes on with them when it is run again.
init=(aplomb --json init --root "$site" --name mairie --db "sqlite:$db" --vault "$url" --recovery-key "$key" --sheet "$work/sheet.txt" --yes)
run_expect 2 "${init[@]}"
assert_json '.error.code' key
line=$(jq -r .error.next "$work/out" | grep -o "aplomb keeper allow $vault writer=[A-Za-z0-9+/]* reader=[A-Za-z0-9+/]* owner=[A-Za-z0-9+/]*")
[ ! -e "$APLOMB_CONFIG" ] || fail "an init that did not end left a configuration"
# shellcheck disable=SC2086  # the words of the line
run_expect 0 aplomb ${line#aplomb } --to "$work/authorized_keys" --json
assert_json .logins 3
assert_eq 3 "$(grep -c '^restrict,command="' "$work/authorized_keys")" "the lines of authorized_keys"
run_expect 0 "${init[@]}"
if grep -q "no matching\|fatal" "$work/sshd.log"; then fail "sshd: $(tail -n 3 "$work/sshd.log")"; fi
assert_json .verdict proven-clean
assert_json .protection none-against-root # this keeper is on the same machine, and init knows
first=$(jq -r .snapshot "$work/out")
run_expect 0 aplomb --json status
assert_json '.vault_problem' null
state=$work/aplomb-state
writer=$state/ssh/writer
assert_eq 600 "$(stat -c %a "$writer")" "the mode of the writer's login"
[ "$(find "$state/ssh" -type f | wc -l)" -eq 2 ] || fail "other logins than the writer's lie in the state folder"

echo '<?php echo "accueil, bienvenue";' >"$site/public/index.php"
sqlite3 "$db" "INSERT INTO news VALUES (2, 'La fête est dimanche.');"
run_expect 1 aplomb --json backup mairie
run_expect 0 aplomb --json approve mairie --yes
run_expect 0 aplomb --json backup mairie
assert_json .verdict proven-clean
good=$(jq -r .snapshot "$work/out")
cp -a "$site" "$work/before"

# kill -9 of the ssh process in the middle of a backup: 3, nothing lost, and what was finished is not sent again.
mkdir "$site/public/films"
for i in $(seq 25); do head -c 4000000 /dev/urandom >"$site/public/films/$i.bin"; done
"$aplomb" --lang en --json backup mairie >"$work/out" 2>"$work/err" </dev/null &
backup=$!
packs=$(find "$vault/packs" -name '*.pack' | wc -l)
for ((i = 0; i < 2000; i++)); do
  [ "$(find "$vault/packs" -name '*.pack' | wc -l)" -le "$packs" ] || break
  kill -0 $backup 2>/dev/null || break
  sleep 0.01
done
for pid in $(ps -o pid= --ppid $backup); do
  if [ "$(ps -o comm= -p "$pid")" = ssh ]; then kill -9 "$pid"; fi
done
status=0
wait $backup || status=$?
assert_eq 3 "$status" "the exit status of a backup whose connection broke"
assert_json '.error.code' network
finished=$(($(find "$vault/packs" -name '*.pack' | wc -l) - packs))
[ "$finished" -ge 1 ] || fail "no pack was finished before the connection broke"
for ((i = 0; i < 100; i++)); do
  [ -n "$(find "$vault/packs/tmp" -type f)" ] || break # the server sees the end in its own time
  sleep 0.05
done
assert_eq "" "$(find "$vault/packs/tmp" -type f)" "what a broken connection left"
run_expect 0 aplomb --json backup mairie
assert_json .verdict proven-clean
assert_true_json ".bytes_stored < $((100000000 - finished * 15000000))"
run_expect 0 aplomb keeper verify "$vault" --json
assert_json .ok true

# ---- an intruder with root on the web server: he has the state folder, and so the writer's login and keys ----
attacker=(ssh -F none -i "$writer" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no
  -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -p "$port" "$user@127.0.0.1")
find "$vault" -type f ! -path '*/usage/*' ! -path '*/index/*' -exec sha256sum {} + | LC_ALL=C sort >"$work/vault-before"
# No shell, no command of his, no file transfer, no forwarding.
for command in "id" "rm -rf $vault" "aplomb keeper owner $vault" "sh -i" ""; do
  timeout 20 "${attacker[@]}" $command >"$work/attack" 2>&1 </dev/null || true
  if grep -q "uid=" "$work/attack"; then fail "the attacker got a shell"; fi
done
if timeout 20 "${attacker[@]}" -s sftp </dev/null >"$work/attack" 2>&1 && grep -q SFTP "$work/attack"; then fail "sftp works"; fi
if timeout 20 "${attacker[@]}" -o ExitOnForwardFailure=yes -W "127.0.0.1:$port" </dev/null >"$work/attack" 2>&1 && grep -q SSH- "$work/attack"; then
  fail "the attacker can forward connections"
fi
# Nonsense instead of the protocol, and a length that fills memory.
head -c 100000 /dev/urandom | timeout 20 "${attacker[@]}" x >"$work/attack" 2>&1 || true
printf '\377\377\377\377\001\001\000\000\000' | timeout 20 "${attacker[@]}" x >"$work/attack" 2>&1 || true
# The roles that his login is not of: his key in the place of the owner's and the reader's.
cp -a "$state" "$work/stolen"
# All that was there is there, to the byte.
find "$vault" -type f ! -path '*/usage/*' ! -path '*/index/*' -exec sha256sum {} + | LC_ALL=C sort >"$work/vault-after"
diff "$work/vault-before" "$work/vault-after" >"$work/vault-diff" || fail "the attack changed the vault: $(head -n 5 "$work/vault-diff")"

# A limit that the administrator set: refused in words that reach the user, who is told what to do.
sed -i 's/^snapshots_per_day = .*/snapshots_per_day = 1/' "$vault/keeper.toml"
run_expect 3 aplomb --json backup mairie
assert_json '.error.code' limit
assert_true_json '.error.next | contains("snapshots_per_day")'
sed -i 's/^snapshots_per_day = .*/snapshots_per_day = 100/' "$vault/keeper.toml"

# The attack on the site itself: an inert marker of the same size, with the times of the file that it replaces.
touch -r "$site/public/index.php" "$work/times"
printf '<?php echo "MARKER-%s";\n' "$(printf 'x%.0s' {1..12})" >"$work/same-size"
size=$(stat -c %s "$site/public/index.php")
truncate -s "$size" "$work/same-size"
cat "$work/same-size" >"$site/public/index.php"
touch -r "$work/times" "$site/public/index.php"
echo '<?php echo "MARKER-upload";' >"$site/public/uploads/x.php"
run_expect 1 aplomb --json backup mairie
assert_true_json '[.findings[].path] | any(contains("index.php"))'

# Another machine with the recovery key alone: no state, no writer key; it names the point and restores it.
other=$work/other
mkdir -p "$other"
cp "$APLOMB_CONFIG" "$other/aplomb.toml"
clean=$(aplomb --config "$other/aplomb.toml" --recovery-key "$key" --json clean-point mairie || true)
[ "$(jq -r .source <<<"$clean")" = vault ] || fail "the clean point was not judged from the vault: $clean"
run_expect 0 aplomb --config "$other/aplomb.toml" --recovery-key "$key" --json restore "$good" --to "$work/restored"
cmp "$work/before/public/index.php" "$(find "$work/restored" -name index.php)"
run_expect 0 aplomb --config "$other/aplomb.toml" --recovery-key "$key" --json verify --read-all
assert_json .ok true

# The keeper's machine sees without a key that the site is heard of; a silent one would end with 1.
run_expect 0 aplomb keeper status "$vault" --json
assert_json '.sites | length' 1
assert_json .silent false
run_expect 0 aplomb keeper status "$vault"
assert_contains "$work/out" "0 hours ago"

# The intruder used up the day's snapshots. Evidence and the new epoch come in all the same, by the owner's word.
sed -i 's/^snapshots_per_day = .*/snapshots_per_day = 1/' "$vault/keeper.toml"
run_expect 3 aplomb --json backup mairie
assert_json '.error.code' limit
# Recovery; after it, the stolen writer key adds nothing any more.
run_expect 0 aplomb --json --recovery-key "$key" recover mairie --yes
assert_json .verified true
sed -i 's/^snapshots_per_day = .*/snapshots_per_day = 100/' "$vault/keeper.toml"
if grep -rl MARKER "$site" >"$work/left"; then fail "a marker is left: $(cat "$work/left")"; fi
cmp "$work/before/public/index.php" "$site/public/index.php"
run_expect 0 aplomb --json backup mairie
sed "s|$work/aplomb-state|$work/stolen|" "$APLOMB_CONFIG" >"$work/intruder.toml"
mkdir -p "$work/intruder" && cp "$work/intruder.toml" "$work/intruder/aplomb.toml" && cp -a "$work/stolen" "$work/intruder/aplomb-state"
run_expect 1 aplomb --config "$work/intruder/aplomb.toml" --json backup mairie
assert_json '.error.code' refused
run_expect 0 aplomb --json --recovery-key "$key" restore "$first" --to "$work/restored-first"
run_expect 0 aplomb keeper verify "$vault" --json
assert_json .ok true

# A rebuilt machine that has the configuration and the words of the sheet. Without a login at the keeper it cannot ask
# which vault they are for; it gets one of its own, and the stolen one is worth nothing from then on.
rebuilt=$work/rebuilt
mkdir -p "$rebuilt/aplomb-state/ssh"
cp "$APLOMB_CONFIG" "$rebuilt/aplomb.toml"
sed -n '/^APLOMB RECOVERY WORDS$/,/^END$/p' "$work/sheet.txt" >"$work/words"
words=(aplomb --config "$rebuilt/aplomb.toml" --recovery-key "$work/words" --json)
run_expect 2 "${words[@]}" restore "$good" --to "$work/restored-by-words"
assert_true_json '.error.next | contains("login")'
ssh-keygen -q -t ed25519 -N "" -f "$rebuilt/aplomb-state/ssh/writer" </dev/null
login=$(awk '{print $2}' "$rebuilt/aplomb-state/ssh/writer.pub")
run_expect 0 aplomb keeper allow "$vault" "writer=$login" --to "$work/authorized_keys"
assert_eq 3 "$(grep -c '^restrict,command="' "$work/authorized_keys")" "the lines of authorized_keys"
run_expect 0 "${words[@]}" restore "$good" --to "$work/restored-by-words"
assert_same_tree "$work/restored" "$work/restored-by-words"
timeout 20 "${attacker[@]}" x >"$work/attack" 2>&1 </dev/null && fail "the stolen login is still let in"
assert_contains "$work/attack" "Permission denied"
cp "$rebuilt"/aplomb-state/ssh/writer{,.pub} "$state/ssh/"
run_expect 0 aplomb --json backup mairie

# Somebody answers in the keeper's place: with another host key, and behind the true host key with another keeper.
stop_servers
ssh-keygen -q -t ed25519 -N "" -f "$work/false_key" </dev/null
mv "$work/host_key" "$work/true_key" && mv "$work/false_key" "$work/host_key"
sed -i "s/^Port .*/Port $port/" "$work/sshd_config"
run_sshd
run_expect 2 aplomb --json backup mairie
assert_json '.error.code' key
stop_servers
mv "$work/true_key" "$work/host_key"
run_sshd
run_expect 0 aplomb keeper create "$work/keeper/false" --json
sed -i "s| keeper writer $vault\"| keeper writer $work/keeper/false\"|" "$work/authorized_keys"
run_expect 2 aplomb --json backup mairie
assert_json '.error.code' key
