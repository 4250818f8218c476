-- Images, layers, containers, volumes, secrets and events. JSON columns hold what only one room reads.
CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,               -- of the bytes as received
    size_bytes INTEGER NOT NULL,
    media_type TEXT NOT NULL DEFAULT '',
    diff_id TEXT NOT NULL DEFAULT '',      -- of a layer blob: digest of its uncompressed bytes, once known
    created_at_ns INTEGER NOT NULL
);
CREATE TABLE layers (
    name TEXT PRIMARY KEY,                 -- directory below layers/
    chain_id TEXT NOT NULL,
    id_map TEXT NOT NULL DEFAULT '',       -- IdMap.key(); '' is the identity
    parent_chain_id TEXT NOT NULL DEFAULT '',
    diff_id TEXT NOT NULL,
    blob_digest TEXT NOT NULL DEFAULT '',  -- '' when only the directory exists (import, commit) and the blob is made on demand
    size_bytes INTEGER NOT NULL DEFAULT 0, -- unpacked
    state TEXT NOT NULL,                   -- creating, ready, removing
    owner TEXT NOT NULL DEFAULT '',        -- who is at it (state/owners.py)
    verified_at_ns INTEGER NOT NULL DEFAULT 0,
    created_at_ns INTEGER NOT NULL,
    UNIQUE (chain_id, id_map)
);
CREATE TABLE images (
    id TEXT PRIMARY KEY,                   -- hex digest of the config blob
    manifest_digest TEXT NOT NULL,
    media_type TEXT NOT NULL,              -- of the manifest
    manifest TEXT NOT NULL,                -- its bytes, as received
    config TEXT NOT NULL,                  -- the config blob, as received
    os TEXT NOT NULL DEFAULT 'linux',
    architecture TEXT NOT NULL DEFAULT '',
    variant TEXT NOT NULL DEFAULT '',
    size_bytes INTEGER NOT NULL DEFAULT 0, -- sum of unpacked layers
    image_created_at_ns INTEGER NOT NULL DEFAULT 0,
    created_at_ns INTEGER NOT NULL,        -- when it came into this store
    parent_id TEXT NOT NULL DEFAULT ''     -- the image it was committed or built from, if known here
);
CREATE TABLE image_layers (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,             -- 0 is the bottom
    chain_id TEXT NOT NULL,
    diff_id TEXT NOT NULL,
    blob_digest TEXT NOT NULL,
    blob_media_type TEXT NOT NULL DEFAULT '',
    blob_size_bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (image_id, position)
);
CREATE INDEX image_layers_chain ON image_layers (chain_id);
CREATE TABLE image_names (
    name TEXT PRIMARY KEY,                 -- domain/path:tag, normalised
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    created_at_ns INTEGER NOT NULL
);
CREATE INDEX image_names_image ON image_names (image_id);
CREATE TABLE image_digests (
    repository TEXT NOT NULL,              -- domain/path
    digest TEXT NOT NULL,                  -- of a manifest or index it was pulled or pushed by
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (repository, digest, image_id)
);
CREATE TABLE leases (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,                   -- dead owner: dropped
    kind TEXT NOT NULL,                    -- blob, layer, image
    subject TEXT NOT NULL,
    created_at_ns INTEGER NOT NULL
);
CREATE INDEX leases_subject ON leases (kind, subject);
CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    row_state TEXT NOT NULL,               -- creating, ready, removing
    owner TEXT NOT NULL DEFAULT '',
    image_id TEXT NOT NULL DEFAULT '',
    image_name TEXT NOT NULL DEFAULT '',   -- as the user named it, normalised
    pod_id TEXT NOT NULL DEFAULT '',
    spec TEXT NOT NULL,                    -- ContainerSpec with image defaults filled in
    command TEXT NOT NULL DEFAULT '[]',    -- entrypoint and arguments, for listings
    labels TEXT NOT NULL DEFAULT '{}',
    ports TEXT NOT NULL DEFAULT '[]',
    networks TEXT NOT NULL DEFAULT '[]',
    mounts TEXT NOT NULL DEFAULT '[]',     -- resolved: [{type, name, source, destination, driver, mode, rw, propagation}]
    layer_names TEXT NOT NULL DEFAULT '[]',-- lower directories, top first
    id_map TEXT NOT NULL DEFAULT '{}',
    oci_runtime TEXT NOT NULL DEFAULT '',
    driver TEXT NOT NULL DEFAULT '',       -- storage driver of its writable layer
    auto_remove INTEGER NOT NULL DEFAULT 0,
    restart_policy TEXT NOT NULL DEFAULT 'no',
    has_health INTEGER NOT NULL DEFAULT 0,
    created_at_ns INTEGER NOT NULL,
    started_at_ns INTEGER NOT NULL DEFAULT 0,
    finished_at_ns INTEGER NOT NULL DEFAULT 0,
    boot_id TEXT NOT NULL DEFAULT '',      -- of the last start; another boot: it does not run
    pid INTEGER NOT NULL DEFAULT 0,        -- 0: no process
    pid_start INTEGER NOT NULL DEFAULT 0,
    conmon_pid INTEGER NOT NULL DEFAULT 0,
    conmon_start INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    mounted INTEGER NOT NULL DEFAULT 0,    -- users of the merged mount beside its process (mount, cp)
    exit_status INTEGER NOT NULL DEFAULT 0,
    term_signal INTEGER NOT NULL DEFAULT 0,
    oom_killed INTEGER NOT NULL DEFAULT 0,
    stopped_by_user INTEGER NOT NULL DEFAULT 0,
    restart_count INTEGER NOT NULL DEFAULT 0,
    restart_at_ns INTEGER NOT NULL DEFAULT 0, -- back-off: when the supervisor starts it again; 0: not
    error TEXT NOT NULL DEFAULT '',        -- why it did not start
    health_status TEXT NOT NULL DEFAULT '',-- '', starting, healthy, unhealthy
    health_streak INTEGER NOT NULL DEFAULT 0,
    health_started INTEGER NOT NULL DEFAULT 0, -- the startup check has passed
    health_due_ns INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX containers_image ON containers (image_id);
