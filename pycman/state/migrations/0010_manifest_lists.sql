-- Manifest lists in the making (`manifest create`): they have names of their own beside those of images.
CREATE TABLE manifest_lists (
    name TEXT PRIMARY KEY,                 -- domain/path:tag, normalised
    id TEXT NOT NULL,                      -- 64 hex digits
    annotations TEXT NOT NULL DEFAULT '{}',
    created_at_ns INTEGER NOT NULL
);
CREATE TABLE manifest_list_entries (
    name TEXT NOT NULL REFERENCES manifest_lists (name) ON DELETE CASCADE,
    digest TEXT NOT NULL,                  -- of a manifest
    position INTEGER NOT NULL,
    entry TEXT NOT NULL,                   -- ListEntry as JSON
    PRIMARY KEY (name, digest)
)
