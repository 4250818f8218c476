"""What the server's workers do, one verb a process: each takes JSON and returns JSON."""
