"""From a container's spec to the OCI bundle (runtime-spec, bundle.md): what config.json is built from, and the files of /etc.

`bundle_input.py` gathers everything into one value (`pycman.runtime.bundle_input.BundleInput`), from which pure code in
`pycman/runtime/` builds config.json; `cdi.py` adds what vendors' devices need.
"""
