//! Where backups are kept: a bucket, and a copy of it in other regions.

use flashinfra::{Lifecycle, Output, ProviderHandle, Stack, aws, json};

use crate::params::BackupsParams;

/// For how many days a backup that was overwritten or deleted can be had back.
const NONCURRENT_DAYS: i64 = 7;

/// For how many days an upload may take.
const UPLOAD_DAYS: i64 = 7;

/// The bucket that backups are written to.
pub(crate) struct Backups {
    pub(crate) bucket: aws::S3BucketHandle,
    pub(crate) name: String,
    /// Its ARN, which is known beforehand: names of buckets are everybody's.
    pub(crate) arn: String,
}

/// Makes the bucket, and one in each of the other regions that everything is copied to.
pub(crate) fn backups(
    stack: &mut Stack,
    name: &str,
    params: &BackupsParams,
    regions: &[ProviderHandle],
    disposable: bool,
) -> Backups {
    let main = format!("{}-backups", params.bucket_prefix.as_deref().unwrap_or(name));
    let arn = format!("arn:aws:s3:::{main}");
    let buckets = Buckets { params, disposable };
    let mut by_region = Vec::new();
    for (region, provider) in params.copied_to.iter().zip(regions) {
        let add = |stack: &mut Stack| buckets.add(stack, region, &format!("{main}-{region}"), None);
        by_region.push((region, stack.with_provider(provider, add)));
    }
    let copies = (!by_region.is_empty()).then(|| {
        let role = aws::IamRole::builder()
            .name(format!("{name}-backup-copies"))
            .assume_role_policy(aws::trust_service("s3.amazonaws.com"))
            .inline_policies([("copy", may_copy(&arn, &params.copied_to))]);
        Copies { role: stack.add("copies", role), by_region }
    });
    Backups { bucket: buckets.add(stack, "main", &main, copies.as_ref()), name: main, arn }
}

/// The same bucket in other regions, and the role that S3 copies with.
struct Copies<'a> {
    role: aws::IamRoleHandle,
    by_region: Vec<(&'a String, aws::S3BucketHandle)>,
}

/// What all of the buckets have in common.
struct Buckets<'a> {
    params: &'a BackupsParams,
    disposable: bool,
}

impl Buckets<'_> {
    /// Adds a bucket that keeps what is overwritten, is closed to the public, and forgets what is old.
    fn add(&self, stack: &mut Stack, address: &str, name: &str, copies: Option<&Copies<'_>>) -> aws::S3BucketHandle {
        let kept = aws::S3NoncurrentVersionExpiration::builder().noncurrent_days(NONCURRENT_DAYS);
        let old = aws::S3LifecycleRule::named("old")
            .expiration_in_days(self.params.retention_days)
            .noncurrent_version_expiration(kept)
            .abort_incomplete_multipart_upload_days(UPLOAD_DAYS);
        let replication = copies.map(|copies| {
            // What is deleted in one place by mistake stays in the others.
            let rules = (1..).zip(&copies.by_region).map(|(priority, (region, copy))| {
                aws::S3ReplicationRule::to(*region, priority, copy.arn()).delete_marker_replication("Disabled")
            });
            aws::S3Replication::builder().role(copies.role.arn()).rules(rules)
        });
        let bucket = aws::S3Bucket::builder()
            .name(name)
            .versioning("Enabled")
            .encryption(aws::S3Encryption::builder().sse_algorithm("AES256"))
            .public_access_block(aws::S3PublicAccessBlock::all())
            .lifecycle_rules([old])
            .with(replication, aws::S3BucketBuilder::replication)
            .force_destroy(self.disposable)
            .lifecycle(Lifecycle::new().protect(!self.disposable));
        stack.add(address, bucket)
    }
}

/// What S3 needs to copy what is new.
fn may_copy(from: &str, to: &[String]) -> Output<String> {
    let look = ["s3:GetReplicationConfiguration", "s3:ListBucket"];
    let read = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"];
    let write = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"];
    let copies: Vec<String> = to.iter().map(|region| format!("{from}-{region}/*")).collect();
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": look, "Resource": from },
        { "Effect": "Allow", "Action": read, "Resource": format!("{from}/*") },
        { "Effect": "Allow", "Action": write, "Resource": copies },
    ] })
}
