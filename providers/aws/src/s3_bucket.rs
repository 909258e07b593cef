//! `aws.s3_bucket`: a call for its tags, which says whether it is there, and one for each part that is declared or was last applied.

mod empty;
mod lifecycle;
mod part;
mod read;
mod replication;
mod tags;

use async_trait::async_trait;
use aws_sdk_s3::operation::create_bucket::builders::CreateBucketInputBuilder;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};
use flashinfra_plans::{Live, Map, Object, OwnerMark};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{flag, text};
use crate::kind::{Kind, changes, marked, settled};
use crate::tags::{MARK, at_create};
use part::Part;

const SCHEMA: &Schema = flashinfra_stacks_aws::S3Bucket::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["NoSuchBucket"],
    // Somebody else's, or this account's.
    already_exists: &["BucketAlreadyExists", "BucketAlreadyOwnedByYou"],
};

/// The region that is named by naming none (S3 API reference, CreateBucketConfiguration).
const DEFAULT_REGION: &str = "us-east-1";

/// The kind.
pub(crate) struct S3BucketKind;

#[async_trait]
impl Kind for S3BucketKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["tag:GetResources"],
            read_each: &[
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetEncryptionConfiguration",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketOwnershipControls",
                "s3:GetLifecycleConfiguration",
                "s3:GetReplicationConfiguration",
                "s3:GetBucketPolicy",
            ],
            create: &[
                "s3:ListBucket",
                "s3:CreateBucket",
                "s3:TagResource",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutEncryptionConfiguration",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketOwnershipControls",
                "s3:PutLifecycleConfiguration",
                "s3:PutReplicationConfiguration",
                "iam:PassRole",
                "s3:PutBucketPolicy",
            ],
            update: &[
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutEncryptionConfiguration",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketOwnershipControls",
                "s3:PutLifecycleConfiguration",
                "s3:PutReplicationConfiguration",
                "iam:PassRole",
                "s3:PutBucketPolicy",
                "s3:DeleteBucketPolicy",
            ],
            delete: &["s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        Ok(fan_out(questions.iter().map(|question| read::one(aws, question)).collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        // The tagging API finds by key only, and lags behind: it nominates, and the bucket's own tags say what is there.
        let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder().key(MARK).build();
        let call = aws.read.tagging.get_resources().resource_type_filters("s3").tag_filters(filter);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let resources = pages.map_err(CODES.read("tag:GetResources"))?;
        let names = resources.iter().filter_map(|resource| resource.resource_arn()?.rsplit(':').next());
        let question =
            |name: &str| Question { kind: SCHEMA.kind.as_ref().into(), id: name.into(), attributes: Map::default() };
        let questions: Vec<Question> = names.map(question).collect();
        let mut found = Vec::new();
        for live in self.read(aws, &questions).await? {
            match live {
                Live::Present(object) => found.push(object),
                Live::Absent | Live::Tombstone { .. } => {}
                Live::Unreadable { reason } => return Err(Error::new(Class::Retry, reason.as_str())),
            }
        }
        Ok(marked(found, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let name = text(attributes, "name").unwrap_or_default();
        is_free(aws, name).await?;
        let call = to_create(attributes, &request.mark, aws.region());
        call.send_with(&aws.write.s3).await.map_err(CODES.write("s3:CreateBucket"))?;
        let parts = Part::among(|name| attributes.get(name).is_some());
        complete(self, aws, name, || async {
            tags::put_at_create(aws, name, attributes, &request.mark).await?;
            for part in &parts {
                part.write(aws, name, &Map::default(), attributes).await?;
            }
            Ok(())
        })
        .await?;
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        tags::update(aws, request).await?;
        for part in Part::among(|name| changes(request, name)) {
            part.write(aws, &request.id, &request.before, attributes).await?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        if flag(&request.arguments, "force_destroy") == Some(true) {
            empty::empty(aws, &request.id).await?;
        }
        let deleted = aws.write.s3.delete_bucket().bucket(request.id.as_str()).send().await;
        deleted.map_err(CODES.write("s3:DeleteBucket")).map_err(|error| explained(error, &request.id))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        tags::mark(aws, id, mark).await
    }
}

/// Makes sure that there is no such bucket. In us-east-1 S3 answers the create of a bucket that the account has with "done" and
/// not with "already exists" (S3 API reference, CreateBucket): another stack's bucket would be taken over.
async fn is_free(aws: &Clients, name: &str) -> Result<(), Error> {
    match aws.read.s3.head_bucket().bucket(name).send().await {
        Ok(_) => {
            let message = format!("s3:CreateBucket: this account has a bucket `{name}` already");
            Err(Error::new(Class::AlreadyExists, message).with_code("BucketAlreadyOwnedByYou"))
        }
        // Nobody has it, or S3 does not say who: the create itself tells.
        Err(_) => Ok(()),
    }
}

/// What a refused deletion takes to be accepted.
fn explained(error: Error, name: &str) -> Error {
    if error.code != "BucketNotEmpty" {
        return error;
    }
    let message = format!(
        "bucket `{name}` is not empty, and stays: empty it, or set its `force_destroy` to true and apply that before it is deleted"
    );
    Error { class: Class::AskPerson, message, ..error }
}

/// CreateBucket.
fn to_create(attributes: &Map, mark: &OwnerMark, region: &str) -> CreateBucketInputBuilder {
    let location = (region != DEFAULT_REGION).then(|| BucketLocationConstraint::from(region));
    let configuration = CreateBucketConfiguration::builder()
        .set_location_constraint(location)
        .set_tags(Some(tags::to_tags(at_create(attributes, mark))))
        .build();
    CreateBucketInputBuilder::default()
        .set_bucket(text(attributes, "name").map(str::to_owned))
        .create_bucket_configuration(configuration)
        .set_object_ownership(text(attributes, "object_ownership").map(ObjectOwnership::from))
        .set_object_lock_enabled_for_bucket(flag(attributes, "object_lock_enabled").filter(|enabled| *enabled))
}

#[cfg(test)]
mod tests;
