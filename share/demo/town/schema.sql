-- The town site's database. Times are local, as text: 2026-03-02 14:30. Session times are seconds since 1970.

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'editor')),
  created_at TEXT NOT NULL,
  last_login TEXT
);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE login_failures (
  login TEXT NOT NULL,
  happened_at INTEGER NOT NULL
);
CREATE INDEX login_failures_by_login ON login_failures (login, happened_at);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE news (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  body TEXT NOT NULL,
  category TEXT NOT NULL,
  picture TEXT,
  picture_alt TEXT NOT NULL DEFAULT '',
  author_id INTEGER NOT NULL REFERENCES users (id),
  published_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX news_by_date ON news (published_at);

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  place TEXT NOT NULL,
  category TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  description TEXT NOT NULL
);
CREATE INDEX events_by_date ON events (starts_at);

CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  kind TEXT NOT NULL,
  session_date TEXT NOT NULL,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  published_at TEXT NOT NULL
);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  read_at TEXT
);
