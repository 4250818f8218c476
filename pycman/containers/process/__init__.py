"""Processes of a running container: exec another one, signal them, list them, read what they wrote."""
