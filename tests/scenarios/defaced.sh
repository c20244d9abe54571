#!/bin/bash
# Defacement by mere text: articles and pages overwritten, a page put in front of a program, a style that hides the
# site, software markers that would make a folder a cache, an account that only its password's hash gives away. And
# before it two weeks of ordinary nights, which raise nothing.
. "$(dirname "$0")/lib.sh"

export APLOMB_PASSPHRASE="a passphrase for tests"
site=$work/www
mkdir -p "$site"/{public/theme/css,public/pages,public/uploads,data}
echo '<?php require __DIR__ . "/theme/header.php"; echo "accueil";' >"$site/public/index.php"
echo '<?php echo "<header>Mairie</header>";' >"$site/public/theme/header.php"
echo 'body { color: #123 }' >"$site/public/theme/style.css"
echo '@media print { nav { display: none } }' >"$site/public/theme/css/print.css"
echo '<div class="carte">{{titre}}</div>' >"$site/public/theme/carte.html"
topics=("La piscine ouvre ses portes aux enfants" "Le marché déménage sur la grande place" "Collecte des encombrants mardi matin"
  "Inscriptions scolaires avant les vacances" "Travaux de voirie rue des Lilas" "Concert gratuit au kiosque samedi soir")
for i in 0 1 2 3 4 5; do
  echo "<!DOCTYPE html><html><body><h1>${topics[$i]}</h1></body></html>" >"$site/public/pages/$i.html"
done
db=$site/data/town.db
sqlite3 "$db" "CREATE TABLE people (id INTEGER PRIMARY KEY, nom TEXT, secret TEXT);
  INSERT INTO people VALUES (1, 'maire', '5f4dcc3b5aa765d61d8327deb882cf99');
  CREATE TABLE actus (id INTEGER PRIMARY KEY, titre TEXT, corps TEXT, etat TEXT, maj TEXT);"
for i in 0 1 2 3 4 5; do
  sqlite3 "$db" "INSERT INTO actus VALUES ($i, 'Actu $i', '${topics[$i]}, comme chaque année à cette saison.', 'brouillon', '2026-01-0$i');"
done

run_expect 0 aplomb --json init --root "$site" --name mairie --db "sqlite:$db" --vault "file:$work/vault" \
  --recovery-key "$work/recovery.key" --yes
assert_json .verdict proven-clean
key=(--recovery-key "$work/recovery.key")

quiet_night() {
  run_expect 0 aplomb --json backup mairie
  [ "$(jq -r .verdict "$work/out")" = proven-clean ] || { head -c 2000 "$work/out" >&2; fail "not a quiet night: $1"; }
}

# ---- ordinary nights ----
sqlite3 "$db" "UPDATE actus SET corps = 'La piscine ferme plus tôt que prévu cette semaine.' WHERE id = 0;"
quiet_night "one article is rewritten"
echo '<!DOCTYPE html><html><body><h1>Nouvel horaire</h1><p>Tout change.</p></body></html>' >"$site/public/pages/0.html"
quiet_night "one page is rewritten"
for i in $(seq 100 160); do echo "INSERT INTO actus VALUES ($i, 'Import $i', 'Contenu importé, à compléter.', 'brouillon', '');"; done | sqlite3 "$db"
quiet_night "a bulk import"
sqlite3 "$db" "UPDATE actus SET etat = 'publié', maj = '2026-02-01 10:00:00';"
quiet_night "all are published"
for i in 0 1 2 3 4 5; do sed -i 's|</body>|<footer>Plan Vigipirate</footer></body>|' "$site/public/pages/$i.html"; done
quiet_night "a footer for all pages"
sqlite3 "$db" "INSERT INTO actus VALUES (7, 'Le site a été piraté', 'Le site de la commune a été piraté par des inconnus dans la nuit. Une plainte est déposée, tout est rétabli.', 'publié', '');"
quiet_night "the news tell of a hacked site"
echo 'body { color: #345 }' >"$site/public/theme/style.css"
sqlite3 "$db" "DELETE FROM actus WHERE id BETWEEN 100 AND 130;"
quiet_night "a colour, and old imports that go"
printf 'photo' >"$site/public/uploads/plan.txt"
quiet_night "an upload"

