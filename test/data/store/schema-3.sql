-- SPDX-License-Identifier: GPL-2.0-only
-- A store of schema 3, as sqlite3's .dump has it: two claims, and a change that was cut short. Its
-- boot is none that ever was. The two PRAGMAs are not in a dump.
PRAGMA application_id = 1129860198;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE counter (revision INTEGER NOT NULL, lease INTEGER NOT NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '', writes INTEGER NOT NULL DEFAULT 0, digest INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "counter" VALUES(9,0,'00112233-4455-6677-8899-aabbccddeeff',10,1869799164105565392);
CREATE TABLE entry (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL, lease INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
INSERT INTO "entry" VALUES('claim/db','{"name":"db","size":536870912,"type":"ram","goal":"system_ram","zone":"movable","drift":"mend","owner":"uid:0","binding":{"boot":"00112233-4455-6677-8899-aabbccddeeff","resource":19864223744,"size":536870912,"ways":2,"granularity":256,"members":[{"serial":1},{"serial":3}]}}',4,0);
INSERT INTO "entry" VALUES('claim/web','{"name":"web","size":268435456,"type":"ram","goal":"system_ram","zone":"movable","drift":"mend","owner":"uid:0","binding":{"boot":"00112233-4455-6677-8899-aabbccddeeff","resource":19595788288,"size":268435456,"ways":1,"granularity":256,"members":[{"serial":2}]}}',2,0);
INSERT INTO "entry" VALUES('plan/open','{"boot":"00112233-4455-6677-8899-aabbccddeeff","region":"region2","claim":"cut","steps":[{"kind":"region","object":"region2","of":"","from":"","to":"ram@decoder0.0"},{"kind":"region-granularity","object":"region2","of":"","from":"0","to":"256"},{"kind":"region-ways","object":"region2","of":"","from":"0","to":"1"},{"kind":"region-size","object":"region2","of":"","from":"0","to":"268435456"},{"kind":"decoder-dpa","object":"decoder6.0","of":"","from":"0","to":"268435456"},{"kind":"region-target","object":"region2\/target0","of":"","from":"","to":"decoder6.0"},{"kind":"region-commit","object":"region2","of":"","from":"0","to":"1"},{"kind":"auto-online","object":"memory","of":"","from":"online","to":"online_movable"},{"kind":"region-driver","object":"region2","of":"","from":"","to":"cxl_region"},{"kind":"dax-memory-guard","object":"dax2.0","of":"","from":"","to":""},{"kind":"dax-driver","object":"dax2.0","of":"","from":"","to":"kmem"},{"kind":"auto-online","object":"memory","of":"","from":"online_movable","to":"online"},{"kind":"dax-memory","object":"dax2.0","of":"","from":"","to":"online_movable"}]}',9,0);
CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL) STRICT;
CREATE INDEX entry_lease ON entry (lease) WHERE lease <> 0;
COMMIT;
