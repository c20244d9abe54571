#!/usr/bin/env bash
# The pages in docs/format say enough: a reader that was written from them alone (tests/second_reader) restores what
# Aplomb restores, byte by byte and attribute by attribute, reads the approvals, checks the log, and refuses what was
# changed.
. "$(dirname "$0")/lib.sh"

export APLOMB_PASSPHRASE="a passphrase of the scenario"
site=$work/www
vault=$work/vault
key=$work/recovery.key
second=$root/tests/second_reader/read_vault.py
reader() { /usr/bin/python3 -B "$second" "$vault" "$@"; }

# Its constants are those of the page, and so of the code: the page's own test compares these.
/usr/bin/python3 -B - "$root" <<'EOF' || fail "the constants of the second reader are not those of docs/format/vault.md"
import re, sys
sys.path.insert(0, sys.argv[1] + "/tests/second_reader")
import read_vault as reader
page = open(sys.argv[1] + "/docs/format/vault.md", encoding="utf-8").read()
rows = dict(re.findall(r"^\| `k(\w+)` \| (.+) \|$", page, re.M))
own = {"".join(part.title() for part in name.split("_")): value for name, value in vars(reader).items() if name.isupper()}
own |= {magic: reader.magic(name).decode() for magic, name in
        (("HeaderMagic", b"VLT"), ("PackMagic", b"PAK"), ("LogMagic", b"LOG"))}
own |= {name: reader.context(name[4:].lower().encode()).decode() for name in rows if name.startswith("Info")}
shared = rows.keys() & own.keys()
wrong = [name for name in shared if str(own[name]) != rows[name]]
sys.exit(f"{wrong}, {len(shared)} compared" if wrong or len(shared) < 20 else 0)
EOF

# A site with what sites have, and what they have seldom.
mkdir -p "$site/données/été" "$site/vide" "$site/a"
head -c 3000000 /dev/urandom >"$site/a/film.bin"
seq 1 60000 | sed 's/^/INSERT INTO agenda VALUES (/; s/$/);/' >"$site/dump.sql"
printf '<?php echo "accueil";\n' >"$site/index.php"
printf 'Le marché a lieu samedi.\n' >"$site/données/été/à la mairie.txt"
printf 'latin-1\n' >"$site/$(printf 'caf\351.txt')"
: >"$site/empty"
ln "$site/index.php" "$site/données/same.php"
ln -s a "$site/courant"
ln -s /nowhere/at/all "$site/dangling"
mkfifo "$site/pipe"
truncate -s 5M "$site/holes.bin"
printf 'in the middle' | dd of="$site/holes.bin" bs=1 seek=2000000 conv=notrunc status=none
chmod 4751 "$site/dump.sql"
chmod 0604 "$site/empty"
chmod 3775 "$site/vide"
setfattr -n user.aplomb -v "extra" "$site/index.php"
setfacl -m u:33:r "$site/données"
[ "$(id -u)" -ne 0 ] || chown -h 33:12345 "$site/empty" "$site/courant"
sqlite3 "$site/données/site.db" "create table pages(id integer primary key, text text);
  insert into pages select value, hex(randomblob(200)) from generate_series(1, 2000);"
touch -h -d '1999-12-31 23:59:59.123456789' "$site/empty" "$site/dangling" "$site/vide"

run_expect 0 aplomb --json init --root "$site" --name mairie --vault "file:$vault" --recovery-key "$key" \
  --sheet "$work/sheet.txt" --yes
first=$(jq -r .snapshot "$work/out")
cp -a "$site" "$work/site-first"
printf '<?php echo "bienvenue";\n' >"$site/index.php"
rm "$site/dump.sql"
sqlite3 "$site/données/site.db" "update pages set text = 'nouveau' where id = 7;"
run_expect 1 aplomb --json backup mairie # not proven: the page changed
second_snapshot=$(jq -r .snapshot "$work/out")
run_expect 0 aplomb approve mairie --yes

# attributes DIR: what can be compared of each name. How large a folder is on the disk is no matter of the format.
attributes() {
  (
    cd "$1"
    find . -printf '%P\t%y\t%m\t%U:%G\t%T@\t%n\t%l\n' | LC_ALL=C sort
    find . -type f -printf '%P\t%s\n' | LC_ALL=C sort
    find . -type f -printf '%i %P\n' | LC_ALL=C sort -k2 | awk '!($1 in first) { first[$1] = $2 } { print $2, first[$1] }'
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
    getfattr -Rhd -m - . 2>/dev/null
  )
}
# same DIR DIR
same() {
  attributes "$1" >"$work/a"
  attributes "$2" >"$work/b"
  diff -a "$work/a" "$work/b" >"$work/tree-diff" || { head -n 20 "$work/tree-diff" >&2; fail "$1 and $2 differ"; }
}

run_expect 0 reader check
run_expect 0 reader check --key "$key"
assert_contains "$work/out" "2 snapshots"
run_expect 0 reader list --key "$key"
assert_contains "$work/out" "$first"
run_expect 0 reader list --key "$work/sheet.txt" # the words of the sheet serve as the key
assert_contains "$work/out" "$second_snapshot"
APLOMB_PASSPHRASE=wrong run_expect 2 reader list --key "$key"

