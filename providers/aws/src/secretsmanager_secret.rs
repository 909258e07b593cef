//! `aws.secretsmanager_secret`: DescribeSecret for each, since ListSecrets may be five minutes behind. The value is never asked for.

use async_trait::async_trait;
use aws_sdk_secretsmanager::operation::create_secret::builders::CreateSecretInputBuilder;
use aws_sdk_secretsmanager::operation::delete_secret::builders::DeleteSecretInputBuilder;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsOutput;
use aws_sdk_secretsmanager::operation::update_secret::builders::UpdateSecretInputBuilder;
use aws_sdk_secretsmanager::types::{
    Filter, FilterNameStringType, ReplicaRegionType, ReplicationStatusType, SecretListEntry, StatusType, Tag,
};
use aws_smithy_types::date_time::Format;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::{Fields, SetChange, flag, integer, text, texts};
use crate::kind::{Kind, changes, current, marked, settled};
use crate::tags::{MARK, Pair, TagChange, Tags, at_create, mark_pair};

const SCHEMA: &Schema = flashinfra_stacks_aws::SecretsmanagerSecret::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // One that waits for the end of its recovery window is not there for any other call.
    not_found: &[
        "ResourceNotFoundException",
        "InvalidRequestException:marked for deletion",
        "InvalidRequestException:marked deleted",
    ],
    already_exists: &["ResourceExistsException", "InvalidRequestException:already scheduled for deletion"],
};

/// The most that ListSecrets puts on one page.
const PAGE: i32 = 100;

/// The kind.
pub(crate) struct SecretsmanagerSecretKind;

