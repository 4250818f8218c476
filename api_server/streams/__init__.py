"""What the event loop serves itself, without a process or thread for each client: whatever waits for something to happen.

ping.py      GET /_ping                     changes.py   one watcher of the database for everybody who waits
events.py    GET /events                    frames.py    docker's multiplexed stream; pure
logs.py      GET /containers/…/logs         attach.py    attach and resize, through conmon's socket
stats.py     GET /containers/…/stats        execs.py     exec start, whose process a worker has
start.py     POST /containers/…/start
wait.py      POST /containers/…/wait        websocket.py attach over WebSocket
"""
