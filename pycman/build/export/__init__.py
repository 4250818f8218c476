"""Write what was built: an image in the store, or files.

    image.py     config, manifest and names of the target stage's layers, in one transaction
    manifest_list.py  images of several platforms under one name
    squash.py    one layer in place of several
    files.py     --output: the file system as a directory or tar, the image as an archive

May import the values of this room, images, storage, state and what is below them.
"""
