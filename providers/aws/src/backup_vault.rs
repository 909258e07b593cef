//! `aws.backup_vault`: one list for all of them, since DescribeBackupVault answers "denied" for what is not there; tags are a call for
//! each.

use async_trait::async_trait;
use aws_sdk_backup::operation::create_backup_vault::builders::CreateBackupVaultInputBuilder;
use aws_sdk_backup::types::BackupVaultListMember;
use flashinfra_plans::{Live, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::backup::{self, PAGE};
use crate::clients::Clients;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, answers, current, marked, settled};
use crate::named::all_read;
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::BackupVault::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException"],
    already_exists: &["AlreadyExistsException"],
};

/// The kind.
pub(crate) struct BackupVaultKind;

#[async_trait]
impl Kind for BackupVaultKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["backup:ListBackupVaults"],
            read_each: &["backup:ListTags"],
            create: &[
                "backup:CreateBackupVault",
                "backup:TagResource",
                "backup-storage:MountCapsule",
                "kms:CreateGrant",
                "kms:DescribeKey",
                "kms:GenerateDataKey",
                "kms:Decrypt",
                "kms:RetireGrant",
            ],
            update: &["backup:TagResource", "backup:UntagResource"],
            delete: &["backup:DeleteBackupVault"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let mut objects = list(aws).await?;
        objects.retain(|object| questions.iter().any(|question| question.id == object.id));
        let objects = backup::with_tags(aws, CODES, objects).await.into_iter().map(|(object, _)| object);
        Ok(answers(questions, objects))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let vaults = backup::with_tags(aws, CODES, list(aws).await?).await;
        Ok(marked(all_read(vaults)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let call = to_create(request);
        call.send_with(&aws.write.backup).await.map_err(CODES.write("backup:CreateBackupVault"))?;
        let attributes = &request.inputs.attributes;
        Ok(settled(self, aws, text(attributes, "name").unwrap_or_default(), attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let live = current(self, aws, &request.id).await?;
        backup::update_tags(aws, CODES, text(&live.attributes, "arn").unwrap_or_default(), request).await?;
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        // What is not there is answered with "denied" as well.
        let live = current(self, aws, &request.id).await?;
        let deleted = aws.write.backup.delete_backup_vault().backup_vault_name(live.id.as_str()).send().await;
        deleted.map_err(CODES.write("backup:DeleteBackupVault")).map_err(explained)?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let live = current(self, aws, id).await?;
        backup::mark(aws, CODES, text(&live.attributes, "arn").unwrap_or_default(), mark).await
    }
}

/// All vaults of account and region, without their tags.
async fn list(aws: &Clients) -> Result<Vec<Object>, Error> {
    let vaults = aws.read.backup.list_backup_vaults().max_results(PAGE).into_paginator().items().send();
    let vaults = vaults.collect::<Result<Vec<_>, _>>().await.map_err(CODES.read("backup:ListBackupVaults"))?;
    Ok(vaults.iter().filter_map(from_response).collect())
}

/// What a refused deletion takes to be accepted.
fn explained(error: Error) -> Error {
    if error.code != "InvalidRequestException" {
        return error;
    }
    let message = format!("{} (a vault goes when its recovery points are deleted)", error.message);
    Error { class: Class::AskPerson, message, ..error }
}

/// A live vault in the schema's terms, without its tags.
fn from_response(vault: &BackupVaultListMember) -> Option<Object> {
    let fields = Fields::new()
        .text("name", vault.backup_vault_name())
        .text("encryption_key_arn", vault.encryption_key_arn())
        .text("arn", vault.backup_vault_arn());
    Some(Object {
        id: vault.backup_vault_name()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// CreateBackupVault.
fn to_create(request: &Create) -> CreateBackupVaultInputBuilder {
    let attributes = &request.inputs.attributes;
    CreateBackupVaultInputBuilder::default()
        .set_backup_vault_name(text(attributes, "name").map(str::to_owned))
        .set_encryption_key_arn(text(attributes, "encryption_key_arn").map(str::to_owned))
        .creator_request_id(backup::request_id(&request.token))
        .set_backup_vault_tags(Some(backup::to_tags(at_create(attributes, &request.mark))))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, map};
    use flashinfra_providers::Inputs;

    use super::{Class, Create, Error, OwnerMark, explained, to_create};

    #[test]
    fn a_create_carries_the_mark_and_a_request_id_that_fits() {
        let address = Address::parse("aws.backup_vault/main").unwrap();
        let request = Create {
            kind: "aws.backup_vault".into(),
            mark: OwnerMark { stack: "c5b0".into(), address, generation: 1 },
            token: "5f".repeat(32).into(),
            inputs: Inputs { attributes: map! { "name" => "shop" }, ..Inputs::default() },
        };
        let sent = to_create(&request).build().unwrap();
        assert_eq!(sent.creator_request_id().map(str::len), Some(50));
        let mark = sent.backup_vault_tags().unwrap().get("flashinfra").map(String::as_str);
        assert_eq!(mark, Some("c5b0/1/aws.backup_vault/main"));
    }

    #[test]
    fn a_vault_that_is_not_empty_says_how_it_goes() {
        let error = explained(Error::new(Class::FixInput, "not empty").with_code("InvalidRequestException"));
        assert_eq!(error.class, Class::AskPerson);
    }
}
