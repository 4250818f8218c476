"""Volumes of pods (core/v1)."""

_REFUSED = (
    "csi,iscsi,fc,rbd,cephfs,cinder,azureDisk,azureFile,gcePersistentDisk,awsElasticBlockStore,vsphereVolume,portworxVolume,"
    "scaleIO,storageos,quobyte,flocker,glusterfs,photonPersistentDisk,flexVolume,gitRepo"
)

TABLES = f"""
Volume
  name!                       Y  volumename
  hostPath                    Y  HostPath
  emptyDir                    Y  EmptyDir
  configMap                   Y  ConfigMapSource
  secret                      Y  SecretSource
  downwardAPI                 Y  DownwardAPI
  projected                   Y  Projected
  persistentVolumeClaim       Y  ClaimSource
  image                       Y  ImageSource
  ephemeral                   Y  Ephemeral
  nfs                         L  any  mount it on the host and use a hostPath
  {_REFUSED} R  any  use a persistentVolumeClaim or a hostPath
HostPath
  path!                       Y  string  a relative path starts at the file's directory
  type                        Y  |DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice
EmptyDir
  medium                      Y  |Memory
  sizeLimit?                  Y  quantity  enforced for medium Memory only
  mode                        Y  mode
ConfigMapSource
  name!                       Y  string
  items                       Y  [KeyToPath]
  defaultMode                 Y  mode
  defaultUser                 L  id  use fsGroup
  optional                    Y  bool
SecretSource
  secretName!                 Y  string
  items                       Y  [KeyToPath]
  defaultMode                 Y  mode
  defaultUser                 L  id  use fsGroup
  optional                    Y  bool
KeyToPath
  key!                        Y  datakey
  path!                       Y  itempath
  mode                        Y  mode
  user                        L  id  use fsGroup
DownwardAPI
  items                       Y  [DownwardItem]
  defaultMode                 Y  mode
  defaultUser                 L  id  use fsGroup
DownwardItem
  path!                       Y  itempath
  fieldRef                    Y  FieldRef
  resourceFieldRef            Y  ResourceFieldRef
  mode                        Y  mode
  user                        L  id  use fsGroup
Projected
  sources                     Y  [ProjectedSource]
  defaultMode                 Y  mode
  defaultUser                 L  id  use fsGroup
ProjectedSource
  configMap                   Y  ProjectedMap
  secret                      Y  ProjectedMap
  downwardAPI                 Y  ProjectedDownward
  serviceAccountToken         A  any  there is no API server to use it with
  clusterTrustBundle,podCertificate R  any  there is no API server
ProjectedMap
  name!                       Y  string
  items                       Y  [KeyToPath]
  optional                    Y  bool
ProjectedDownward
  items                       Y  [DownwardItem]
ClaimSource
  claimName!                  Y  string
  readOnly                    Y  bool
ImageSource
  reference!                  Y  string
  pullPolicy                  Y  Always|IfNotPresent|Never
Ephemeral
  volumeClaimTemplate!        Y  ClaimTemplate  a directory that is removed with the pod
ClaimTemplate
  metadata                    Y  TemplateMeta
  spec                        Y  ClaimSpec
"""
