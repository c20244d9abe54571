#!/bin/bash
# A private DokuWiki from Debian's package: dokuwiki/setup.sh DIR
#
# Everything it reads or writes at run time lies under DIR (program, conf, data), so that DIR can be copied, served
# with `php -S 127.0.0.1:PORT -t DIR DIR/router.php` and thrown away; /etc and /var are read, never written, and
# no root is needed. The program's files stay byte for byte those of the package, so that dpkg's list explains them.
# One is left out: Debian's inc/preload.php, which sends the configuration to /etc/dokuwiki; without it DokuWiki
# looks in its own conf/. The libraries that the package uses by absolute path (/usr/share/php, php-geshi,
# javascript) stay where Debian puts them.
set -euo pipefail

die() { echo "dokuwiki/setup.sh: $*" >&2; exit 2; }

[ $# -eq 1 ] || die "usage: setup.sh DIR"
here=$(cd "$(dirname "$0")" && pwd)
package=/usr/share/dokuwiki
[ -f $package/doku.php ] || die "Debian's package dokuwiki is not installed (see packages.txt, section run)"
modules=$(php -m)
for module in dom json session; do
  grep -qix $module <<<"$modules" || die "PHP's module $module is missing (packages php-cli and php-xml)"
done
[ ! -e "$1" ] || [ -z "$(ls -A "$1")" ] || die "$1 is not empty"
mkdir -p "$1"
dir=$(cd "$1" && pwd)

# Program: the package's folder, links to /var/lib and /etc followed. The plugin "testing" is off, and the package
# closes its folder to everybody but root: it is left out for root too.
tar -C $package -chf - --exclude=./lib/plugins/testing --exclude=./inc/preload.php . |
  tar -C "$dir" --no-same-owner -xf -

# Configuration: the package's own files; what an administrator of this machine chose is not taken over.
mkdir "$dir/conf"
for name in .htaccess acronyms.conf dokuwiki.php entities.conf interwiki.conf license.php manifest.json \
  mediameta.php mime.conf plugins.php plugins.required.php scheme.conf smileys.conf userprint.css userstyle.css \
  wordblock.conf; do
  cp --preserve=timestamps "/etc/dokuwiki/$name" "$dir/conf/"
done
cp "$here/local.php" "$dir/conf/local.php"
cp "$here/router.php" "$dir/router.php"

# Data: the folders that DokuWiki expects, then the first pages through its own code.
for folder in attic cache index locks log media media_attic media_meta meta pages tmp; do
  mkdir -p "$dir/data/$folder"
done
cp "$dir/conf/.htaccess" "$dir/data/.htaccess"
chmod -R u+rwX,go+rX,go-w "$dir"
php "$here/save_pages.php" "$dir" "$here/pages"
