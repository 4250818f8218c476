"""Load an image and run a command in it, without the command line: python examples/run_container.py ARCHIVE IMAGE."""

import sys

import pycman

with pycman.Engine.open(
    root=sys.argv[3] if len(sys.argv) > 3 else "", run_root=sys.argv[4] if len(sys.argv) > 4 else ""
) as engine:
    engine.images.load(sys.argv[1])
    spec = pycman.ContainerSpec(image=sys.argv[2], command=("echo", "hello from the library"), auto_remove=True)
    container_id, status = engine.containers.run(spec, streams=pycman.Streams())
    print(container_id[:12], "ended with", status)
