#!/usr/bin/env python3
"""A town's WordPress for thirty_nights.sh: synthetic files in its style, and what thirty ordinary days do to them.

  wordpress_town.py build SITE PUBLISHED          the site on the first evening, and what its publisher has published
  wordpress_town.py day N SITE PUBLISHED          what happens before the backup of night N
  wordpress_town.py serve PUBLISHED PORTFILE      WordPress.org on loopback: lists and archives of what is published

Everything here was written for this test; nothing of WordPress is copied. With $WORDPRESS_TREE, the path of a real
WordPress (/usr/share/wordpress of Debian's package), that is the core in the place of the synthetic one; an update then
changes some two hundred of its files. PUBLISHED holds core/VERSION, plugin/SLUG/VERSION, theme/SLUG/VERSION and
translation/… as folders.
"""

import base64
import hashlib
import http.server
import io
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import sqlite3
import struct
import sys
import zipfile
import zlib

PLUGINS = ["formulaire-contact", "agenda-communal", "galerie-photos", "plan-du-site", "cache-rapide", "accessibilite",
           "cookies-rgpd", "newsletter-mairie", "sauvegarde-simple"]
PREMIUM = "marches-publics-pro"  # bought, not from WordPress.org
DAY = 86400
START = 1767312000  # 2 January 2026


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def camel(slug):
    return "".join(word.capitalize() for word in slug.split("-"))


def plugin(slug, version):
    """A plugin of six files: hooks, a form with a nonce, a REST route, an option page, a script, a style."""
    name, cls, fn = slug.replace("-", " ").capitalize(), camel(slug), slug.replace("-", "_")
    return {
        f"{slug}.php": f"""<?php
/**
 * Plugin Name: {name}
 * Plugin URI: https://exemple.fr/{slug}
 * Description: {name} pour les sites des communes.
 * Version: {version}
 * Author: Collectif des communes
 * License: GPL-2.0-or-later
 * Text Domain: {slug}
 */

if ( ! defined( 'ABSPATH' ) ) {{
	exit;
}}

define( '{fn.upper()}_VERSION', '{version}' );
define( '{fn.upper()}_DIR', plugin_dir_path( __FILE__ ) );

require_once {fn.upper()}_DIR . 'includes/class-{slug}.php';
require_once {fn.upper()}_DIR . 'includes/rest.php';

if ( is_admin() ) {{
	require_once {fn.upper()}_DIR . 'admin/reglages.php';
}}

function {fn}_demarrer() {{
	load_plugin_textdomain( '{slug}', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
	return {cls}::instance();
}}
add_action( 'plugins_loaded', '{fn}_demarrer' );

register_activation_hook( __FILE__, array( '{cls}', 'activer' ) );
""",
        f"includes/class-{slug}.php": f"""<?php
/**
 * {name}, version {version}.
 */
class {cls} {{
	private static $instance = null;
	private $reglages = array();

	public static function instance() {{
		if ( null === self::$instance ) {{
			self::$instance = new self();
		}}
		return self::$instance;
	}}

	private function __construct() {{
		$this->reglages = get_option( '{fn}_reglages', array( 'actif' => true, 'nombre' => 10 ) );
		add_shortcode( '{slug}', array( $this, 'afficher' ) );
		add_action( 'wp_enqueue_scripts', array( $this, 'scripts' ) );
		add_action( 'admin_post_{fn}', array( $this, 'enregistrer' ) );
	}}

	public static function activer() {{
		if ( ! wp_next_scheduled( '{fn}_quotidien' ) ) {{
			wp_schedule_event( time(), 'daily', '{fn}_quotidien' );
		}}
	}}

	public function scripts() {{
		wp_enqueue_style( '{slug}', plugins_url( 'assets/{slug}.css', dirname( __FILE__ ) ), array(), '{version}' );
		wp_enqueue_script( '{slug}', plugins_url( 'assets/{slug}.js', dirname( __FILE__ ) ), array( 'jquery' ), '{version}', true );
	}}

	public function afficher( $attributs ) {{
		$attributs = shortcode_atts( array( 'titre' => __( 'Bienvenue', '{slug}' ), 'nombre' => $this->reglages['nombre'] ), $attributs, '{slug}' );
		$articles  = get_posts( array( 'numberposts' => absint( $attributs['nombre'] ) ) );
		$html      = '<div class="{slug}"><h2>' . esc_html( $attributs['titre'] ) . '</h2><ul>';
		foreach ( $articles as $article ) {{
			$html .= '<li><a href="' . esc_url( get_permalink( $article ) ) . '">' . esc_html( get_the_title( $article ) ) . '</a></li>';
		}}
		return $html . '</ul></div>';
	}}

	public function enregistrer() {{
		if ( ! current_user_can( 'manage_options' ) ) {{
			wp_die( esc_html__( 'Accès refusé.', '{slug}' ) );
		}}
		check_admin_referer( '{fn}' );
		$nombre = isset( $_POST['nombre'] ) ? absint( wp_unslash( $_POST['nombre'] ) ) : 10;
		update_option( '{fn}_reglages', array( 'actif' => ! empty( $_POST['actif'] ), 'nombre' => $nombre ) );
		wp_safe_redirect( wp_get_referer() );
		exit;
	}}
}}
""",
        "includes/rest.php": f"""<?php
/** Route REST de {name} {version}. */
add_action(
	'rest_api_init',
	function () {{
		register_rest_route(
			'{slug}/v1',
			'/liste',
			array(
				'methods'             => 'GET',
				'permission_callback' => '__return_true',
				'callback'            => function ( WP_REST_Request $requete ) {{
					$page = max( 1, absint( $requete->get_param( 'page' ) ) );
					return rest_ensure_response( get_posts( array( 'paged' => $page, 'numberposts' => 20 ) ) );
				}},
			)
		);
	}}
);
""",
        "admin/reglages.php": f"""<?php
/** Page de réglages de {name} {version}. */
add_action(
	'admin_menu',
	function () {{
		add_options_page( '{name}', '{name}', 'manage_options', '{slug}', '{fn}_page' );
	}}
);

function {fn}_page() {{
	?>
	<div class="wrap">
		<h1><?php echo esc_html( get_admin_page_title() ); ?></h1>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
			<?php wp_nonce_field( '{fn}' ); ?>
			<input type="hidden" name="action" value="{fn}">
			<label><?php esc_html_e( 'Nombre', '{slug}' ); ?> <input type="number" name="nombre" min="1" max="50"></label>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}}
""",
        f"assets/{slug}.js": f"""/* {name} {version} */
( function ( $ ) {{
	'use strict';
	$( function () {{
		$( '.{slug} li' ).on( 'click', function () {{
			$( this ).toggleClass( 'ouvert' );
		}} );
	}} );
}} )( jQuery );
""",
        f"assets/{slug}.css": f"/* {version} */\n.{slug} li {{ list-style: none; padding: 4px; }}\n",
        "readme.txt": f"=== {name} ===\nStable tag: {version}\n\n{name} pour les communes.\n",
    }


