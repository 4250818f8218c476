"""Images: names, and what they name. Pull and load bring them, commit makes them, push and save take them elsewhere.

An image is a row with its manifest and config as received, its layers in order (chain ids), and names that point to it.
Its id is the hex digest of its config. Names move: who gets one takes it from whoever had it, who may be left dangling.
Blobs and layers come first (storage, under a lease), the image's rows last, in one transaction: a killed pull or load
leaves no name that points to something half there.
"""
