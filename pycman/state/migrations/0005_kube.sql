-- Services: a name and an address of the pods that are ready. And the objects of Kubernetes YAML that were played.
CREATE TABLE services (
    id TEXT PRIMARY KEY,                   -- 64 hex digits
    network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',      -- virtual, of no subnet; '' is headless: the name has the pods' own addresses
    spec TEXT NOT NULL,                    -- ServiceSpec
    created_at_ns INTEGER NOT NULL,
    UNIQUE (network_id, namespace, name)
);
CREATE UNIQUE INDEX services_address ON services (address) WHERE address != '';
CREATE TABLE kube_objects (
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    play TEXT NOT NULL,                    -- what was played: a file's name without its ending, or what the user called it
    hash TEXT NOT NULL,                    -- of the object as written, to tell a change from none
    manifest TEXT NOT NULL,                -- the object, as JSON
    reference TEXT NOT NULL DEFAULT '',    -- what it became here: a volume's or secret's name, a service's id
    state TEXT NOT NULL,                   -- creating, ready, removing
    owner TEXT NOT NULL DEFAULT '',
    created_at_ns INTEGER NOT NULL,
    PRIMARY KEY (kind, namespace, name)
);
CREATE TABLE kube_pods (                   -- which object a pod was made for
    pod_id TEXT PRIMARY KEY REFERENCES pods (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL DEFAULT 0,     -- which replica, or completion index
    hash TEXT NOT NULL,                    -- of all that the pod is made of
    complete INTEGER NOT NULL DEFAULT 0,   -- all its containers have been made
    maker TEXT NOT NULL DEFAULT '',        -- who is making them (state/owners.py)
    failures INTEGER NOT NULL DEFAULT 0,   -- of a Job's pod: how often it has failed
    counted_at_ns INTEGER NOT NULL DEFAULT 0, -- the end of the last run that was counted so
    outcome TEXT NOT NULL DEFAULT ''       -- of a Job's pod: succeeded, failed
);
CREATE INDEX kube_pods_owner ON kube_pods (kind, namespace, name)