def real_core(tree, version):
    """A release in French out of a WordPress that is installed here, as another version of itself."""
    files = {}
    for folder, _, names in os.walk(tree, followlinks=True):
        for name in names:
            path = pathlib.Path(folder, name)
            inside = str(path.relative_to(tree))
            foreign = inside.startswith("wp-content/languages/") and "fr_FR" not in name
            if foreign or inside in ("wp-config.php", ".htaccess") or not path.is_file():
                continue
            content = path.read_bytes()
            if inside == "wp-includes/version.php":
                content = re.sub(rb"\$wp_version = '[^']*'", b"$wp_version = '" + version.encode() + b"'", content)
                content += b"\n$wp_local_package = 'fr_FR';\n"
            elif name.endswith((".php", ".js")) and zlib.crc32(inside.encode()) % 8 == 0:
                content += f"\n/* {version} */\n".encode() if b"?>" not in content else b""
            files[inside] = content
    return files


def core(version):
    if tree := os.environ.get("WORDPRESS_TREE"):
        return real_core(tree, version)
    files = {
        "index.php": "<?php\n/** Front. */\ndefine( 'WP_USE_THEMES', true );\nrequire __DIR__ . '/wp-blog-header.php';\n",
        "wp-blog-header.php": "<?php\nif ( ! isset( $wp_did_header ) ) {\n\t$wp_did_header = true;\n\trequire_once __DIR__ . '/wp-load.php';\n\twp();\n\trequire_once ABSPATH . WPINC . '/template-loader.php';\n}\n",
        "wp-load.php": "<?php\nif ( ! defined( 'ABSPATH' ) ) {\n\tdefine( 'ABSPATH', __DIR__ . '/' );\n}\nrequire_once ABSPATH . 'wp-config.php';\n",
        "wp-settings.php": f"<?php\n/** Démarrage, version {version}. */\nrequire ABSPATH . WPINC . '/version.php';\nforeach ( wp_get_active_and_valid_plugins() as $plugin ) {{\n\tinclude_once $plugin;\n}}\ndo_action( 'init' );\n",
        "wp-cron.php": "<?php\nignore_user_abort( true );\nrequire_once __DIR__ . '/wp-load.php';\nforeach ( wp_get_ready_cron_jobs() as $timestamp => $cronhooks ) {\n\tforeach ( $cronhooks as $hook => $keys ) {\n\t\tdo_action( $hook );\n\t}\n}\n",
        "wp-includes/version.php": f"<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '{version}';\n$wp_db_version = 56657;\n$wp_local_package = 'fr_FR';\n",
        "wp-content/index.php": "<?php\n// Silence is golden.\n",
        "wp-content/plugins/index.php": "<?php\n// Silence is golden.\n",
        "wp-content/themes/index.php": "<?php\n// Silence is golden.\n",
        "license.txt": "GPL\n",
    }
    for part in ["option", "post", "user", "comment", "cron", "http", "query", "taxonomy", "media", "widgets"]:
        files[f"wp-includes/{part}.php"] = f"""<?php
/** {part} API, {version}. */
function wp_{part}_lire( $id, $defaut = false ) {{
	global $wpdb;
	$ligne = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $wpdb->{part}s WHERE id = %d", absint( $id ) ) );
	return $ligne ? apply_filters( 'wp_{part}', maybe_unserialize( $ligne ) ) : $defaut;
}}
"""
        files[f"wp-admin/{part}.php"] = f"<?php\nrequire_once __DIR__ . '/admin.php'; // {version}\nif ( ! current_user_can( 'edit_{part}s' ) ) {{\n\twp_die( __( 'Accès refusé.' ) );\n}}\n"
        files[f"wp-includes/js/{part}.js"] = f"/* {version} */\nwp.{part} = {{ lire: function ( id ) {{ return wp.apiFetch( {{ path: '/wp/v2/{part}/' + id }} ); }} }};\n"
    return files


