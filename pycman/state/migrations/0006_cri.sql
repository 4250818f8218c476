-- What a kubelet asked for, in addition to the rows of pods and containers created for it.
CREATE TABLE cri_sandboxes (
    pod_id TEXT PRIMARY KEY REFERENCES pods (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    namespace TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    config TEXT NOT NULL,                  -- PodSandboxConfig as JSON
    runtime_handler TEXT NOT NULL DEFAULT '',
    network TEXT NOT NULL DEFAULT '',      -- name of the CNI network; '' is the host's or none
    addresses TEXT NOT NULL DEFAULT '[]',
    ready INTEGER NOT NULL DEFAULT 0,      -- it was ready once, and nobody has stopped it
    UNIQUE (name, uid, namespace, attempt)
);
CREATE TABLE cri_containers (
    container_id TEXT PRIMARY KEY REFERENCES containers (id) ON DELETE CASCADE,
    pod_id TEXT NOT NULL,
    name TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    config TEXT NOT NULL,                  -- ContainerConfig as JSON
    log_path TEXT NOT NULL DEFAULT '',
    UNIQUE (pod_id, name, attempt)
)
