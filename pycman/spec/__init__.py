"""Specs: what somebody wants, as frozen values. Every door fills them; the engine turns them into OCI documents."""
