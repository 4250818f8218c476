-- Probes of running containers: rows are created at each start and deleted at each end.
CREATE TABLE probes (
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,                    -- startup, readiness, liveness
    streak INTEGER NOT NULL DEFAULT 0,     -- outcomes in a row: above 0 good ones, below bad ones
    passed INTEGER NOT NULL DEFAULT -1,    -- what the last streak that was long enough said: 1, 0, -1 not known yet
    due_ns INTEGER NOT NULL DEFAULT 0,     -- 0: the startup probe has to pass first
    error TEXT NOT NULL DEFAULT '',        -- of the last bad outcome
    PRIMARY KEY (container_id, kind)
);
-- ready: its process runs, and no probe says that it cannot serve yet.
ALTER TABLE containers ADD COLUMN ready INTEGER NOT NULL DEFAULT 0
