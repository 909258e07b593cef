//! The parts of a bucket that have calls of their own.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled,
    ObjectLockRetentionMode, ObjectLockRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};
use flashinfra_plans::Map;
use flashinfra_providers::{Class, Error};

use super::{CODES, lifecycle, replication};
use crate::clients::Clients;
use crate::fields::{Fields, block, blocks, flag, int32, text};

/// A part of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Versioning,
    ObjectLock,
    Encryption,
    PublicAccess,
    Ownership,
    Lifecycle,
    Replication,
    Policy,
}

impl Part {
    /// In the order in which they are written: locks and replication need versioning, and a policy is judged by the block of public
    /// access.
    const ALL: [Self; 8] = [
        Self::Versioning,
        Self::ObjectLock,
        Self::Encryption,
        Self::PublicAccess,
        Self::Ownership,
        Self::Lifecycle,
        Self::Replication,
        Self::Policy,
    ];

    /// The parts that some of the named attributes are of.
    pub(super) fn among(is_named: impl Fn(&str) -> bool) -> Vec<Self> {
        Self::ALL.into_iter().filter(|part| part.attributes().iter().any(|name| is_named(name))).collect()
    }

    /// The attributes that it is made of.
    pub(super) fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Versioning => &["versioning"],
            Self::ObjectLock => &["object_lock_enabled", "object_lock_retention"],
            Self::Encryption => &["encryption"],
            Self::PublicAccess => &["public_access_block"],
            Self::Ownership => &["object_ownership"],
            Self::Lifecycle => &["lifecycle_rules"],
            Self::Replication => &["replication"],
            Self::Policy => &["policy"],
        }
    }

    /// What it is now: nothing where it was never set.
    pub(super) async fn read(self, aws: &Clients, bucket: &str) -> Result<Map, Error> {
        let read = match self {
            Self::Versioning => versioning(aws, bucket).await,
            Self::ObjectLock => object_lock(aws, bucket).await,
            Self::Encryption => encryption(aws, bucket).await,
            Self::PublicAccess => public_access(aws, bucket).await,
            Self::Ownership => ownership(aws, bucket).await,
            Self::Lifecycle => lifecycle_rules(aws, bucket).await,
            Self::Replication => replication_rules(aws, bucket).await,
            Self::Policy => policy(aws, bucket).await,
        };
        match read {
            Err(error) if NOT_SET.contains(&error.code.as_str()) => Ok(Map::default()),
            read => read,
        }
    }

    /// Makes it what the attributes say.
    pub(super) async fn write(self, aws: &Clients, bucket: &str, before: &Map, after: &Map) -> Result<(), Error> {
        match self {
            Self::Versioning => write_versioning(aws, bucket, after).await,
            Self::ObjectLock => write_object_lock(aws, bucket, before, after).await,
            Self::Encryption => write_encryption(aws, bucket, after).await,
            Self::PublicAccess => write_public_access(aws, bucket, after).await,
            Self::Ownership => write_ownership(aws, bucket, after).await,
            Self::Lifecycle => write_lifecycle(aws, bucket, after).await,
            Self::Replication => write_replication(aws, bucket, after).await,
            Self::Policy => write_policy(aws, bucket, after).await,
        }
    }
}

/// The codes of parts that were never set (S3 API reference, error responses).
const NOT_SET: [&str; 7] = [
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
];

async fn versioning(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_bucket_versioning().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetBucketVersioning"))?;
    Ok(Fields::new().text("versioning", answer.status().map(BucketVersioningStatus::as_str)).build())
}

async fn write_versioning(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    let Some(status) = text(after, "versioning") else { return Ok(()) };
    let configuration = VersioningConfiguration::builder().status(status.into()).build();
    let call = aws.write.s3.put_bucket_versioning().bucket(bucket).versioning_configuration(configuration);
    call.send().await.map_err(CODES.write("s3:PutBucketVersioning"))?;
    Ok(())
}