CREATE INDEX containers_pod ON containers (pod_id);
CREATE TABLE container_volumes (
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    volume_name TEXT NOT NULL,
    anonymous INTEGER NOT NULL DEFAULT 0,  -- made for this container: goes with rm -v and --rm
    PRIMARY KEY (container_id, volume_name)
);
CREATE INDEX container_volumes_volume ON container_volumes (volume_name);
CREATE TABLE container_needs (             -- namespaces of another container
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    needed_id TEXT NOT NULL,
    PRIMARY KEY (container_id, needed_id)
);
CREATE TABLE id_ranges (                   -- --userns=auto
    container_id TEXT PRIMARY KEY REFERENCES containers (id) ON DELETE CASCADE,
    first_id INTEGER NOT NULL UNIQUE,
    size INTEGER NOT NULL
);
CREATE TABLE exec_sessions (
    id TEXT PRIMARY KEY,
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    command TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '',
    pid INTEGER NOT NULL DEFAULT 0,
    pid_start INTEGER NOT NULL DEFAULT 0,
    started_at_ns INTEGER NOT NULL,
    exit_status INTEGER NOT NULL DEFAULT -1
);
CREATE TABLE health_log (
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    started_at_ns INTEGER NOT NULL,
    ended_at_ns INTEGER NOT NULL,
    exit_status INTEGER NOT NULL,
    output TEXT NOT NULL
);
CREATE INDEX health_log_container ON health_log (container_id, started_at_ns);
CREATE TABLE volumes (
    name TEXT PRIMARY KEY,
    driver TEXT NOT NULL DEFAULT 'local',
    options TEXT NOT NULL DEFAULT '{}',
    labels TEXT NOT NULL DEFAULT '{}',
    anonymous INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,                   -- creating, ready, removing
    owner TEXT NOT NULL DEFAULT '',
    uid INTEGER NOT NULL DEFAULT 0,
    gid INTEGER NOT NULL DEFAULT 0,
    needs_copy_up INTEGER NOT NULL DEFAULT 1,
    mount_count INTEGER NOT NULL DEFAULT 0,
    boot_id TEXT NOT NULL DEFAULT '',      -- of the last mount
    created_at_ns INTEGER NOT NULL
);
CREATE TABLE secrets (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    driver TEXT NOT NULL DEFAULT 'file',
    options TEXT NOT NULL DEFAULT '{}',
    labels TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '',
    size_bytes INTEGER NOT NULL DEFAULT 0,
    created_at_ns INTEGER NOT NULL,
    updated_at_ns INTEGER NOT NULL
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ns INTEGER NOT NULL,
    type TEXT NOT NULL,                    -- container, image, volume, secret, network, pod, system
    action TEXT NOT NULL,                  -- podman's word: create, init, start, died, remove, …
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL DEFAULT '',
    attributes TEXT NOT NULL DEFAULT '{}'  -- died: exit_status, term_signal, oom_killed, reason; health_status: status
);
CREATE INDEX events_time ON events (time_ns);
CREATE INDEX events_actor ON events (actor_id, id)
