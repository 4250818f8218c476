-- A manifest list is a row of images, whose manifest is the index and whose config is {}: names, tags and removal are those of images.
CREATE TABLE list_entries (
    list_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,                  -- of a manifest
    position INTEGER NOT NULL,
    image_id TEXT NOT NULL DEFAULT '',     -- of an image of the store, which may have been removed since; '' for one of a registry
    entry TEXT NOT NULL,                   -- ListEntry as JSON
    PRIMARY KEY (list_id, digest)
);
CREATE INDEX list_entries_image ON list_entries (image_id);
INSERT INTO images (id, manifest_digest, media_type, manifest, config, os, architecture, variant, image_created_at_ns, created_at_ns)
    SELECT id, '', 'application/vnd.oci.image.index.v1+json', json_object('annotations', json(annotations)), '{}', '', '', '', created_at_ns, created_at_ns
    FROM manifest_lists;
INSERT OR IGNORE INTO image_names (name, image_id, created_at_ns) SELECT name, id, created_at_ns FROM manifest_lists;
INSERT INTO list_entries SELECT l.id, e.digest, e.position, COALESCE(json_extract(e.entry, '$.image_id'), ''), e.entry
    FROM manifest_list_entries e JOIN manifest_lists l ON l.name = e.name;
DROP TABLE manifest_list_entries;
DROP TABLE manifest_lists