# Both snapshots, by both readers; and the site itself, but for the database, which is a copy taken while it was live.
for snapshot in "$first" "$second_snapshot"; do
  run_expect 0 aplomb --json restore "$snapshot" --to "$work/by-aplomb-$snapshot" --recovery-key "$key"
  run_expect 0 reader restore "$snapshot" "$work/by-second-$snapshot" --key "$key"
  same "$work/by-aplomb-$snapshot" "$work/by-second-$snapshot"
  [ "$(stat -c %b "$work/by-second-$snapshot/holes.bin")" -lt 1000 ] || fail "the holes were filled"
done
assert_eq nouveau "$(sqlite3 "$work/by-second-$second_snapshot/données/site.db" "select text from pages where id = 7")"
for tree in "$work/site-first" "$work/by-second-$first"; do
  sqlite3 "$tree/données/site.db" .dump >"$tree.sql"
  rm "$tree/données/site.db"
  touch -d @0 "$tree/données"
done
cmp "$work/site-first.sql" "$work/by-second-$first.sql" || fail "the database differs"
same "$work/site-first" "$work/by-second-$first"

# What was approved is what is there.
run_expect 0 reader records --key "$key"
assert_contains "$work/out" "object $(sha256sum "$site/index.php" | cut -d' ' -f1) 0644 index.php"
assert_contains "$work/out" "snapshot $second_snapshot"
link=$(printf '\002\001a\0\0\0\0\0\0\0\0' | sha256sum | cut -d' ' -f1)
assert_contains "$work/out" "object $link 0000 courant"

# Histories that the keeper signed, put together to one that it never saw: the chain tells.
cp -a "$vault" "$work/earlier"
run_expect 0 aplomb --json hold "$first"
run_expect 0 aplomb --json hold "$second_snapshot"
late=$(find "$vault/log" -name '*.record' | LC_ALL=C sort | tail -n 1)
cp "$late" "$work/late"
rm -r "$vault"
mv "$work/earlier" "$vault"
run_expect 0 aplomb --json hold "$second_snapshot"
run_expect 0 reader check
cp -a "$vault" "$work/whole"
cp "$work/late" "$late"
run_expect 1 reader check
assert_contains "$work/err" "the chain is broken before it"
rm "$late"

# One byte of the film: that chunk is refused, and everything else comes back.
pack=$(find "$vault/packs" -name '*.pack' -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
byte=$(xxd -s 1000 -l 1 -p "$pack")
printf "$(printf '\\x%02x' $((0x$byte ^ 1)))" | dd of="$pack" bs=1 seek=1000 conv=notrunc status=none
run_expect 1 reader check
assert_contains "$work/err" "$(basename "$pack" | cut -c1-16)"
run_expect 1 reader restore "$second_snapshot" "$work/part" --key "$key"
assert_contains "$work/err" "a/film.bin"
assert_eq 1 "$(wc -l <"$work/err")" "the number of complaints"
rm "$work/by-aplomb-$second_snapshot/a/film.bin"
for tree in "$work/by-aplomb-$second_snapshot" "$work/part"; do touch -d @0 "$tree/a"; done
same "$work/by-aplomb-$second_snapshot" "$work/part"

# The log: one copy damaged is named and costs nothing; an entry that went missing breaks the chain.
vault=$work/whole
entry=$(find "$vault/log" -name '00000003.*')
printf 'X' | dd of="$entry" bs=1 seek=60 conv=notrunc status=none
run_expect 1 reader check --key "$key"
assert_contains "$work/err" "entry 3"
assert_contains "$work/out" "2 snapshots"
rm "$entry"
run_expect 1 reader check
assert_contains "$work/err" "entry 4 of the log: those before it are missing"

# After a recovery the new epoch takes over what the one before has: its snapshot lies in packs of both.
mkdir -p "$work/town/www"
printf '<?php echo "accueil";\n' >"$work/town/www/index.php"
head -c 3000000 /dev/urandom >"$work/town/www/film.bin"
APLOMB_CONFIG=$work/town/aplomb.toml
run_expect 0 aplomb --json init --root "$work/town/www" --name town --vault "file:$work/town/vault" \
  --recovery-key "$work/town/key" --yes
printf '<?php eval($_POST["MARKER"]);\n' >"$work/town/www/x.php"
run_expect 1 aplomb --json backup town
run_expect 0 aplomb --json recover town --recovery-key "$work/town/key" --yes
assert_json .verified true
vault=$work/town/vault
run_expect 0 reader check --key "$work/town/key"
run_expect 0 reader records --key "$work/town/key"
assert_contains "$work/out" "import"
newest=$(aplomb --json snapshots | jq -r '.[-1].snapshot')
run_expect 0 reader restore "$newest" "$work/town/restored" --key "$work/town/key"
same "$work/town/www" "$work/town/restored"
