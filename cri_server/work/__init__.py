"""The verbs that the server's workers do (pycman/pool). Each takes and returns JSON-shaped values, or bytes.

    worker_entry.py   verb names → functions, and the streaming server's connections
    sandboxes.py      RunPodSandbox, StopPodSandbox, RemovePodSandbox: a pod of the engine, connected by CNI
    containers.py     CreateContainer … ReopenContainerLog;  images.py  PullImage, RemoveImage
    interfaces.py     network counters of sandboxes without a process

Every verb may be repeated, also after a worker was killed in the middle of it: the kubelet does.
"""
