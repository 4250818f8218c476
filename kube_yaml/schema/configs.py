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
  status                      S  any
ClaimSpec
  accessModes                 A  [string]  one host has all of them
  storageClassName            Y  string  chooses among the PersistentVolumes of the file
  resources                   A  any  sizes are not kept to
  volumeName                  Y  string  a PersistentVolume of the file or of an earlier one; a cluster's own means nothing here
  volumeAttributesClassName   A  string  volumes are directories
  volumeMode                  Y  Filesystem
  selector                    Y  LabelSelector  chooses among the PersistentVolumes of the file
  dataSource,dataSourceRef    L  any  use volume.podman.io/import-source
PersistentVolume
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  PersistentVolumeSpec
  status                      S  any
PersistentVolumeSpec
  hostPath                    Y  HostPath  the claim that it is for becomes this directory
  local                       Y  LocalVolume  the claim that it is for becomes this directory
  claimRef                    Y  ClaimReference
  storageClassName            Y  string
  capacity                    Y  {quantity}
  accessModes                 A  [string]  one host has all of them
  volumeMode                  Y  Filesystem
  persistentVolumeReclaimPolicy A  Retain  directories of the host are never removed
  mountOptions,nodeAffinity   A  any  there is one node
  volumeAttributesClassName   A  string  volumes are directories
  nfs,csi,iscsi,fc,rbd,cephfs,cinder,azureDisk,azureFile,gcePersistentDisk,awsElasticBlockStore,vsphereVolume A any the claim is a volume by itself
  portworxVolume,scaleIO,storageos,quobyte,flocker,glusterfs,photonPersistentDisk,flexVolume A any the claim is a volume by itself
LocalVolume
  path!                       Y  string
  fsType                      A  string  it is a directory
ClaimReference
  name!                       Y  string
  namespace                   Y  string
  kind,apiVersion,uid,resourceVersion,fieldPath S any
Namespace
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec,status                 A  any  it is only a name
RuntimeClass
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  handler!                    Y  subdomain  the OCI runtime
  overhead,scheduling         A  any  there is one node
"""