# A redesign is asked about once, and then is as it is.
for i in 0 1 2 3 4 5; do echo '<!DOCTYPE html><html><body><h1>Page en construction</h1></body></html>' >"$site/public/pages/$i.html"; done
run_expect 1 aplomb --json backup mairie
assert_json .verdict not-proven
assert_true_json '[.findings[].rule] | all(. == "mass-overwrite")'
run_expect 0 aplomb --json approve mairie --yes
quiet_night "a redesign that a person approved"
for i in 0 1 2 3 4 5; do
  echo "<!DOCTYPE html><html><body><h1>${topics[$i]}</h1></body></html>" >"$site/public/pages/$i.html"
done
quiet_night "pages that became different again"
tree_sums "$site/public" >"$work/good"

# ---- defaced ----
sqlite3 "$db" "UPDATE actus SET corps = 'MARKER' WHERE id < 100; UPDATE people SET secret = '0d107d09f5bbe40cade3de5c71e9e9b7';
  INSERT INTO people VALUES (9, 'MARKER', '7c6a180b36896a0a8c02787eeafb0e4c');"
for i in 0 1 2 3 4 5; do echo '<!DOCTYPE html><html><body><h1>MARKER</h1></body></html>' >"$site/public/pages/$i.html"; done
echo '<h1>MARKER</h1>' >"$site/public/index.html"
echo 'body { display: none } /* MARKER */' >"$site/public/theme/style.css"
echo '/* MARKER */' >"$site/public/theme/css/print.css"
echo '<div>MARKER</div>' >"$site/public/theme/carte.html"
# Planted software: its "cache" would need no explanation, and would be emptied.
mkdir -p "$site/public/wp-includes" "$site/public/wp-content/cache"
for marker in wp-load.php wp-settings.php wp-includes/version.php; do echo '<?php echo "MARKER";' >"$site/public/$marker"; done
echo '<script>console.log("MARKER")</script>' >"$site/public/wp-content/cache/x.html"
# Honest work of the same day.
sqlite3 "$db" "INSERT INTO actus VALUES (8, 'Vote', 'Bureau deux en mairie, dimanche de huit heures à vingt heures.', 'publié', '');"
echo 'Compte rendu du conseil.' >"$site/public/uploads/conseil.txt"
run_expect 1 aplomb --json backup mairie
assert_json .verdict not-proven
assert_true_json '[.findings[].path] | any(endswith("public/index.html"))'
assert_true_json '[.findings[].path] | any(endswith("people/9"))'
run_expect 1 aplomb --json "${key[@]}" clean-point mairie
assert_json '.points[-1].verdict' not-proven

run_expect 0 aplomb --json "${key[@]}" recover mairie --yes
assert_json .verified true
assert_true_json '.rejected | map(.path) | any(endswith("theme/style.css"))'
if grep -rl MARKER "$site/public" >"$work/left"; then cat "$work/left" >&2; fail "a marker is left in a file"; fi
assert_eq "" "$(sqlite3 "$db" .dump | grep MARKER || true)" "the database"
assert_eq "5f4dcc3b5aa765d61d8327deb882cf99" "$(sqlite3 "$db" "SELECT secret FROM people WHERE id = 1")" "the mayor's password"
assert_eq "1" "$(sqlite3 "$db" "SELECT count(*) FROM actus WHERE titre = 'Vote'")" "the news of that day"
assert_eq "Compte rendu du conseil." "$(cat "$site/public/uploads/conseil.txt")" "the upload of that day"
rm "$site/public/uploads/conseil.txt"
tree_sums "$site/public" | grep -v wp- >"$work/now"
diff "$work/good" "$work/now" >"$work/diff" || { cat "$work/diff" >&2; fail "not every byte is back"; }
run_expect 0 aplomb --json backup mairie
