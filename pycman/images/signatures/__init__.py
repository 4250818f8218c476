"""Signatures of images: which ones policy.json asks for, where they are, whether they hold, and how new ones are made.

    scopes.py          the scopes of policy.json and registries.d that an image lies in (pure)
    identity.py        whether the name that was signed is one that a requirement accepts (pure)
    payload.py         what is signed: the JSON that ties a manifest's digest to a name (pure)
    blob.py            one stored signature ─▶ GPG message or sigstore parts (pure)

    gpg.py             messages signed by keys of GPG: verify with the policy's keys alone, sign with the user's
    keys.py            the keys that a requirement names
    public_keys.py     signatures of sigstore by public keys
    private_key.py     cosign's encrypted private keys
    rekor.py           the transparency log's word that it knows a signature (pure)

    sources.py         who can say which signatures an image has: a registry, a directory, nobody
      lookaside.py       signatures below a URL
      attachments.py     signatures in the registry, beside the image
    verify.py          requirements ─▶ the signatures they want ─▶ accepted, or Denied with the reasons
      sigstore.py        one signature against the keys of a requirement
    sign.py            the signers that `push` is asked for; signer.py says what one does
      gpg_signer.py, sigstore_signer.py, passphrase.py

    trust.py           policy.json by commands: list it, change one scope

`pycman/images/transfer/policy.py` decides whether any of this is needed. Nothing here is imported for a policy that asks for no
signature. May import registry and the modules of pycman/images that know no transfer.
"""
