"""After a container's process has exited: record how it ended, then release runtime state, mounts, network and bundle.

    cleanup.py              exit status into the row and the event "died", then the release; each step may be repeated
    release.py              network, runtime, mounts and bundle are given back; a removal does it too
    passage.py              who may pass to the root of a container with an id map; closed by the cleanup
    cleanup_claim.py        which process does it: conmon's exit command, or a foreground command that holds the claim
    termination_message.py  Kubernetes' termination message, read for the event

It may import mounts/, networks/ and process/. What follows (restart policy, --rm, the pod) is in `end/`.
"""
