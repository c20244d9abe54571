#!/bin/sh
# The two sites of the demonstration in one empty folder: setup.sh SITE_DIR [--today=YYYY-MM-DD]
#
#   SITE_DIR/town   the town's website   php -S 127.0.0.1:PORT -t SITE_DIR/town/public SITE_DIR/town/router.php
#   SITE_DIR/wiki   the agents' wiki     php -S 127.0.0.1:PORT -t SITE_DIR/wiki SITE_DIR/wiki/router.php
#
# Then day.php lives a day of ordinary edits and markers.php plants inert marks. SITE_DIR/.aplomb-demo says that the
# folder may be damaged and on which day its life begins; by default so that day 12 is today.
set -eu

die() { echo "setup.sh: $*" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
today=$(date -d '-12 days' +%F)
directory=
for argument; do
  case $argument in
    --today=*) today=${argument#--today=} ;;
    *) [ -z "$directory" ] || die "usage: setup.sh SITE_DIR [--today=YYYY-MM-DD]"; directory=$argument ;;
  esac
done
[ -n "$directory" ] || die "usage: setup.sh SITE_DIR [--today=YYYY-MM-DD]"
command -v php >/dev/null || die "php is missing (see packages.txt, section run)"
[ ! -e "$directory" ] || [ -z "$(ls -A "$directory")" ] || die "$directory is not empty"
mkdir -p "$directory"
php "$here/town/setup.php" "$directory/town" "--today=$today"
"$here/dokuwiki/setup.sh" "$directory/wiki"
echo "$today" >"$directory/.aplomb-demo"
