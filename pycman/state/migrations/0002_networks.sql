-- Networks, and the containers connected to them. Endpoints, addresses and bindings of a container exist while it runs.
CREATE TABLE networks (
    id TEXT PRIMARY KEY,                   -- 64 hex digits
    name TEXT NOT NULL UNIQUE,
    interface TEXT NOT NULL,               -- bridge or parent
    spec TEXT NOT NULL,                    -- NetworkSpec with everything chosen
    created_at_ns INTEGER NOT NULL
);
CREATE TABLE endpoints (
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    network_id TEXT NOT NULL REFERENCES networks (id),
    position INTEGER NOT NULL,
    interface TEXT NOT NULL,
    host_interface TEXT NOT NULL DEFAULT '',
    mac_address TEXT NOT NULL DEFAULT '',
    names TEXT NOT NULL DEFAULT '[]',
    boot_id TEXT NOT NULL,                 -- of another boot: it is gone
    PRIMARY KEY (container_id, network_id)
);
CREATE INDEX endpoints_network ON endpoints (network_id);
CREATE TABLE addresses (
    network_id TEXT NOT NULL,
    address TEXT NOT NULL,                 -- without its prefix
    prefix INTEGER NOT NULL,
    container_id TEXT NOT NULL,
    PRIMARY KEY (network_id, address),
    FOREIGN KEY (container_id, network_id) REFERENCES endpoints (container_id, network_id) ON DELETE CASCADE
);
CREATE INDEX addresses_container ON addresses (container_id, network_id);
CREATE TABLE address_pools (               -- where the search for a free address goes on
    network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    subnet TEXT NOT NULL,
    last_address TEXT NOT NULL,
    PRIMARY KEY (network_id, subnet)
);
CREATE TABLE port_bindings (
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    protocol TEXT NOT NULL,
    host_ip TEXT NOT NULL,                 -- '' is every address
    host_port INTEGER NOT NULL,
    container_port INTEGER NOT NULL,
    PRIMARY KEY (protocol, host_ip, host_port)
);
CREATE INDEX port_bindings_container ON port_bindings (container_id);
CREATE TABLE network_helpers (             -- pasta or slirp4netns of one container
    container_id TEXT PRIMARY KEY REFERENCES containers (id) ON DELETE CASCADE,
    program TEXT NOT NULL,
    pid INTEGER NOT NULL,
    pid_start INTEGER NOT NULL
)
