"""Commands that programs call, not users: a shell's completion (__complete), the supervisor and its children, Jobs."""
