"""From a container's spec to the OCI bundle (runtime-spec, bundle.md): the values of config.json, and the files of /etc.

    spec, row, mounted root ──▶ bundle_input.py ──▶ BundleInput ──▶ pycman/runtime (pure) ──▶ config.json
                                     │
         etc_files.py  hosts, hostname, resolv.conf;  process_env.py  user and environment;  cgroup_path.py
    cdi.py   CDI files of device vendors → more devices, mounts, variables and hooks in the spec

The room imports runtime, networks, secrets and linux; `start` and `exec` use it.
"""
