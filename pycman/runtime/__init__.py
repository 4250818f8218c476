"""The OCI runtime and its monitor.

    spec_builder.py  what the engine wants of a container, as a value → the runtime spec (config.json), pure; with
                     process.py, mounts.py, resources.py, seccomp.py, defaults.py, one part each
    host_facts.py    what this host can do, found once a boot
    handlers.py      which runtime (crun, runc, runsc, …) for this container and host, and why
    oci_runtime.py   its command line;  failures.py  what its complaints mean
    conmon.py        one monitor a container: terminal, log, exit status;  attach.py  talking through it
    log_lines.py     the k8s-file log format

A start is: bundle written → conmon runs the runtime's create → pid → the runtime's start. At the end conmon writes the
exit status and runs the engine's cleanup.
"""
