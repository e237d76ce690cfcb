-- SPDX-License-Identifier: Apache-2.0
-- Schema 1. Append-only once released: later versions are further files, one transaction each (user_version).
-- Times are milliseconds since 1970 UTC. Tables of datasets (d_ID, h_ID) are made from the catalogue by dataset_table.c.

CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Every text that recurs (codes, periods, indicator ids, code-list values) is stored once. Id 1 is the empty text.
CREATE TABLE code(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO code(id, text) VALUES (1, '');

-- One row for each file handed in, from the moment it is claimed.
CREATE TABLE submission(
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,            -- S-20251013-0031, day in the configured zone
  source TEXT NOT NULL,
  file TEXT NOT NULL,                        -- name as dropped, cleaned for display
  claimed TEXT,                              -- name within .claimed/ while the original lies there
  spool TEXT,                                -- name within STATE/spool while it lies there
  sha256 TEXT, size INTEGER, mtime_ms INTEGER,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received','stored','rejected','quarantined','duplicate')),
  dataset TEXT, period TEXT, county TEXT,    -- the main ones
  rows_ok INTEGER NOT NULL DEFAULT 0, rows_bad INTEGER NOT NULL DEFAULT 0,
  code TEXT, message TEXT,                   -- why rejected, quarantined or duplicate: one sentence for people
  summary TEXT,                              -- WIRE_END as it came
  reader_version TEXT,                       -- reader and dataset versions: part of what makes a duplicate
  attempts INTEGER NOT NULL DEFAULT 0,       -- reads begun; two deaths set the file aside
  stored_at INTEGER,
  archived TEXT,                             -- path below STATE, once archived or quarantined
  receipt TEXT                               -- file name within receipts/, once written; NULL: to be written
) STRICT;
CREATE UNIQUE INDEX submission_claimed ON submission(source, claimed) WHERE claimed IS NOT NULL;
CREATE INDEX submission_same ON submission(source, sha256);
CREATE INDEX submission_latest ON submission(source, dataset, period, id);
CREATE INDEX submission_open ON submission(state) WHERE state = 'received';
CREATE INDEX submission_receipt ON submission(id) WHERE receipt IS NULL;

-- A table found in a file: which dataset, and where each column lies, so that a fact can be traced to its cell.
CREATE TABLE submission_table(
  submission INTEGER NOT NULL REFERENCES submission(id), no INTEGER NOT NULL,
  dataset TEXT NOT NULL, period TEXT, sheet TEXT NOT NULL, kind TEXT NOT NULL,
  layout TEXT NOT NULL,                      -- JSON {"column id": "P" or "E11"}
  headers TEXT NOT NULL,                     -- JSON {"column id": "as written"}
  PRIMARY KEY (submission, no)) STRICT, WITHOUT ROWID;

CREATE TABLE submission_error(
  submission INTEGER NOT NULL REFERENCES submission(id), seq INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('refuse','missing','ask','note')),
  table_no INTEGER, sheet TEXT, row INTEGER, "column" TEXT, column_id TEXT, cell TEXT,
  entity TEXT, name TEXT, code TEXT NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (submission, seq)) STRICT, WITHOUT ROWID;

-- Rows as they stood, refused or with something missing, and the head of their table, for the correction file (待更正).
CREATE TABLE submission_bad_row(
  submission INTEGER NOT NULL REFERENCES submission(id), table_no INTEGER NOT NULL, row INTEGER NOT NULL,
  seq INTEGER NOT NULL,                      -- as they came: a heading of ours stands before its row
  cells TEXT NOT NULL,                       -- JSON array: texts from column A on
  bad TEXT NOT NULL,                         -- JSON: 0-based numbers of bad columns; of a head row null or its merged cells
  spare INTEGER NOT NULL,                    -- while it is not known whether the row is refused
  PRIMARY KEY (submission, table_no, row, seq)) STRICT, WITHOUT ROWID;

-- What must be recomputed: a scope's generation rises with every change of its facts …
CREATE TABLE scope(
  dataset INTEGER NOT NULL, period INTEGER NOT NULL, county INTEGER NOT NULL,   -- codes
  generation INTEGER NOT NULL, changed_at INTEGER NOT NULL,
  submission INTEGER,                        -- that changed it last
  backfill INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (dataset, period, county)) STRICT, WITHOUT ROWID;
