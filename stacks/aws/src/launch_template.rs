//! `aws.launch_template`.

use flashinfra::{Block, Computed, Input, List, Map, Resource};

use crate::ids::{ImageId, InstanceProfileArn, KmsKeyArn, LaunchTemplateId, SecurityGroupId, SnapshotId};

/// What instances are started with: image, type, disks, access to metadata.
///
/// A template has versions, which AWS never changes. A change here makes a new version of all that is declared, and makes it the
/// default one: that is the version which is compared with the stack. Earlier ones stay, for what still uses them.
#[derive(Resource)]
#[resource(
    kind = "aws.launch_template",
    carrier = TagAtCreate,
    create_once = Token,
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 120),
    typical(create = 2, update = 2, delete = 2)
)]
pub struct LaunchTemplate {
    /// The name, unique in account and region. Made from the address when unset, which is what allows a replacement to be
    /// created before the old template is deleted.
    #[attr(replace, either)]
    pub name: Option<Input<String>>,
    /// What the version is for.
    #[attr(unset = Clear)]
    pub description: Option<Input<String>>,
    /// The image: `ami-…`, or `resolve:ssm:` and the name of an SSM parameter that holds one. EKS chooses the image of its
    /// nodes when unset.
    #[attr(unset = Clear)]
    pub image_id: Option<Input<ImageId>>,
    /// The type: `t3.large`.
    #[attr(unset = Clear)]
    pub instance_type: Option<Input<String>>,
    /// The key pair to sign in with.
    #[attr(unset = Clear)]
    pub key_name: Option<Input<String>>,
    /// What instances run when they start, in clear text: it is encoded on the way. No secret belongs here.
    #[attr(unset = Clear)]
    pub user_data: Option<Input<String>>,
    /// The security groups. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub security_group_ids: Option<List<SecurityGroupId>>,
    /// The instance profile that gives instances their role.
    #[attr(unset = Clear)]
    pub iam_instance_profile: Option<Input<InstanceProfileArn>>,
    /// Whether traffic to the disks has bandwidth of its own.
    #[attr(unset = Clear)]
    pub ebs_optimized: Option<Input<bool>>,
    /// Whether instances are measured every minute instead of every five.
    #[attr(unset = Clear)]
    pub detailed_monitoring: Option<Input<bool>>,
    /// The disks, beside those of the image.
    #[attr(set, exclusive, unset = Clear)]
    pub block_device_mappings: Option<Vec<BlockDevice>>,
    /// How instances are told about themselves.
    #[attr(unset = Clear)]
    pub metadata_options: Option<MetadataOptions>,
    /// The tags that instances get.
    #[attr(exclusive, unset = Clear)]
    pub instance_tags: Option<Map<String>>,
    /// The tags that their disks get.
    #[attr(exclusive, unset = Clear)]
    pub volume_tags: Option<Map<String>>,
    /// Tags of the template. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `lt-…`.
    pub id: Computed<LaunchTemplateId>,
    /// The number of the default version, which each change raises.
    #[attr(changes_with(
        "description",
        "image_id",
        "instance_type",
        "key_name",
        "user_data",
        "security_group_ids",
        "iam_instance_profile",
        "ebs_optimized",
        "detailed_monitoring",
        "block_device_mappings",
        "metadata_options",
        "instance_tags",
        "volume_tags"
    ))]
    pub default_version: Computed<String>,
}

/// A disk of instances.
#[derive(Block)]
pub struct BlockDevice {
    /// What the system calls it: `/dev/xvda` is the root of Amazon Linux.
    pub device_name: Input<String>,
    /// Gibibytes.
    pub volume_size: Option<Input<i64>>,
    /// `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    pub volume_type: Option<Input<String>>,
    /// Provisioned operations a second.
    pub iops: Option<Input<i64>>,
    /// Provisioned throughput in MiB a second.
    pub throughput: Option<Input<i64>>,
    /// Whether it is encrypted.
    pub encrypted: Option<Input<bool>>,
    /// The key that it is encrypted with. The account's own for EBS when unset.
    pub kms_key_id: Option<Input<KmsKeyArn>>,
    /// The snapshot that it starts as.
    pub snapshot_id: Option<Input<SnapshotId>>,
    /// Whether it goes with its instance.
    pub delete_on_termination: Option<Input<bool>>,
}

/// How instances are told about themselves.
#[derive(Block)]
pub struct MetadataOptions {
    /// `required` lets nobody in without a session token (IMDSv2); `optional` does.
    pub http_tokens: Option<Input<String>>,
    /// `enabled` or `disabled`.
    pub http_endpoint: Option<Input<String>>,
    /// How many hops an answer may go: 1 keeps it from containers, 2 does not.
    pub http_put_response_hop_limit: Option<Input<i64>>,
    /// Whether tags are told: `enabled` or `disabled`.
    pub instance_metadata_tags: Option<Input<String>>,
}