def theme(version):
    return {
        "style.css": f"/*\nTheme Name: Commune\nAuthor: Collectif des communes\nVersion: {version}\n*/\nbody {{ font-family: sans-serif; }}\n",
        "functions.php": f"<?php\n/** Commune {version}. */\nadd_action( 'after_setup_theme', function () {{\n\tadd_theme_support( 'title-tag' );\n\tregister_nav_menus( array( 'principal' => __( 'Menu principal', 'commune' ) ) );\n}} );\n",
        "index.php": "<?php get_header(); ?>\n<main>\n<?php while ( have_posts() ) : the_post(); ?>\n\t<h1><?php the_title(); ?></h1>\n\t<?php the_content(); ?>\n<?php endwhile; ?>\n</main>\n<?php get_footer();\n",
        "header.php": "<!DOCTYPE html>\n<html <?php language_attributes(); ?>>\n<head><?php wp_head(); ?></head>\n<body <?php body_class(); ?>>\n",
        "footer.php": f"<footer>Mairie – {version}</footer>\n<?php wp_footer(); ?>\n</body></html>\n",
    }


def child_theme(phone):
    return {
        "style.css": "/*\nTheme Name: Commune de Valmont\nTemplate: commune\nVersion: 1.0\n*/\n",
        "functions.php": "<?php\nadd_action( 'wp_enqueue_scripts', function () {\n\twp_enqueue_style( 'commune', get_template_directory_uri() . '/style.css' );\n} );\n",
        "footer.php": f"<footer>Mairie de Valmont – {phone}</footer>\n<?php wp_footer(); ?>\n</body></html>\n",
    }


