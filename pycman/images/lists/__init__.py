"""Manifest lists in the making: several images under one name, one for each platform (image-spec, image-index.md).

    entry        one image of a list, and the list as the bytes of an index; pure
    catalogue    rows: create, find, add and change entries, remove
    sources      what an image of the store or of a registry contributes
    push         images and list to a registry
    push_named   what a name means: an image, or a list
    publish      lists of registries' images, without the store

A list is a row of images with a config of its own kind (none): what lists, names, tags and removes images does so with lists, and
`find_image` gives the image that a list has for this machine. It holds no images: those of the store must be there when it
is pushed, those of registries are copied then.
"""
