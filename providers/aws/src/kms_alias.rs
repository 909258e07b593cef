//! `aws.kms_alias`: ListAliases tells all of an account's. No mark stands on them.

use async_trait::async_trait;
use aws_sdk_kms::types::AliasListEntry;
use flashinfra_plans::{Live, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, answers, changes, settled};

const SCHEMA: &Schema = flashinfra_stacks_aws::KmsAlias::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // The same code says that there is no such key.
    not_found: &["NotFoundException:Alias arn"],
    already_exists: &["AlreadyExistsException"],
};

/// The most that ListAliases puts on one page.
const PAGE: i32 = 100;

/// The kind.
pub(crate) struct KmsAliasKind;

#[async_trait]
impl Kind for KmsAliasKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["kms:ListAliases"],
            read_each: &[],
            create: &["kms:CreateAlias"],
            update: &["kms:UpdateAlias"],
            delete: &["kms:DeleteAlias"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let call = aws.read.kms.list_aliases().limit(PAGE);
        let aliases: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        let aliases = aliases.map_err(CODES.read("kms:ListAliases"))?;
        Ok(answers(questions, aliases.iter().filter_map(from_response)))
    }

    async fn find(&self, _: &Clients, _: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Err(Error::new(Class::FixInput, "KMS keeps no tags on aliases"))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let name = text(attributes, "name").unwrap_or_default();
        let call = aws.write.kms.create_alias().alias_name(name);
        let call = call.set_target_key_id(text(attributes, "target_key_id").map(str::to_owned));
        call.send().await.map_err(CODES.write("kms:CreateAlias"))?;
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        if changes(request, "target_key_id") {
            let call = aws.write.kms.update_alias().alias_name(request.id.as_str());
            let call = call.set_target_key_id(text(attributes, "target_key_id").map(str::to_owned));
            call.send().await.map_err(CODES.write("kms:UpdateAlias"))?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.kms.delete_alias().alias_name(request.id.as_str());
        call.send().await.map_err(CODES.write("kms:DeleteAlias"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, _: &Clients, _: &str, _: &OwnerMark) -> Result<(), Error> {
        Ok(())
    }
}

/// A live alias in the schema's terms.
fn from_response(alias: &AliasListEntry) -> Option<Object> {
    let fields = Fields::new()
        .text("name", alias.alias_name())
        .text("target_key_id", alias.target_key_id())
        .text("arn", alias.alias_arn());
    Some(Object {
        id: alias.alias_name()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;

    use super::{AliasListEntry, from_response};

    #[test]
    fn an_alias_is_named_by_itself() {
        let alias = AliasListEntry::builder().alias_name("alias/shop").target_key_id("1b2c").build();
        let object = from_response(&alias).unwrap();
        let expected = map! { "name" => "alias/shop", "target_key_id" => "1b2c" };
        assert_eq!((&*object.id, object.attributes), ("alias/shop", expected));
    }
}