def language(slug, version, words):
    """A translation as WordPress 6.5 loads it: PHP that returns an array, and the old forms beside it."""
    body = ",".join(f"'{word}'=>'{word} ({version})'" for word in words)
    return {
        f"{slug}fr_FR.l10n.php": f"<?php\nreturn ['domain'=>'default','language'=>'fr','messages'=>[{body}]];\n",
        f"{slug}fr_FR.po": "".join(f'msgid "{word}"\nmsgstr "{word} ({version})"\n\n' for word in words),
    }


def put(folder, files):
    for name, text in files.items():
        write(folder / name, text)


def replace(folder, files):
    """As WordPress updates: the old folder goes, the new one comes."""
    shutil.rmtree(folder, ignore_errors=True)
    put(folder, files)


def publish(published, kind, files):
    replace(published / kind, files)


def png(rng, size=64):
    rows = b"".join(b"\0" + rng.randbytes(size * 3) for _ in range(size))

    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


# The smallest picture that every decoder takes, with a comment that makes each one different.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=")


def jpeg(rng):
    comment = rng.randbytes(9000).replace(b"<", b"(").replace(b"?", b")")
    return JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + JPEG[2:]


def pdf(title, rng):
    stream = zlib.compress(("BT /F1 12 Tf 72 720 Td (" + title + ") Tj ET " * 20).encode() + rng.randbytes(2000).hex().encode())
    return (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 595 842]>>endobj\n4 0 obj<</Filter/FlateDecode/Length "
            + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")


def serialized(value):
    if isinstance(value, bool):
        return f"b:{int(value)};"
    if isinstance(value, int):
        return f"i:{value};"
    if isinstance(value, str):
        return f's:{len(value.encode())}:"{value}";'
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return f"a:{len(value)}:{{" + "".join(serialized(k) + serialized(v) for k, v in pairs) + "}"