async fn object_lock(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_object_lock_configuration().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetObjectLockConfiguration"))?;
    let configuration = answer.object_lock_configuration();
    let enabled = configuration.and_then(ObjectLockConfiguration::object_lock_enabled);
    let is_enabled = enabled == Some(&ObjectLockEnabled::Enabled);
    let retention = configuration.and_then(|configuration| configuration.rule()?.default_retention());
    let retention = retention.map(|retention| {
        let fields = Fields::new()
            .text("mode", retention.mode().map(ObjectLockRetentionMode::as_str))
            .integer("days", retention.days().filter(|days| *days > 0))
            .integer("years", retention.years().filter(|years| *years > 0));
        fields.build().into()
    });
    Ok(Fields::new().flag("object_lock_enabled", Some(is_enabled)).value("object_lock_retention", retention).build())
}

async fn write_object_lock(aws: &Clients, bucket: &str, before: &Map, after: &Map) -> Result<(), Error> {
    let is_enabled = |map: &Map| flag(map, "object_lock_enabled");
    if is_enabled(after) == Some(false) {
        return match is_enabled(before) {
            Some(true) => {
                let message = format!("S3 turns the object lock of bucket `{bucket}` on, and never off");
                Err(Error::new(Class::FixInput, message))
            }
            Some(false) | None => Ok(()),
        };
    }
    let rule = block(after, "object_lock_retention").map(|retention| {
        let retention = DefaultRetention::builder()
            .set_mode(text(retention, "mode").map(ObjectLockRetentionMode::from))
            .set_days(int32(retention, "days"))
            .set_years(int32(retention, "years"))
            .build();
        ObjectLockRule::builder().default_retention(retention).build()
    });
    let configuration =
        ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).set_rule(rule).build();
    let call = aws.write.s3.put_object_lock_configuration().bucket(bucket).object_lock_configuration(configuration);
    call.send().await.map_err(CODES.write("s3:PutObjectLockConfiguration"))?;
    Ok(())
}

async fn encryption(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_bucket_encryption().bucket(bucket).send().await;
    // S3's permission is named differently from its operation.
    let answer = answer.map_err(CODES.read("s3:GetBucketEncryption"))?;
    let rules = answer.server_side_encryption_configuration().map(ServerSideEncryptionConfiguration::rules);
    let encryption = rules.and_then(<[_]>::first).map(|rule: &ServerSideEncryptionRule| {
        let default = rule.apply_server_side_encryption_by_default();
        let fields = Fields::new()
            .text("sse_algorithm", default.map(|default| default.sse_algorithm().as_str()))
            .text("kms_master_key_id", default.and_then(ServerSideEncryptionByDefault::kms_master_key_id))
            .flag("bucket_key_enabled", rule.bucket_key_enabled());
        fields.build().into()
    });
    Ok(Fields::new().value("encryption", encryption).build())
}

async fn write_encryption(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    let Some(encryption) = block(after, "encryption") else { return Ok(()) };
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(
            text(encryption, "sse_algorithm").map_or(ServerSideEncryption::Aes256, ServerSideEncryption::from),
        )
        .set_kms_master_key_id(text(encryption, "kms_master_key_id").map(str::to_owned));
    let rule = ServerSideEncryptionRule::builder()
        .set_apply_server_side_encryption_by_default(default.build().ok())
        .set_bucket_key_enabled(flag(encryption, "bucket_key_enabled"))
        .build();
    // There is a rule, which is all that building can lack.
    let Ok(configuration) = ServerSideEncryptionConfiguration::builder().rules(rule).build() else { return Ok(()) };
    let call = aws.write.s3.put_bucket_encryption().bucket(bucket).server_side_encryption_configuration(configuration);
    call.send().await.map_err(CODES.write("s3:PutBucketEncryption"))?;
    Ok(())
}

async fn public_access(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_public_access_block().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetPublicAccessBlock"))?;
    let read = answer.public_access_block_configuration().map(|found| {
        let fields = Fields::new()
            .flag("block_public_acls", found.block_public_acls())
            .flag("ignore_public_acls", found.ignore_public_acls())
            .flag("block_public_policy", found.block_public_policy())
            .flag("restrict_public_buckets", found.restrict_public_buckets());
        fields.build().into()
    });
    Ok(Fields::new().value("public_access_block", read).build())
}

