"""What the event loop serves itself of podman's API, as api_server/streams does of docker's."""
