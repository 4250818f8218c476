-- Checkpoints of containers (CRIU); their files are in the container's directory.
CREATE TABLE checkpoints (
    container_id TEXT PRIMARY KEY REFERENCES containers (id) ON DELETE CASCADE,
    dumped_pid INTEGER NOT NULL DEFAULT 0,     -- the process that is being dumped and is to end by it; 0: none
    dumped_start INTEGER NOT NULL DEFAULT 0,   -- its start time
    dumped_into TEXT NOT NULL DEFAULT '',      -- directory of the images
    checkpointed INTEGER NOT NULL DEFAULT 0,   -- its last run ended in a checkpoint
    restored INTEGER NOT NULL DEFAULT 0,       -- its last run began from one
    checkpointed_at_ns INTEGER NOT NULL DEFAULT 0,
    restored_at_ns INTEGER NOT NULL DEFAULT 0
);
