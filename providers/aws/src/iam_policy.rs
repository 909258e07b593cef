//! `aws.iam_policy`: GetPolicy for each, and GetPolicyVersion for its document, since lists tell neither tags nor documents.

mod versions;

use async_trait::async_trait;
use aws_sdk_iam::operation::create_policy::builders::CreatePolicyInputBuilder;
use aws_sdk_iam::types::{Policy, PolicyScopeType};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::iam::{self, PAGE, to_tags};
use crate::kind::{Kind, changes, marked, settled};
use crate::tags::{TagChange, at_create, mark_pair};

const SCHEMA: &Schema = flashinfra_stacks_aws::IamPolicy::SCHEMA;
const CODES: Codes =
    Codes { schema: Some(SCHEMA), not_found: &["NoSuchEntity"], already_exists: &["EntityAlreadyExists"] };

/// The kind.
pub(crate) struct IamPolicyKind;

#[async_trait]
impl Kind for IamPolicyKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["iam:ListPolicies"],
            read_each: &["iam:GetPolicy", "iam:GetPolicyVersion"],
            create: &["iam:CreatePolicy", "iam:TagPolicy"],
            update: &[
                "iam:ListPolicyVersions",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicyVersion",
                "iam:TagPolicy",
                "iam:UntagPolicy",
            ],
            delete: &["iam:ListPolicyVersions", "iam:DeletePolicyVersion", "iam:DeletePolicy"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async move {
            match one(aws, question).await {
                Ok(object) => Live::Present(object),
                Err(error) if error.class == Class::NotFound => Live::Absent,
                Err(error) => Live::Unreadable { reason: error.to_string().into() },
            }
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let listed = list(aws).await?;
        // Lists tell no tags.
        let reads = listed.iter().filter_map(Policy::arn).map(|arn| async move {
            match describe(aws, arn).await {
                Err(error) if error.class == Class::NotFound => Ok(None),
                other => other.map(|policy| from_response(&policy)),
            }
        });
        let found = fan_out(reads.collect()).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(marked(found.into_iter().flatten(), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.iam).await.map_err(CODES.write("iam:CreatePolicy"))?;
        Ok(settled(self, aws, text(attributes, "name").unwrap_or_default(), attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let arn = arn(aws, &request.id, attributes).await?;
        let TagChange { set, remove } = TagChange::of(request);
        if !set.is_empty() {
            let call = aws.write.iam.tag_policy().policy_arn(&arn).set_tags(Some(to_tags(set)));
            call.send().await.map_err(CODES.write("iam:TagPolicy"))?;
        }
        if !remove.is_empty() {
            let call = aws.write.iam.untag_policy().policy_arn(&arn).set_tag_keys(Some(remove));
            call.send().await.map_err(CODES.write("iam:UntagPolicy"))?;
        }
        if changes(request, "policy_document") {
            versions::put(aws, &arn, attributes).await?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        // What was applied tells the path, if it was ever declared.
        let arn = match request.arguments.get("path") {
            Some(_) => arn(aws, &request.id, &request.arguments).await?,
            None => listed(aws, &request.id).await?,
        };
        versions::delete_all(aws, &arn).await?;
        let call = aws.write.iam.delete_policy().policy_arn(&arn);
        call.send().await.map_err(CODES.write("iam:DeletePolicy"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let arn = listed(aws, id).await?;
        let call = aws.write.iam.tag_policy().policy_arn(arn).set_tags(Some(to_tags([mark_pair(mark)])));
        call.send().await.map_err(CODES.write("iam:TagPolicy"))?;
        Ok(())
    }
}

/// The ARN of a policy of this name, whose path is among its attributes.
async fn arn(aws: &Clients, name: &str, attributes: &Map) -> Result<String, Error> {
    let path = text(attributes, "path").unwrap_or("/");
    iam::arn(aws, &format!("policy{path}{name}")).await
}

/// The ARN of a policy of which nothing but the name is known: that does not tell the path.
async fn listed(aws: &Clients, name: &str) -> Result<String, Error> {
    let policy = list(aws).await?.into_iter().find(|policy| policy.policy_name() == Some(name));
    let arn = policy.and_then(|policy| policy.arn);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no policy `{name}`")))
}

/// One policy, with its document when that is declared or was last applied.
async fn one(aws: &Clients, question: &Question) -> Result<Object, Error> {
    let arn = arn(aws, &question.id, &question.attributes).await?;
    let policy = describe(aws, &arn).await?;
    let Some(mut object) = from_response(&policy) else {
        return Err(Error::new(Class::Retry, format!("IAM tells no name of {arn}")));
    };
    if question.attributes.get("policy_document").is_some() {
        match versions::document(aws, &arn, &policy).await {
            Ok(document) => object.attributes = object.attributes.with("policy_document", document.into()),
            Err(_) => object.unverified.push(Name::new_static("policy_document")),
        }
    }
    Ok(object)
}

async fn describe(aws: &Clients, arn: &str) -> Result<Policy, Error> {
    let answer = aws.read.iam.get_policy().policy_arn(arn).send().await.map_err(CODES.read("iam:GetPolicy"))?;
    answer.policy.ok_or_else(|| Error::new(Class::NotFound, format!("there is no policy {arn}")))
}

/// The account's own policies.
async fn list(aws: &Clients) -> Result<Vec<Policy>, Error> {
    let call = aws.read.iam.list_policies().scope(PolicyScopeType::Local).max_items(PAGE);
    let mut pages = call.into_paginator().send();
    let mut policies = Vec::new();
    while let Some(page) = pages.next().await {
        policies.extend(page.map_err(CODES.read("iam:ListPolicies"))?.policies.unwrap_or_default());
    }
    Ok(policies)
}

/// A live policy in the schema's terms, without its document.
fn from_response(policy: &Policy) -> Option<Object> {
    let tags = iam::tags(policy.tags());
    let fields = Fields::new()
        .text("name", policy.policy_name())
        .text("path", policy.path())
        .text("description", policy.description())
        .value("tags", Some(tags.attribute.into()))
        .text("arn", policy.arn())
        .text("unique_id", policy.policy_id())
        .text("default_version_id", policy.default_version_id());
    Some(Object {
        id: policy.policy_name()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreatePolicy.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreatePolicyInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreatePolicyInputBuilder::default()
        .set_policy_name(owned("name"))
        .set_path(owned("path"))
        .set_policy_document(owned("policy_document"))
        .set_description(owned("description"))
        .set_tags(Some(to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::{Policy, Tag};
    use flashinfra_plans::{Address, OwnerMark, map};

    use super::{from_response, to_create};

    fn mark() -> OwnerMark {
        OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.iam_policy/reader").unwrap(), generation: 1 }
    }

    #[test]
    fn a_create_carries_everything() {
        let attributes = map! { "name" => "reader", "path" => "/shop/", "policy_document" => "{}" };
        let request = to_create(&attributes, &mark()).build().unwrap();
        assert_eq!((request.policy_name(), request.path()), (Some("reader"), Some("/shop/")));
        assert_eq!((request.policy_document(), request.description()), (Some("{}"), None));
        assert_eq!(request.tags()[0].value(), "c5b0/1/aws.iam_policy/reader");
    }

    #[test]
    fn a_policy_is_read_in_the_schemas_terms() {
        let policy = Policy::builder()
            .policy_name("reader")
            .path("/shop/")
            .arn("arn:aws:iam::123456789012:policy/shop/reader")
            .policy_id("ANPA1")
            .default_version_id("v2")
            .tags(Tag::builder().key("flashinfra").value(mark().to_text()).build().unwrap())
            .build();
        let object = from_response(&policy).unwrap();
        assert_eq!((&*object.id, object.owner), ("reader", Some(mark())));
        let expected = map! {
            "name" => "reader", "path" => "/shop/", "arn" => "arn:aws:iam::123456789012:policy/shop/reader",
            "unique_id" => "ANPA1", "default_version_id" => "v2", "tags" => map! {},
        };
        assert_eq!(object.attributes, expected);
    }
}
