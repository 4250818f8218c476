"""From a container's spec and row to the OCI bundle (runtime-spec, bundle.md): the input of config.json, and /etc files.

    spec ── cdi.py: devices of vendors ──▶ bundle_input.py ──▶ BundleInput ──▶ pycman/runtime/ (pure) ──▶ config.json
                                            │
    process_env.py: host name, env ─────────┤    etc_files.py     hosts, hostname, resolv.conf: their text
              namespaces, mounts, id map ───┘    unnamed_users.py users that passwd and group lack
                                                 time_zone.py     the host's file for --tz
                                                 cgroup_path.py   where the container's cgroup is
                                                 marks.py         /run/.containerenv
                                                 pod_hosts.py     names of members in a pod's /etc/hosts

It may import networks/ (addresses for /etc/hosts), users and states.
"""
