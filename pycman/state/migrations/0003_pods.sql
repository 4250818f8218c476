-- Pods. Their members are rows of `containers` with a pod_id; one of them may be the infra container.
CREATE TABLE pods (
    id TEXT PRIMARY KEY,                   -- 64 hex digits
    name TEXT NOT NULL UNIQUE,
    row_state TEXT NOT NULL,               -- creating, ready, removing
    owner TEXT NOT NULL DEFAULT '',
    spec TEXT NOT NULL,                    -- PodSpec
    labels TEXT NOT NULL DEFAULT '{}',
    exit_policy TEXT NOT NULL,             -- continue, stop: what the end of the last member means for the pod
    cgroup TEXT NOT NULL DEFAULT '',       -- parent of the members' cgroups, below the hierarchy's root
    managed_by TEXT NOT NULL DEFAULT '',   -- the door that looks after it: '' is nobody but its user
    created_at_ns INTEGER NOT NULL
);
-- is_infra: it only keeps a pod's namespaces. init_kind (always, once): it runs to completion before the pod's other containers.
-- pinned: it has no process; files keep the namespaces alive.
-- (No comment may end an ALTER: SQLite would keep it, and the bracket after it.)
ALTER TABLE containers ADD COLUMN is_infra INTEGER NOT NULL DEFAULT 0;
ALTER TABLE containers ADD COLUMN init_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE containers ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0