#[async_trait]
impl Kind for SecretsmanagerSecretKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["secretsmanager:ListSecrets"],
            read_each: &["secretsmanager:DescribeSecret"],
            create: &[
                "secretsmanager:CreateSecret",
                "secretsmanager:TagResource",
                "secretsmanager:ReplicateSecretToRegions",
                "kms:Decrypt",
                "kms:GenerateDataKey",
            ],
            update: &[
                "secretsmanager:UpdateSecret",
                "secretsmanager:ReplicateSecretToRegions",
                "secretsmanager:RemoveRegionsFromReplication",
                "secretsmanager:TagResource",
                "secretsmanager:UntagResource",
                "kms:Decrypt",
                "kms:GenerateDataKey",
            ],
            delete: &["secretsmanager:DeleteSecret", "secretsmanager:RemoveRegionsFromReplication"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async move {
            match describe(aws, &question.id).await {
                Ok(Some(secret)) => to_live(&secret),
                Ok(None) => Live::Absent,
                Err(error) => Live::Unreadable { reason: error.to_string().into() },
            }
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let marked_ones = Filter::builder().key(FilterNameStringType::TagKey).values(MARK).build();
        let call = aws.read.secretsmanager.list_secrets().filters(marked_ones).max_results(PAGE);
        let pages = call.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let pages = pages.map_err(CODES.read("secretsmanager:ListSecrets"))?;
        // What is listed may be five minutes old.
        let names = pages.iter().flat_map(ListSecretsOutput::secret_list).filter_map(SecretListEntry::name);
        let found = fan_out(names.map(|name| describe(aws, name)).collect()).await;
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        let objects = found.iter().flatten().filter_map(|secret| match to_live(secret) {
            Live::Present(object) => Some(object),
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
        });
        Ok(marked(objects, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let call = to_create(request);
        call.send_with(&aws.write.secretsmanager).await.map_err(CODES.write("secretsmanager:CreateSecret"))?;
        let name = request.inputs.text("name").unwrap_or_default();
        Ok(settled(self, aws, name, &request.inputs.attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        update_tags(aws, request).await?;
        if let Some(call) = to_update(request) {
            call.send_with(&aws.write.secretsmanager).await.map_err(CODES.write("secretsmanager:UpdateSecret"))?;
        }
        if changes(request, "replica_regions") {
            let regions = |map: &Map| texts(map, "replica_regions").unwrap_or_default();
            let live = current(self, aws, &request.id).await?;
            let SetChange { add, remove } =
                SetChange::between(&regions(&live.attributes), &regions(&request.inputs.attributes));
            remove_replicas(aws, &request.id, remove).await?;
            if !add.is_empty() {
                let call = aws.write.secretsmanager.replicate_secret_to_regions().secret_id(request.id.as_str());
                let call = call.set_add_replica_regions(Some(to_replicas(add)));
                call.send().await.map_err(CODES.write("secretsmanager:ReplicateSecretToRegions"))?;
            }
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        // A second deletion would be answered as if it had been the first.
        let live = current(self, aws, &request.id).await?;
        let replicas = texts(&live.attributes, "replica_regions").unwrap_or_default();
        remove_replicas(aws, &request.id, replicas).await?;
        let call = to_delete(&request.id, &request.arguments);
        call.send_with(&aws.write.secretsmanager).await.map_err(CODES.write("secretsmanager:DeleteSecret"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let call = aws.write.secretsmanager.tag_resource().secret_id(id).set_tags(Some(to_tags([mark_pair(mark)])));
        call.send().await.map_err(CODES.write("secretsmanager:TagResource"))?;
        Ok(())
    }
}

async fn describe(aws: &Clients, id: &str) -> Result<Option<DescribeSecretOutput>, Error> {
    let answer = aws.read.secretsmanager.describe_secret().secret_id(id).send().await;
    match answer.map_err(CODES.read("secretsmanager:DescribeSecret")) {
        Ok(secret) => Ok(Some(secret)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A copy of a secret has to be taken away before the secret can be.
async fn remove_replicas(aws: &Clients, id: &str, regions: Vec<String>) -> Result<(), Error> {
    if regions.is_empty() {
        return Ok(());
    }
    let call = aws.write.secretsmanager.remove_regions_from_replication().secret_id(id);
    let call = call.set_remove_replica_regions(Some(regions));
    call.send().await.map_err(CODES.write("secretsmanager:RemoveRegionsFromReplication"))?;
    Ok(())
}

async fn update_tags(aws: &Clients, request: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(request);
    if !set.is_empty() {
        let call = aws.write.secretsmanager.tag_resource().secret_id(request.id.as_str()).set_tags(Some(to_tags(set)));
        call.send().await.map_err(CODES.write("secretsmanager:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.secretsmanager.untag_resource().secret_id(request.id.as_str()).set_tag_keys(Some(remove));
        call.send().await.map_err(CODES.write("secretsmanager:UntagResource"))?;
    }
    Ok(())
}

/// A live secret in the schema's terms.
fn to_live(secret: &DescribeSecretOutput) -> Live {
    let Some(name) = secret.name() else { return Live::Absent };
    if let Some(deleted) = secret.deleted_date() {
        return Live::Tombstone { note: tombstone(name, deleted.fmt(Format::DateTime).ok().as_deref()) };
    }
    let pairs: Vec<Pair> = secret
        .tags()
        .iter()
        .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
        .collect();
    let tags = Tags::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let is_copying = |replica: &ReplicationStatusType| replica.status() == Some(&StatusType::InProgress);
    let replicas = secret.replication_status().iter();
    let phase = if replicas.clone().any(is_copying) { Phase::Updating } else { Phase::Ready };
    let fields = Fields::new()
        .text("name", Some(name))
        .text("description", secret.description())
        .text("kms_key_id", secret.kms_key_id())
        .texts("replica_regions", replicas.filter_map(ReplicationStatusType::region))
        .value("tags", Some(tags.attribute.into()))
        .text("arn", secret.arn())
        .text("version_id", version(secret));
    Live::Present(Object {
        id: name.into(),
        phase,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by.or_else(|| secret.owning_service().map(Name::from)),
    })
}

/// The id of the version that is in force.
fn version(secret: &DescribeSecretOutput) -> Option<&str> {
    let mut versions = secret.version_ids_to_stages()?.iter();
    let current = versions.find(|(_, stages)| stages.iter().any(|stage| stage == "AWSCURRENT"));
    current.map(|(id, _)| id.as_str())
}

/// What a plan says of a secret that is deleted and keeps its name. `deleted` is when it was; when its recovery window ends, Secrets
/// Manager does not tell.
fn tombstone(name: &str, deleted: Option<&str>) -> Name {
    let since = deleted.map(|date| format!(" on {date}")).unwrap_or_default();
    format!(
        "deleted{since}, and Secrets Manager keeps the name until the recovery window ends: restore it with `aws \
         secretsmanager restore-secret --secret-id {name}` and adopt it, or end the window with `aws secretsmanager \
         delete-secret --force-delete-without-recovery --secret-id {name}`"
    )
    .into()
}

/// Tags to be sent.
fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn to_replicas(regions: Vec<String>) -> Vec<ReplicaRegionType> {
    regions.into_iter().map(|region| ReplicaRegionType::builder().region(region).build()).collect()
}

/// CreateSecret. The token names the first version, so that an unanswered create that is sent again makes no second one.
fn to_create(request: &Create) -> CreateSecretInputBuilder {
    let attributes = &request.inputs.attributes;
    let owned = |name| text(attributes, name).map(str::to_owned);
    let value = request.inputs.secret("secret_string").map(|secret| secret.reveal().to_owned());
    CreateSecretInputBuilder::default()
        .set_name(owned("name"))
        .set_client_request_token(value.is_some().then(|| request.token.to_string()))
        .set_description(owned("description"))
        .set_kms_key_id(owned("kms_key_id"))
        .set_secret_string(value)
        .set_add_replica_regions(
            texts(attributes, "replica_regions").filter(|regions| !regions.is_empty()).map(to_replicas),
        )
        .set_tags(Some(to_tags(at_create(attributes, &request.mark))))
}

/// UpdateSecret, when an update changes something that it takes. The token names the new version.
fn to_update(update: &Update) -> Option<UpdateSecretInputBuilder> {
    let attributes = &update.inputs.attributes;
    let owned = |name: &str| text(attributes, name).filter(|_| changes(update, name)).map(str::to_owned);
    let value = update.inputs.secret("secret_string").filter(|_| changes(update, "secret_string"));
    let value = value.map(|secret| secret.reveal().to_owned());
    let (description, key) = (owned("description"), owned("kms_key_id"));
    if value.is_none() && description.is_none() && key.is_none() {
        return None;
    }
    let call = UpdateSecretInputBuilder::default()
        .secret_id(update.id.as_str())
        .set_client_request_token(value.is_some().then(|| update.token.to_string()))
        .set_description(description)
        .set_kms_key_id(key)
        .set_secret_string(value);
    Some(call)
}

/// DeleteSecret.
fn to_delete(id: &str, arguments: &Map) -> DeleteSecretInputBuilder {
    let is_forced = flag(arguments, "force_delete_without_recovery") == Some(true);
    DeleteSecretInputBuilder::default()
        .secret_id(id)
        .set_recovery_window_in_days(integer(arguments, "recovery_window_in_days").filter(|_| !is_forced))
        .set_force_delete_without_recovery(is_forced.then_some(true))
}

#[cfg(test)]
mod tests;
