-- SPDX-License-Identifier: GPL-2.0-only
-- A store of schema 1, as sqlite3's .dump has it: three commits, of which the second one's key was deleted
-- by the third. The two PRAGMAs are not in a dump.
PRAGMA application_id = 1129860198;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE entry (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO entry VALUES('claim/a','{"name":"a"}',1);
INSERT INTO entry VALUES('plan/1','',3);
CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES(3);
COMMIT;
