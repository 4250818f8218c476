"""The OCI runtime and its monitor.

    BundleInput ──▶ config.json ──▶ conmon ──▶ crun create ──▶ pid ──▶ crun start … exit file ──▶ the engine's cleanup

    bundle_input.py   the values that a runtime spec is made of
    spec_builder.py   BundleInput → the runtime spec, pure; one part each in process.py, mounts.py, resources.py,
                      seccomp.py (docker's profile → the spec's), with defaults.py (capabilities, masked paths)
    sysctls.py        which kernel parameters belong to a namespace
    seccomp_profile.py which profile, from which file; default_seccomp.json is that of a host without one
    apparmor.py       which AppArmor profile, and the text of pycman's own
    check_confinement.py  what this host cannot keep a container from is refused
    bundle_text.py    write config.json, with the converted seccomp profile and crun's compiled filter (seccomp_filter.py)
    host_facts.py     what this host can do, determined once per boot
    oci_runtimes.py   which runtime (crun, runc, runsc, …) for this container and host, and why
    container_runtime.py  what containers/ may ask of a runtime, of whichever kind
    known_runtimes.py  which there are on this host, their versions and features, for `info`
    oci_runtime.py    the runtime's command line;  failures.py  its error messages as kinds of errors
    conmon.py         one monitor per container: terminal, log, exit status;  monitor.py  what it is told
    shim/             containerd's shims, with a monitor of our own
    attach.py         pass bytes through conmon's attach socket (attach_protocol.py)
    exec_process.py   one process of `exec`;  exec_relay.py  passes bytes between it and its caller

The room imports linux, state, config and spec, and knows nothing of images, networks or the container's row in the database.
"""
