"""The kernel's edge: the only room that makes raw system calls or reads /proc and /sys.

`syscalls` is thin (one function a call, no policy); `mounts`, `namespaces`, `userns`, `cgroups`, `processes` and `files`
give the calls meaning.
"""
