"""The configuration files, each parsed into a Record: containers.conf, registries.conf, storage.conf, policy.json, auth.json.

    files, first to last ──▶ load_… ──▶ one Record and the warnings ──▶ cached below the run root (state/settings.py)

    containers_conf.py            the Record and its files;  containers_conf_keys.py  what each key does
    containers_conf_parse.py      merges the files;  containers_conf_values.py  checks the values
    registries_conf.py, storage_conf.py, policy_json.py, auth_json.py    one format each
    pycman_conf.py                whose habits the command line has
    toml_file.py                  what the TOML formats share: reading, errors with line numbers, types

Parsing imports tomllib (15 ms), so commands read the cache and parse only after a file has changed. The room imports spec and
linux only.
"""
