//! `aws.s3_bucket`.

use flashinfra::{Block, Computed, Input, IntoInput, Map, Resource};

use crate::ids::{KmsKeyArn, RoleArn, S3BucketArn};

/// A bucket, in the region of its provider.
///
/// New buckets are encrypted (`AES256`), closed to the public in all four ways, and owned by their account whoever puts an object
/// there: AWS does so since 2023, for what is not declared here as well. What is not declared is neither read nor changed.
///
/// It is deleted only when it is empty, unless `force_destroy` is set: then all objects in it go first, with all their versions.
#[derive(Resource)]
#[resource(
    kind = "aws.s3_bucket",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 60,
    // A bucket of this name that was just deleted keeps the name for a while; emptying a big one takes long.
    timeouts(create = 600, update = 300, delete = 3600),
    typical(create = 3, update = 2, delete = 2),
    // Something else is happening to the bucket or its name; versioning of this very run has not spread; nor has a principal
    // that the policy names (S3 API reference, error responses; the messages are the service's).
    wait_codes(
        "OperationAborted",
        "InvalidRequest:Versioning must be 'Enabled'",
        "InvalidBucketState:Versioning must be 'Enabled'",
        "MalformedPolicy:Invalid principal"
    )
)]
pub struct S3Bucket {
    /// The name, unique in all accounts of the partition: lower case, 3 to 63 characters.
    #[attr(replace)]
    pub name: Input<String>,
    /// `Enabled` keeps every version of an object, `Suspended` makes no new ones. A new bucket keeps none when unset; afterwards it
    /// can only be suspended.
    pub versioning: Option<Input<String>>,
    /// How new objects are encrypted that say nothing themselves.
    pub encryption: Option<S3Encryption>,
    /// What keeps the bucket from the public. Everything that a declared block leaves out is on.
    pub public_access_block: Option<S3PublicAccessBlock>,
    /// Whose objects are that others put there: `BucketOwnerEnforced` (AWS's default, without ACLs), `BucketOwnerPreferred` or
    /// `ObjectWriter`.
    #[attr(either)]
    pub object_ownership: Option<Input<String>>,
    /// What becomes of objects as they grow old. Exclusive; unsetting removes all rules.
    #[attr(set, exclusive, unset = Clear)]
    pub lifecycle_rules: Option<Vec<S3LifecycleRule>>,
    /// Where new objects are copied to. It needs `versioning` to be `Enabled`, here and there.
    #[attr(unset = Clear)]
    pub replication: Option<S3Replication>,
    /// Who may do what, JSON.
    #[attr(compare = Json, unset = Clear)]
    pub policy: Option<Input<String>>,
    /// Whether versions of objects can be locked against deletion; needs `versioning`. It can be turned on later, and never off.
    #[attr(either)]
    pub object_lock_enabled: Option<Input<bool>>,
    /// For how long new objects are locked. Not at all when unset.
    #[attr(unset = Clear)]
    pub object_lock_retention: Option<S3ObjectLockRetention>,
    /// Whether all objects in it, with all their versions, are deleted with it. Otherwise a bucket that is not empty stays.
    #[attr(delete_argument)]
    pub force_destroy: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<S3BucketArn>,
    /// The host name: `shop-data.s3.amazonaws.com`.
    pub domain_name: Computed<String>,
    /// The host name in its region: `shop-data.s3.eu-central-1.amazonaws.com`.
    pub regional_domain_name: Computed<String>,
}

/// How the objects of an [`S3Bucket`] are encrypted.
#[derive(Block)]
pub struct S3Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub sse_algorithm: Input<String>,
    /// The KMS key. The account's own for S3 when unset.
    #[attr(either)]
    pub kms_master_key_id: Option<Input<KmsKeyArn>>,
    /// Whether S3 asks KMS for a key of the bucket instead of one for each object, which costs less.
    #[attr(either)]
    pub bucket_key_enabled: Option<Input<bool>>,
}

impl S3Encryption {
    /// With a key of KMS, and a key of the bucket's derived from it.
    pub fn kms(key: impl IntoInput<KmsKeyArn>) -> S3EncryptionBuilder<flashinfra::__private::Set> {
        Self::builder().sse_algorithm("aws:kms").kms_master_key_id(key).bucket_key_enabled(true)
    }
}

/// What keeps an [`S3Bucket`] from the public.
#[derive(Block)]
pub struct S3PublicAccessBlock {
    /// Whether new public ACLs are refused.
    #[attr(unset = Reset("true"))]
    pub block_public_acls: Option<Input<bool>>,
    /// Whether public ACLs mean nothing.
    #[attr(unset = Reset("true"))]
    pub ignore_public_acls: Option<Input<bool>>,
    /// Whether new public policies are refused.
    #[attr(unset = Reset("true"))]
    pub block_public_policy: Option<Input<bool>>,
    /// Whether a public policy lets in nobody but AWS's services and the account.
    #[attr(unset = Reset("true"))]
    pub restrict_public_buckets: Option<Input<bool>>,
}

impl S3PublicAccessBlock {
    /// All four of them.
    pub fn all() -> S3PublicAccessBlockBuilder {
        Self::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
    }
}

/// For how long new objects of an [`S3Bucket`] are locked: days or years.
#[derive(Block)]
pub struct S3ObjectLockRetention {
    /// `GOVERNANCE`, which those who may can lift, or `COMPLIANCE`, which nobody can.
    pub mode: Input<String>,
    /// Days.
    pub days: Option<Input<i64>>,
    /// Years.
    pub years: Option<Input<i64>>,
}

