-- OCI artifacts: manifests that are no container images, and the blobs they hold.
CREATE TABLE artifacts (
    name TEXT PRIMARY KEY,                 -- domain/path:tag, normalised
    digest TEXT NOT NULL,                  -- of the manifest
    manifest TEXT NOT NULL,                -- byte for byte
    created_at_ns INTEGER NOT NULL
);
CREATE INDEX artifacts_digest ON artifacts (digest);
CREATE TABLE artifact_blobs (
    name TEXT NOT NULL REFERENCES artifacts (name) ON DELETE CASCADE ON UPDATE CASCADE,
    digest TEXT NOT NULL,
    PRIMARY KEY (name, digest)
);
CREATE INDEX artifact_blobs_digest ON artifact_blobs (digest)
