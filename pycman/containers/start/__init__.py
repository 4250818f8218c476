"""Start a container: network, mounts, bundle, conmon with the OCI runtime's create, then the runtime's start.

    start.py ──┬▶ initialize.py ──▶ steps in this order, undone in reverse if one fails:               → initialized
               │                     networks/steps.py  reserve ports and addresses
               │                     steps.py           the bundle's directory
               │                     mounts/steps.py    root, volumes, images, /dev/shm
               │                     steps.py           config.json; conmon and the runtime's create
               │                     root_options.py    checks mountopt of storage.conf
               │                     networks/steps.py  interfaces
               │                    (pinned_sandbox.py  in place of all but the network: namespaces kept by files)
               └▶ run_process.py    the runtime's start; postStart hook, services                       → running
    failure.py  if one fails: why, in the row and the events (diagnose/why.py)

It may import everything up to diagnose/; end/ and attach/ call it.
"""
