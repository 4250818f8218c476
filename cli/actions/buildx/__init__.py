"""Actions of `buildx`: docker's names of the commands that build."""
