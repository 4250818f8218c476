"""Config maps, secrets, claims, and what is only a name here (core/v1, node.k8s.io/v1)."""

TABLES = """
ConfigMap
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  data                        Y  {datakey:string}
  binaryData                  Y  {datakey:base64}
  immutable                   Y  bool
Secret
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  data                        Y  {datakey:base64}
  stringData                  Y  {datakey:string}
  type                        Y  string
  immutable                   Y  bool
PersistentVolumeClaim
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec                        Y  ClaimSpec
  status                      A  any  an API server writes it
ClaimSpec
  accessModes                 A  [string]  one host has all of them
  storageClassName            A  string  volumes are directories
  resources                   A  any  sizes are not kept to
  volumeName,volumeAttributesClassName L  string  the claim itself is the volume
  volumeMode                  Y  Filesystem
  selector,dataSource,dataSourceRef L  any  use volume.podman.io/import-source
Namespace
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec,status                 A  any  it is only a name
RuntimeClass
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  handler!                    Y  string  the OCI runtime
  overhead,scheduling         A  any  there is one node
"""