async fn write_public_access(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    let Some(declared) = block(after, "public_access_block") else { return Ok(()) };
    // S3 takes what is left out for off.
    let is_on = |name| flag(declared, name).unwrap_or(true);
    let configuration = PublicAccessBlockConfiguration::builder()
        .block_public_acls(is_on("block_public_acls"))
        .ignore_public_acls(is_on("ignore_public_acls"))
        .block_public_policy(is_on("block_public_policy"))
        .restrict_public_buckets(is_on("restrict_public_buckets"))
        .build();
    let call = aws.write.s3.put_public_access_block().bucket(bucket).public_access_block_configuration(configuration);
    call.send().await.map_err(CODES.write("s3:PutPublicAccessBlock"))?;
    Ok(())
}

async fn ownership(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_bucket_ownership_controls().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetBucketOwnershipControls"))?;
    let rule = answer.ownership_controls().and_then(|controls| controls.rules().first());
    Ok(Fields::new().text("object_ownership", rule.map(|rule| rule.object_ownership().as_str())).build())
}

async fn write_ownership(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    let Some(ownership) = text(after, "object_ownership") else { return Ok(()) };
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(ownership)).build().ok();
    let controls = OwnershipControls::builder().set_rules(rule.map(|rule| vec![rule])).build().ok();
    let call = aws.write.s3.put_bucket_ownership_controls().bucket(bucket).set_ownership_controls(controls);
    call.send().await.map_err(CODES.write("s3:PutBucketOwnershipControls"))?;
    Ok(())
}

async fn lifecycle_rules(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetLifecycleConfiguration"))?;
    Ok(Fields::new().blocks("lifecycle_rules", answer.rules().iter().map(lifecycle::from_rule)).build())
}

async fn write_lifecycle(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    let rules: Vec<_> = blocks(after, "lifecycle_rules").unwrap_or_default();
    if rules.is_empty() {
        let call = aws.write.s3.delete_bucket_lifecycle().bucket(bucket);
        call.send().await.map_err(CODES.write("s3:DeleteBucketLifecycle"))?;
        return Ok(());
    }
    let rules = rules.into_iter().filter_map(lifecycle::to_rule).collect();
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().ok();
    let call = aws.write.s3.put_bucket_lifecycle_configuration().bucket(bucket);
    let call = call.set_lifecycle_configuration(configuration);
    call.send().await.map_err(CODES.write("s3:PutLifecycleConfiguration"))?;
    Ok(())
}

async fn replication_rules(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_bucket_replication().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetReplicationConfiguration"))?;
    let read = answer.replication_configuration().map(|found| replication::from_configuration(found).into());
    Ok(Fields::new().value("replication", read).build())
}

async fn write_replication(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    let configuration = block(after, "replication").and_then(replication::to_configuration);
    if configuration.is_none() {
        let call = aws.write.s3.delete_bucket_replication().bucket(bucket);
        call.send().await.map_err(CODES.write("s3:DeleteBucketReplication"))?;
        return Ok(());
    }
    let call = aws.write.s3.put_bucket_replication().bucket(bucket).set_replication_configuration(configuration);
    call.send().await.map_err(CODES.write("s3:PutReplicationConfiguration"))?;
    Ok(())
}

async fn policy(aws: &Clients, bucket: &str) -> Result<Map, Error> {
    let answer = aws.read.s3.get_bucket_policy().bucket(bucket).send().await;
    let answer = answer.map_err(CODES.read("s3:GetBucketPolicy"))?;
    Ok(Fields::new().text("policy", answer.policy()).build())
}

async fn write_policy(aws: &Clients, bucket: &str, after: &Map) -> Result<(), Error> {
    match text(after, "policy") {
        Some(policy) => {
            let call = aws.write.s3.put_bucket_policy().bucket(bucket).policy(policy);
            call.send().await.map_err(CODES.write("s3:PutBucketPolicy"))?;
        }
        None => {
            let call = aws.write.s3.delete_bucket_policy().bucket(bucket);
            call.send().await.map_err(CODES.write("s3:DeleteBucketPolicy"))?;
        }
    }
    Ok(())
}