/// What becomes of objects as they grow old. All of a filter has to hold; without one the rule is for all objects.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// let rules = [
///     aws::S3LifecycleRule::named("logs").prefix("logs/").expiration_in_days(30),
///     aws::S3LifecycleRule::named("uploads").abort_incomplete_multipart_upload_days(7),
/// ];
/// # let _ = rules;
/// ```
#[derive(Block)]
pub struct S3LifecycleRule {
    /// The name, unique in the bucket.
    pub id: Input<String>,
    /// `Enabled` or `Disabled`. `Enabled` when unset.
    #[attr(unset = Reset("\"Enabled\""))]
    pub status: Option<Input<String>>,
    /// For objects whose key begins so.
    pub prefix: Option<Input<String>>,
    /// For objects with all of these tags.
    pub tag_filters: Option<Map<String>>,
    /// For objects of more bytes.
    pub object_size_greater_than: Option<Input<i64>>,
    /// For objects of fewer bytes.
    pub object_size_less_than: Option<Input<i64>>,
    /// After how many days they go.
    pub expiration_in_days: Option<Input<i64>>,
    /// Whether delete markers go that hide nothing any more.
    pub expired_object_delete_marker: Option<Input<bool>>,
    /// After how many days, and to which storage class, they move.
    #[attr(set)]
    pub transitions: Option<Vec<S3Transition>>,
    /// After how many days versions go that are not the newest.
    pub noncurrent_version_expiration: Option<S3NoncurrentVersionExpiration>,
    /// After how many days, and to which storage class, versions move that are not the newest.
    #[attr(set)]
    pub noncurrent_version_transitions: Option<Vec<S3NoncurrentVersionTransition>>,
    /// After how many days uploads in parts are given up that nobody completed.
    pub abort_incomplete_multipart_upload_days: Option<Input<i64>>,
}

impl S3LifecycleRule {
    /// A rule of this name.
    pub fn named(id: impl IntoInput<String>) -> S3LifecycleRuleBuilder<flashinfra::__private::Set> {
        Self::builder().id(id)
    }
}

/// When objects move to another storage class.
#[derive(Block)]
pub struct S3Transition {
    /// After how many days.
    pub transition_in_days: Input<i64>,
    /// To `STANDARD_IA`, `INTELLIGENT_TIERING`, `GLACIER`, `DEEP_ARCHIVE` and others.
    pub storage_class: Input<String>,
}

/// When versions go that are not the newest.
#[derive(Block)]
pub struct S3NoncurrentVersionExpiration {
    /// After how many days.
    pub noncurrent_days: Input<i64>,
    /// How many of them stay all the same.
    pub newer_noncurrent_versions: Option<Input<i64>>,
}

/// When versions move to another storage class that are not the newest.
#[derive(Block)]
pub struct S3NoncurrentVersionTransition {
    /// After how many days.
    pub transition_in_days: Input<i64>,
    /// To `STANDARD_IA`, `GLACIER` and others.
    pub storage_class: Input<String>,
    /// How many of them stay where they are.
    pub newer_noncurrent_versions: Option<Input<i64>>,
}

/// Where new objects of an [`S3Bucket`] are copied to.
#[derive(Block)]
pub struct S3Replication {
    /// The role that S3 copies with.
    pub role: Input<RoleArn>,
    /// What is copied where. Exclusive.
    #[attr(set, exclusive)]
    pub rules: Vec<S3ReplicationRule>,
}

/// What is copied where.
#[derive(Block)]
pub struct S3ReplicationRule {
    /// The name, unique in the bucket.
    pub id: Input<String>,
    /// Of rules with the same destination the one with the highest number counts.
    pub priority: Input<i64>,
    /// `Enabled` or `Disabled`. `Enabled` when unset.
    #[attr(unset = Reset("\"Enabled\""))]
    pub status: Option<Input<String>>,
    /// For objects whose key begins so; all of them when unset.
    pub prefix: Option<Input<String>>,
    /// Whether deletions are copied: `Enabled` or `Disabled`. `Disabled` when unset.
    #[attr(unset = Reset("\"Disabled\""))]
    pub delete_marker_replication: Option<Input<String>>,
    /// Where to.
    pub destination: S3ReplicationDestination,
}

impl S3ReplicationRule {
    /// A rule that copies all objects.
    pub fn to(
        id: impl IntoInput<String>,
        priority: i64,
        bucket: impl IntoInput<S3BucketArn>,
    ) -> S3ReplicationRuleBuilder<flashinfra::__private::Set, flashinfra::__private::Set, flashinfra::__private::Set>
    {
        let destination = S3ReplicationDestination::builder().bucket(bucket);
        Self::builder().id(id).priority(priority).destination(destination)
    }
}

/// Where objects are copied to.
#[derive(Block)]
pub struct S3ReplicationDestination {
    /// The bucket.
    pub bucket: Input<S3BucketArn>,
    /// The account of the bucket, when it is another one.
    pub account: Option<Input<String>>,
    /// The storage class of the copies. That of the object when unset.
    pub storage_class: Option<Input<String>>,
    /// The KMS key of the copies. Setting it copies objects that KMS encrypts, which are left out otherwise.
    pub replica_kms_key_id: Option<Input<KmsKeyArn>>,
}
