-- Where the blobs of layers were seen, so that a push has a registry mount them from another repository in place of uploading them.
-- Hints: they stay when the store's own blob goes, and the oldest go when there are many.
CREATE TABLE blob_places (
    digest TEXT NOT NULL,
    host TEXT NOT NULL,                    -- with port, as it is connected to
    repository TEXT NOT NULL,              -- the path there
    seen_at_ns INTEGER NOT NULL,
    PRIMARY KEY (digest, host, repository)
) WITHOUT ROWID;
CREATE INDEX blob_places_seen ON blob_places (seen_at_ns);
ALTER TABLE layers ADD COLUMN tar_bytes INTEGER NOT NULL DEFAULT 0;  -- of its plain tar, 0: not known; `save` writes it before the bytes
