//! Whether a kind names the permissions of every call that it makes.

use flashinfra_providers::{Calls, Factory};
use flashinfra_providers_aws::AwsFactory;

/// Asserts that the kind names the IAM actions of the operations that were called since.
pub(crate) fn name_every_call(kind: &str, before: &Calls, after: &Calls) {
    let permissions = AwsFactory::new().permissions(kind).unwrap();
    let named = [permissions.read, permissions.read_each, permissions.create, permissions.update, permissions.delete];
    for (operation, number) in &after.0 {
        // Proving the place takes no permission.
        if operation == "sts:GetCallerIdentity" || before.0.get(operation) == Some(number) {
            continue;
        }
        let action = action(operation);
        assert!(
            named.iter().any(|actions| actions.contains(&action)),
            "{kind} calls {operation} and does not name {action}"
        );
    }
}

/// The IAM action that an operation takes. Most are called the same; S3's often are not (Service Authorization Reference).
fn action(operation: &str) -> &str {
    match operation {
        "s3:ListBuckets" => "s3:ListAllMyBuckets",
        "s3:HeadBucket" => "s3:ListBucket",
        "s3:ListObjectVersions" => "s3:ListBucketVersions",
        "s3:DeleteObjects" => "s3:DeleteObject",
        "s3:GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "s3:PutBucketEncryption" | "s3:DeleteBucketEncryption" => "s3:PutEncryptionConfiguration",
        "s3:GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "s3:PutPublicAccessBlock" | "s3:DeletePublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        "s3:GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "s3:PutBucketLifecycleConfiguration" | "s3:DeleteBucketLifecycle" => "s3:PutLifecycleConfiguration",
        "s3:GetBucketReplication" => "s3:GetReplicationConfiguration",
        "s3:PutBucketReplication" | "s3:DeleteBucketReplication" => "s3:PutReplicationConfiguration",
        "s3:GetObjectLockConfiguration" => "s3:GetBucketObjectLockConfiguration",
        "s3:PutObjectLockConfiguration" => "s3:PutBucketObjectLockConfiguration",
        "s3:DeleteBucketTagging" => "s3:PutBucketTagging",
        "s3:DeleteBucketOwnershipControls" => "s3:PutBucketOwnershipControls",
        same => same,
    }
}
