-- Builds: what finished steps left, so that a later build with the same inputs need not do them again.
CREATE TABLE build_steps (
    key TEXT PRIMARY KEY,                  -- digest of the parent's key, the instruction after expansion, and the content it reads
    parent_key TEXT NOT NULL,
    text TEXT NOT NULL,                    -- the instruction, for listings
    inputs TEXT NOT NULL,                  -- JSON: [name, value] pairs that the key is made of, in order; never a secret
    parent_chain_id TEXT NOT NULL,         -- the layers it was done on; '' is none
    chain_id TEXT NOT NULL,                -- and the layers after it; equal if it made no layer
    diff_id TEXT NOT NULL DEFAULT '',
    blob_digest TEXT NOT NULL DEFAULT '',
    blob_media_type TEXT NOT NULL DEFAULT '',
    blob_size_bytes INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL DEFAULT 0, -- of the layer's files
    created_at_ns INTEGER NOT NULL,
    used_at_ns INTEGER NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX build_steps_chain ON build_steps (chain_id);
CREATE INDEX build_steps_parent ON build_steps (parent_key);
CREATE TABLE build_digests (               -- what COPY --from found in layers, which never change
    chain_id TEXT NOT NULL,
    source TEXT NOT NULL,                  -- path, and what was left out
    digest TEXT NOT NULL,
    used_at_ns INTEGER NOT NULL,
    PRIMARY KEY (chain_id, source)
);
CREATE TABLE build_files (                 -- digests of large files of contexts, as long as nothing about them changes
    file TEXT PRIMARY KEY,                 -- device, inode, size, times of change
    digest TEXT NOT NULL,
    used_at_ns INTEGER NOT NULL
);
CREATE TABLE build_mounts (                -- directories of RUN --mount=type=cache
    name TEXT PRIMARY KEY,                 -- directory below build/mounts
    id TEXT NOT NULL,                      -- as the Dockerfile says
    state TEXT NOT NULL,                   -- creating, ready, removing
    owner TEXT NOT NULL DEFAULT '',
    created_at_ns INTEGER NOT NULL,
    used_at_ns INTEGER NOT NULL
);
-- purpose: '' is a user's container; 'build' one that runs a step of a build, and is removed when its owner has ended.
ALTER TABLE containers ADD COLUMN purpose TEXT NOT NULL DEFAULT ''
