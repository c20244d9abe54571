# shellcheck shell=bash
# Helpers for scenarios: the real binary on real sites. A scenario is a bash script that begins with
#
#   . "$(dirname "$0")/lib.sh"
#
# works under "$work" (removed at the end, with the servers it started), says nothing but one line at its end, and
# stops at the first command or assertion that fails. $APLOMB names another binary than build/release/aplomb.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scenario=$(basename "$0" .sh)
aplomb=${APLOMB:-$root/build/release/aplomb}
work=$(mktemp -d "${TMPDIR:-/tmp}/aplomb-$scenario.XXXXXX")
server_pids=()

end_of_scenario() {
  local status=$?
  trap - EXIT
  for pid in "${server_pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if [ "$status" -ne 0 ] && [ -n "${KEEP_WORK:-}" ]; then
    echo "the files of the scenario are kept in $work" >&2
  else
    chmod -R u+rwX "$work" 2>/dev/null || true
    rm -rf "$work"
  fi
  if [ "$status" -eq 0 ]; then echo "$scenario: passed"; else echo "$scenario: failed"; fi
  exit "$status"
}
trap end_of_scenario EXIT
trap 'exit 130' INT TERM

fail() {
  echo "$scenario: line ${BASH_LINENO[${#BASH_LINENO[@]} - 2]}: $*" >&2
  exit 1
}

# A scenario that this machine cannot play ends well, and says why.
skip() {
  echo "$scenario: skipped, $*"
  exit 0
}

[ -x "$aplomb" ] || fail "there is no program $aplomb: build it first (./check does)"

# The program in English, without the machine's own configuration and keys.
export APLOMB_CONFIG=$work/aplomb.toml
unset APLOMB_PASSPHRASE
export APLOMB_WORDPRESS_ORG=none  # nothing asks outside of this machine
export APLOMB_CLAMD=none
aplomb() { "$aplomb" --lang en "$@"; }

# run_expect STATUS COMMAND…: runs it with its output in $work/out and $work/err, and compares its exit status.
run_expect() {
  local expected=$1 status=0
  shift
  "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [ "$status" -eq "$expected" ] || {
    tail -n 20 "$work/out" "$work/err" >&2
    fail "status $status instead of $expected from: $*"
  }
}

# assert_eq EXPECTED ACTUAL [WHAT]
assert_eq() {
  [ "$1" = "$2" ] || fail "${3:-a value} is \"$2\" instead of \"$1\""
}

# assert_contains FILE TEXT
assert_contains() {
  grep -qF -- "$2" "$1" || { tail -n 20 "$1" >&2; fail "$1 does not contain \"$2\""; }
}

# assert_json FILTER EXPECTED [FILE]: what jq finds in a JSON document (the last output by default).
assert_json() {
  local file=${3:-$work/out} found
  found=$(jq -r "$1" "$file" 2>&1) || { head -c 2000 "$file" >&2; fail "jq: $found"; }
  [ "$found" = "$2" ] || { head -c 2000 "$file" >&2; fail "$1 is \"$found\" instead of \"$2\""; }
}

# assert_true_json FILTER [FILE]: jq answers true.
assert_true_json() { assert_json "$1" true "${2:-$work/out}"; }

# tree_sums DIR: every entry with its type, mode, link target and hash, to compare two moments of a tree.
tree_sums() {
  (cd "$1" && find . -printf '%P\t%y\t%m\t%l\n' | LC_ALL=C sort &&
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum)
}

# assert_same_tree A B
assert_same_tree() {
  tree_sums "$1" >"$work/tree-a"
  tree_sums "$2" >"$work/tree-b"
  diff "$work/tree-a" "$work/tree-b" >"$work/tree-diff" || { head -n 20 "$work/tree-diff" >&2; fail "$1 and $2 differ"; }
}

# start_php DOCUMENT_ROOT [ROUTER]: PHP's own server on a free port of loopback; its address is left in $url.
start_php() {
  local port tries
  for tries in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
    php -S "127.0.0.1:$port" -t "$@" >"$work/php-$port.log" 2>&1 </dev/null &
    server_pids+=($!)
    if wait_for_server "$work/php-$port.log" $!; then
      # shellcheck disable=SC2034  # for the scenario
      url=http://127.0.0.1:$port
      return
    fi
  done
  fail "PHP's server did not start in $tries tries"
}

# True when PHP's log says that it listens; false when the process ended, the port being taken.
wait_for_server() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if grep -q 'Development Server .* started' "$1"; then return; fi
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

# Stops the servers started so far.
stop_servers() {
  local pid
  for pid in "${server_pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  server_pids=()
}

# page URL: the body of a page that answers 200.
page() { curl -sS --fail --max-time 20 "$1" || fail "no page at $1"; }

# The sites of the demonstration, in $work/sites: town/ and wiki/.
make_sites() { "$root/share/demo/setup.sh" "$work/sites" --today=2026-03-02 || fail "the sites cannot be made"; }
live_day() { php "$root/share/demo/day.php" "$work/sites" "$1" >"$work/day" || fail "day $1 failed"; }
plant() { php "$root/share/demo/markers.php" "$work/sites" "$1" >"$work/planted-$1" || fail "the marker $1 failed"; }
assert_no_marker() {
  php "$root/share/demo/markers.php" "$work/sites" --check >"$work/left" || { cat "$work/left" >&2; fail "markers are left"; }
}