-- … and is clean for a plugin only if the generation that the plugin read is the present one.
CREATE TABLE scope_done(
  plugin TEXT NOT NULL, dataset INTEGER NOT NULL, period INTEGER NOT NULL, county INTEGER NOT NULL,
  generation INTEGER NOT NULL, plugin_sha256 TEXT NOT NULL,
  options TEXT NOT NULL,                     -- digest of those that the configuration set
  settings TEXT NOT NULL,                    -- digest of those of the standards that the plugin computed by
  standard_version TEXT NOT NULL,            -- by which it was judged
  PRIMARY KEY (plugin, dataset, period, county)) STRICT, WITHOUT ROWID;

CREATE TABLE run(
  id INTEGER PRIMARY KEY, plugin TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL,
  started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT, message TEXT, scopes INTEGER NOT NULL) STRICT;

-- Plugins (with scope) and files set aside after a second death; lifted by an operator or a changed plugin.
CREATE TABLE set_aside(
  kind TEXT NOT NULL CHECK (kind IN ('plugin','file')), name TEXT NOT NULL, scope TEXT NOT NULL DEFAULT '',
  sha256 TEXT NOT NULL DEFAULT '', failures INTEGER NOT NULL, active INTEGER NOT NULL,
  reason TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (kind, name, scope)) STRICT, WITHOUT ROWID;

CREATE TABLE result(
  period INTEGER NOT NULL, county INTEGER NOT NULL, indicator INTEGER NOT NULL, stage INTEGER NOT NULL, -- codes; stage: enum stage
  entity INTEGER NOT NULL,
  verdict INTEGER NOT NULL,                  -- enum verdict
  value REAL, numerator REAL, denominator REAL, threshold REAL, gap REAL, pupils REAL,
  estimated INTEGER NOT NULL, provisional INTEGER NOT NULL,
  flags INTEGER NOT NULL,                    -- JH_NOT_IN_CV, JH_NEW_SCHOOL of the measure
  state INTEGER NOT NULL,                    -- JH_OK, JH_NO_DATA, JH_EXEMPT of the measure
  missing TEXT, note TEXT,
  detail TEXT,                               -- JSON: coverage, shares of a CV, members of a rule …
  run INTEGER NOT NULL, judged_at INTEGER NOT NULL,
  PRIMARY KEY (period, county, indicator, stage, entity)) STRICT, WITHOUT ROWID;
CREATE INDEX result_entity ON result(entity, indicator, stage, period);

CREATE TABLE alert(
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,            -- 2025-0137, year of opening in the configured zone
  indicator TEXT NOT NULL, entity TEXT NOT NULL, stage TEXT NOT NULL, period TEXT NOT NULL, county TEXT NOT NULL,
  name TEXT,                                 -- of the entity, for people
  severity TEXT NOT NULL CHECK (severity IN ('red','orange','yellow','blue')),
  state TEXT NOT NULL CHECK (state IN ('pending','firing','acknowledged','silenced','resolved')),
  value REAL, threshold REAL,
  opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, resolved_at INTEGER,
  close_reason TEXT,                         -- rectified (整改达标), corrected (数据更正), not_applicable (不再适用)
  submission INTEGER,                        -- whose facts opened or last changed it
  acked_by TEXT, ack_note TEXT, ack_until INTEGER, silenced_until INTEGER,
  text TEXT                                  -- the text that was sent last, for `alerts show`
) STRICT;
CREATE UNIQUE INDEX alert_open ON alert(indicator, entity, stage) WHERE state <> 'resolved';
CREATE INDEX alert_time ON alert(opened_at);
CREATE TABLE alert_event(
  id INTEGER PRIMARY KEY, alert INTEGER NOT NULL REFERENCES alert(id), at INTEGER NOT NULL,
  kind TEXT NOT NULL, actor TEXT, detail TEXT) STRICT;
CREATE INDEX alert_event_alert ON alert_event(alert, id);

CREATE TABLE outbox(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,                  -- idempotency key: (episode, transition, channel)
  channel TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('alert','resolved','digest','notice')),
  alerts TEXT NOT NULL,                      -- JSON array of public ids
  created_at INTEGER NOT NULL,
  subject TEXT NOT NULL, body_text TEXT NOT NULL, body_html TEXT, body_json TEXT NOT NULL,
  fields TEXT,                               -- JSON object of journal fields
  state TEXT NOT NULL CHECK (state IN ('pending','sent','dead')),
  attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL, sent_at INTEGER, last_error TEXT) STRICT;
CREATE INDEX outbox_pending ON outbox(next_at) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox(id) WHERE state = 'dead';