def cron(day):
    jobs = {"wp_version_check": "twicedaily", "wp_update_plugins": "twicedaily", "wp_scheduled_delete": "daily"}
    jobs.update({slug.replace("-", "_") + "_quotidien": "daily" for slug in PLUGINS})
    rows = {}
    # What WordPress itself schedules once: an article for tomorrow, pings after one, old files after an update.
    once = {4: ("publish_future_post", [40]), 7: ("do_pings", []), 12: ("wp_scheduled_auto_draft_delete", []),
            18: ("wp_delete_temp_updater_backups", []), 21: ("publish_future_post", [51])}
    if day in once:
        hook, arguments = once[day]
        rows[START + day * DAY + 50] = {hook: {hashlib.md5(str(day).encode()).hexdigest(): {
            "schedule": False, "args": arguments}}}
    for n, (hook, schedule) in enumerate(jobs.items()):
        rows[START + day * DAY + 3600 * n] = {hook: {hashlib.md5(b"a:0:{}").hexdigest(): {
            "schedule": schedule, "args": [], "interval": DAY if schedule == "daily" else DAY // 2}}}
    rows["version"] = 2
    return serialized(rows)


def database(site):
    return sqlite3.connect(site / "wp-content/database/.ht.sqlite")


def set_option(db, name, value):
    db.execute("INSERT INTO wp_options(option_name, option_value, autoload) VALUES(?, ?, 'yes') "
               "ON CONFLICT(option_name) DO UPDATE SET option_value = excluded.option_value", (name, value))


ROLES = {"administrator": {"name": "Administrator", "capabilities": {"switch_themes": True, "manage_options": True}},
         "editor": {"name": "Editor", "capabilities": {"edit_posts": True, "publish_posts": True}},
         "subscriber": {"name": "Subscriber", "capabilities": {"read": True}}}
ARTICLES = ["La fête de la musique aura lieu le 21 juin sur la place de l'église.",
            "Le conseil municipal se réunit jeudi à 20 heures en mairie.",
            "La déchèterie sera fermée pour travaux pendant une semaine.",
            "Inscriptions à la cantine : les dossiers sont à rendre avant la fin du mois.",
            "Le marché de producteurs reprend chaque samedi matin."]


def add_article(db, day, rng):
    text = rng.choice(ARTICLES) + f" Renseignements en mairie, le {day} du mois, de 9 h à 12 h."
    db.execute("INSERT INTO wp_posts(post_author, post_date, post_title, post_content, post_status, post_type) "
               "VALUES(2, ?, ?, ?, 'publish', 'post')", (f"2026-01-{day % 28 + 1:02} 10:00:00", text[:40],
               f"<!-- wp:paragraph --><p>{text}</p><!-- /wp:paragraph -->"))


def build(site, published):
    rng = random.Random(1)
    publish(published, "core/6.4.2", core("6.4.2"))
    publish(published, "theme/commune/2.0", theme("2.0"))
    publish(published, "translation/core/6.4.2/fr_FR", language("", "6.4.2", ["Hello", "Posts"]))
    for slug in PLUGINS:
        publish(published, f"plugin/{slug}/1.0.0", plugin(slug, "1.0.0"))
        publish(published, f"translation/plugin/{slug}/1.0.0/fr_FR", language(slug + "-", "1.0.0", ["Settings"]))
    put(site, core("6.4.2"))
    content = site / "wp-content"
    for slug in PLUGINS:
        put(content / "plugins" / slug, plugin(slug, "1.0.0"))
        put(content / "languages/plugins", language(slug + "-", "1.0.0", ["Settings"]))
    put(content / "plugins" / PREMIUM, plugin(PREMIUM, "3.1"))
    put(content / "themes/commune", theme("2.0"))
    put(content / "themes/commune-valmont", child_theme("02 00 00 00 01"))
    put(content / "languages", language("", "6.4.2", ["Hello", "Posts"]))
    write(site / "wp-config.php", """<?php
define( 'DB_NAME', 'valmont' );
define( 'AUTH_KEY', 'phrase unique de la commune de Valmont' );
$table_prefix = 'wp_';
define( 'WP_CACHE', true );
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
""")
    write(site / ".htaccess", "# BEGIN WordPress\n<IfModule mod_rewrite.c>\nRewriteEngine On\nRewriteBase /\nRewriteRule ^index\\.php$ - [L]\n"
          "RewriteCond %{REQUEST_FILENAME} !-f\nRewriteCond %{REQUEST_FILENAME} !-d\nRewriteRule . /index.php [L]\n</IfModule>\n# END WordPress\n")
    write(content / "advanced-cache.php", "<?php\n// Cache rapide.\nif ( is_readable( WP_CONTENT_DIR . '/plugins/cache-rapide/includes/class-cache-rapide.php' ) ) {\n\tdefine( 'CACHE_RAPIDE', true );\n}\n")
    for month in ("2025/11", "2025/12"):
        for n in range(4):
            write(content / f"uploads/{month}/photo-{n}.jpg", jpeg(rng))
        write(content / f"uploads/{month}/deliberation.pdf", pdf("Délibération", rng))
    (content / "database").mkdir(parents=True, exist_ok=True)
    db = database(site)
    db.executescript("""
CREATE TABLE wp_users (ID INTEGER PRIMARY KEY, user_login TEXT, user_pass TEXT, user_email TEXT, user_registered TEXT,
  user_activation_key TEXT DEFAULT '', display_name TEXT);
CREATE TABLE wp_usermeta (umeta_id INTEGER PRIMARY KEY, user_id INTEGER, meta_key TEXT, meta_value TEXT);
CREATE TABLE wp_options (option_id INTEGER PRIMARY KEY, option_name TEXT UNIQUE, option_value TEXT, autoload TEXT);
CREATE TABLE wp_posts (ID INTEGER PRIMARY KEY, post_author INTEGER, post_date TEXT, post_title TEXT, post_content TEXT,
  post_status TEXT, post_type TEXT);
CREATE TABLE wp_comments (comment_ID INTEGER PRIMARY KEY, comment_post_ID INTEGER, comment_author TEXT, comment_author_email TEXT,
  comment_date TEXT, comment_content TEXT, comment_approved TEXT, user_id INTEGER DEFAULT 0);
CREATE TABLE wp_postmeta (meta_id INTEGER PRIMARY KEY, post_id INTEGER, meta_key TEXT, meta_value TEXT);
CREATE TABLE wp_terms (term_id INTEGER PRIMARY KEY, name TEXT, slug TEXT, term_group INTEGER DEFAULT 0);
INSERT INTO wp_terms VALUES (1, 'Actualités', 'actualites', 0);
INSERT INTO wp_users VALUES (1, 'dgs', '$P$Bexemplexemplexemplexemplexemp1', 'dgs@valmont.example', '2024-01-01', '', 'Secrétariat général');
INSERT INTO wp_users VALUES (2, 'redaction', '$P$Bexemplexemplexemplexemplexemp2', 'com@valmont.example', '2024-01-01', '', 'Rédaction');
INSERT INTO wp_usermeta VALUES (1, 1, 'wp_capabilities', 'a:1:{s:13:"administrator";b:1;}');
INSERT INTO wp_usermeta VALUES (2, 1, 'wp_user_level', '10');
INSERT INTO wp_usermeta VALUES (3, 2, 'wp_capabilities', 'a:1:{s:6:"editor";b:1;}');
INSERT INTO wp_usermeta VALUES (4, 2, 'session_tokens', '');
""")
    active = [f"{slug}/{slug}.php" for slug in PLUGINS + [PREMIUM]]
    for name, value in {"siteurl": "https://valmont.example", "blogname": "Commune de Valmont", "template": "commune",
                        "stylesheet": "commune-valmont", "active_plugins": serialized(active), "cron": cron(0),
                        "users_can_register": "0", "default_role": "subscriber", "db_version": "56657",
                        "admin_email": "dgs@valmont.example", "wp_user_roles": serialized(ROLES),
                        "rewrite_rules": serialized({"^wp-json/?$": "index.php?rest_route=/"}),
                        "widget_block": serialized({2: {"content": "<p>Mairie ouverte de 9 h à 12 h</p>"}, "_multiwidget": 1})}.items():
        set_option(db, name, value)
    for day in range(1, 9):
        add_article(db, day, rng)
    db.commit()
    give_to_web_user(site)


def give_to_web_user(site):
    """As on most hosts: the program that runs the site may write its own code."""
    try:
        user = pwd.getpwnam("www-data")
        for path in [site, *site.rglob("*")]:
            os.lchown(path, user.pw_uid, user.pw_gid)
    except (KeyError, PermissionError):
        pass  # not root: the files stay ours


def edit(day, db, rng, now):
    """Editors at work: drafts and revisions, pictures in the library, menus, their own profile."""
    if day % 2 == 1:
        db.execute("INSERT INTO wp_posts(post_author, post_date, post_title, post_content, post_status, post_type) "
                   "VALUES(2, ?, ?, '', 'inherit', 'attachment')", (f"2026-01-{day % 28 + 1:02}", f"conseil-{day}"))
        picture = db.execute("SELECT last_insert_rowid()").fetchone()[0]
        for key, value in {"_wp_attached_file": f"2026/01/conseil-{day}.jpg", "_wp_attachment_metadata": serialized(
                {"width": 1200, "height": 800, "file": f"2026/01/conseil-{day}.jpg",
                 "sizes": {"medium": {"file": f"conseil-{day}-300x200.jpg", "mime-type": "image/jpeg"}}})}.items():
            db.execute("INSERT INTO wp_postmeta(post_id, meta_key, meta_value) VALUES(?, ?, ?)", (picture, key, value))
    if day % 3 == 0:
        db.execute("INSERT INTO wp_posts(post_author, post_date, post_title, post_content, post_status, post_type) "
                   "SELECT post_author, post_date, post_title, post_content, 'inherit', 'revision' FROM wp_posts WHERE ID = ?",
                   (rng.randrange(1, 8),))
        db.execute("INSERT INTO wp_postmeta(post_id, meta_key, meta_value) VALUES(1, '_edit_lock', ?)", (f"{now}:2",))
    if day == 4:
        db.execute("INSERT INTO wp_posts(post_author, post_date, post_title, post_content, post_status, post_type) VALUES"
                   "(2, '2026-01-06 08:00:00', 'Vœux du maire', '<!-- wp:paragraph --><p>La population est invitée.</p>"
                   "<!-- /wp:paragraph -->', 'future', 'post')")
    if day == 5:
        db.execute("UPDATE wp_posts SET post_status = 'publish' WHERE post_status = 'future'")
    if day == 11:  # somebody asks for a new password and never uses the link
        db.execute("UPDATE wp_users SET user_activation_key = ? WHERE ID = 2", (f"{now}:$P$Bdemandedemandedemandedemandede1",))
    if day == 13:
        db.execute("UPDATE wp_users SET user_activation_key = '', display_name = 'Service communication' WHERE ID = 2")
    if day == 14:
        db.execute("INSERT INTO wp_terms(name, slug) VALUES('Urbanisme', 'urbanisme')")
        set_option(db, "widget_block", serialized({2: {"content": "<p>Mairie ouverte de 9 h à 17 h</p>"}, "_multiwidget": 1}))
    if day % 7 == 0:
        db.execute("INSERT INTO wp_usermeta(user_id, meta_key, meta_value) VALUES(2, 'wp_user-settings', ?)",
                   (f"editor=tinymce&libraryContent=browse&n={day}",))
        set_option(db, "rewrite_rules", serialized({"^wp-json/?$": "index.php?rest_route=/", f"agenda/{day}/?$": "index.php?agenda=1"}))
    if day == 16:
        set_option(db, "can_compress_scripts", "1")


def every_day(day, site, rng):
    """Visitors, editors, the scheduler, the cache: nothing of it is a question."""
    content, db = site / "wp-content", database(site)
    now = START + day * DAY
    set_option(db, "cron", cron(day))
    set_option(db, "_transient_timeout_feed", str(now + DAY))
    set_option(db, "_transient_feed", serialized({"lu": now, "titre": "Actualités des communes"}))
    set_option(db, "_site_transient_update_plugins", serialized({"last_checked": now, "checked": {s: "1.0.0" for s in PLUGINS}}))
    token = hashlib.sha256(rng.randbytes(8)).hexdigest()
    db.execute("UPDATE wp_usermeta SET meta_value = ? WHERE meta_key = 'session_tokens'",
               (serialized({token: {"expiration": now + 2 * DAY, "ip": "192.0.2.7", "ua": "Mozilla/5.0", "login": now}}),))
    for _ in range(rng.randrange(1, 4)):
        db.execute("INSERT INTO wp_comments(comment_post_ID, comment_author, comment_author_email, comment_date, comment_content, comment_approved) "
                   "VALUES(1, ?, 'habitant@example.org', ?, ?, ?)",
                   (rng.choice(["Mme Petit", "Un riverain", "J. Moreau"]), f"2026-01-{day % 28 + 1:02}",
                    rng.choice(["Merci pour ces informations.", "À quelle heure exactement ?", "Voir aussi https://exemple.fr/plan"]) + f" ({day})",
                    rng.choice(["1", "0", "spam"])))
    if day % 2 == 0:
        add_article(db, day, rng)
    if day % 3 == 0:
        db.execute("UPDATE wp_posts SET post_content = replace(post_content, '9 h', '10 h') WHERE ID = ?", (rng.randrange(1, 8),))
    if day % 5 == 0:
        db.execute("DELETE FROM wp_comments WHERE comment_approved = 'spam'")
    edit(day, db, rng, now)
    db.commit()
    db.close()
    if day % 2 == 1:
        name = f"uploads/2026/01/conseil-{day}"
        photo = jpeg(rng)
        write(content / f"{name}.jpg", photo)
        write(content / f"{name}-300x200.jpg", jpeg(rng))
        write(content / f"{name}.png", png(rng))
    if day % 4 == 0:
        write(content / f"uploads/2026/01/compte-rendu-{day}.pdf", pdf(f"Compte rendu {day}", rng))
    if day == 12:
        (content / "uploads/2025/11/photo-0.jpg").unlink()
    if day % 10 == 0:  # the backup plugin keeps two archives of the site's own code
        kept = content / "sauvegardes"
        for old in sorted(kept.glob("*.zip"))[:-1] if kept.is_dir() else []:
            old.unlink()
        write(kept / f"sauvegarde-{day:02}.zip", Publisher.zip(plugin(PLUGINS[0], "1.0.0"), "site/"))
    with open(content / "debug.log", "a", encoding="utf-8") as log:
        log.write(f"[{day}-Jan-2026 03:12:09 UTC] PHP Deprecated: Creation of dynamic property Cache_Rapide::$duree is deprecated "
                  f"in /var/www/site/wp-content/plugins/cache-rapide/includes/class-cache-rapide.php on line {day}\n")
    shutil.rmtree(content / "cache", ignore_errors=True)
    for page in ("index", "mairie", "agenda", f"article-{day}"):
        write(content / f"cache/cache-rapide/valmont.example/{page}/index-https.html",
              f"<!DOCTYPE html><html lang=fr><body><h1>{page}</h1><p>{day}</p></body></html><!-- Cache rapide {now} -->\n")
    write(content / "cache/minify/commun.js", f"/* {day} */ ( function ( $ ) {{ $( '.menu' ).addClass( 'pret' ); }} )( jQuery );\n")


def update_plugin(slug, version, site, published):
    publish(published, f"plugin/{slug}/{version}", plugin(slug, version))
    publish(published, f"translation/plugin/{slug}/{version}/fr_FR", language(slug + "-", version, ["Settings", "Save"]))
    replace(site / "wp-content/plugins" / slug, plugin(slug, version))
    put(site / "wp-content/languages/plugins", language(slug + "-", version, ["Settings", "Save"]))


def update_core(version, site, published):
    publish(published, f"core/{version}", core(version))
    publish(published, f"translation/core/{version}/fr_FR", language("", version, ["Hello", "Posts", "Pages"]))
    put(site, core(version))
    put(site / "wp-content/languages", language("", version, ["Hello", "Posts", "Pages"]))


def day(number, site, published):
    rng = random.Random(1000 + number)
    every_day(number, site, rng)
    content = site / "wp-content"
    updates = {2: [0, 1], 5: [2], 8: [3, 4], 10: [5], 13: [6], 16: [7, 0], 19: [8], 22: [1], 24: [0, 2], 27: [4], 29: [5, 6]}
    for index in updates.get(number, []):
        update_plugin(PLUGINS[index], f"1.{number}.0", site, published)
    if number == 6:
        update_core("6.4.3", site, published)
    if number == 15:  # the theme, and a translation that was improved without a new version
        publish(published, "theme/commune/2.1", theme("2.1"))
        replace(content / "themes/commune", theme("2.1"))
        better = language(PLUGINS[7] + "-", "1.0.0, revue", ["Settings", "Subscribe"])
        publish(published, f"translation/plugin/{PLUGINS[7]}/1.0.0/fr_FR", better)
        put(content / "languages/plugins", better)
    if number == 18:  # "a file is in the way" while updating: WordPress leaves a note of maintenance and takes it away
        update_core("6.4.4", site, published)
    # What a person is asked about: the plugin that was bought, and the town's own theme.
    if number == 9:
        replace(content / "plugins" / PREMIUM, plugin(PREMIUM, "3.2"))
    if number == 17:
        put(content / "themes/commune-valmont", child_theme("02 00 00 00 02"))
    if number == 24:
        replace(content / "plugins" / PREMIUM, plugin(PREMIUM, "3.3"))
    give_to_web_user(site)


class Publisher(http.server.BaseHTTPRequestHandler):
    published = None
    protocol_version = "HTTP/1.1"

    def answer(self):
        path, _, query = self.path.partition("?")
        if path == "/core/checksums/1.0/":
            version = re.search(r"version=([\w.]+)", query)[1]
            files = self.files(f"core/{version}")
            return json.dumps({"checksums": {k: hashlib.md5(v).hexdigest() for k, v in files.items()} or False}).encode()
        if found := re.fullmatch(r"/plugin-checksums/([\w-]+)/([\w.]+)\.json", path):
            files = self.files(f"plugin/{found[1]}/{found[2]}")
            return files and json.dumps({"plugin": found[1], "version": found[2], "files": {
                k: {"md5": hashlib.md5(v).hexdigest(), "sha256": hashlib.sha256(v).hexdigest()}
                for k, v in files.items()}}).encode()
        if found := re.fullmatch(r"/theme/([\w-]+)\.([\d.]+)\.zip", path):
            return self.zip(self.files(f"theme/{found[1]}/{found[2]}"), found[1] + "/")
        if found := re.fullmatch(r"/(translation/(?:core|(?:plugin|theme)/[\w-]+)/[\w.]+/\w+)\.zip", path):
            return self.zip(self.files(found[1]), "")
        return None

    def files(self, kind):
        folder = self.published / kind
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    @staticmethod
    def zip(files, top):
        if not files:
            return None
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for name, content in files.items():
                made.writestr(top + name, content)
        return out.getvalue()

    def do_GET(self):
        body = self.answer()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


def serve(published, port_file):
    Publisher.published = published
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    port_file.write_text(str(server.server_address[1]))
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    elif sys.argv[1] == "day":
        day(int(sys.argv[2]), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
    else:
        serve(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
