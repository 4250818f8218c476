"""Registries: the client side of the distribution spec (v1.1) over HTTP, and the credentials for it.

    endpoints.py      reference and registries.conf ─▶ the hosts to try, in order (pure)
    credentials.py    auth.json, docker's config.json and credential helpers
    login.py          log in and out: check, store and remove credentials

    client.py         manifests, blobs and tags of one repository
      upload.py         one upload of a blob, resumed after an interruption
      blob_reader.py    one download of a blob, resumed after an interruption
        repository.py     requests with the login that the registry demands
          auth.py           WWW-Authenticate ─▶ token request or Authorization header (pure)
          transport.py      one exchange: retries, redirects, plain HTTP where it is allowed
            connections.py    urllib3 pools, direct or through proxies.py, with the TLS settings of certificates.py
            failures.py       error response or broken connection ─▶ one error (pure)

Threads may share a client. May import config, linux, state (for the user's settings) and the value modules; it knows
neither images nor storage.
"""
