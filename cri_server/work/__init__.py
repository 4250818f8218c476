"""What the server's workers do (pycman/pool): each request takes JSON-shaped values and returns them, or bytes."""
