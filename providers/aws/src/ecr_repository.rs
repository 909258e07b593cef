//! `aws.ecr_repository`: DescribeRepositories fails whole when one of the names it is given is gone, so one is read by name and
//! several from the list of all. Tags are a call for each, and so are both policies, for those that declare them.

use async_trait::async_trait;
use aws_sdk_ecr::operation::create_repository::builders::CreateRepositoryInputBuilder;
use aws_sdk_ecr::types::{
    EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageTagMutability, Repository, Tag,
};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, flag, text};
use crate::kind::{Kind, answers, changes, marked, settled};
use crate::named::{all_read, only};
use crate::tags::{Pair, TagChange, Tags, at_create, mark_pair, tagged};

const SCHEMA: &Schema = flashinfra_stacks_aws::EcrRepository::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["RepositoryNotFoundException"],
    already_exists: &["RepositoryAlreadyExistsException"],
};

/// What the errors of calls about a policy mean: there may be none.
const POLICY_CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["LifecyclePolicyNotFoundException", "RepositoryPolicyNotFoundException"],
    already_exists: &[],
};

/// The most that ECR puts on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct EcrRepositoryKind;

#[async_trait]
impl Kind for EcrRepositoryKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ecr:DescribeRepositories"],
            read_each: &["ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"],
            create: &[
                "ecr:CreateRepository",
                "ecr:TagResource",
                "ecr:PutLifecyclePolicy",
                "ecr:SetRepositoryPolicy",
                "kms:DescribeKey",
                "kms:CreateGrant",
            ],
            update: &[
                "ecr:PutImageTagMutability",
                "ecr:PutImageScanningConfiguration",
                "ecr:PutLifecyclePolicy",
                "ecr:DeleteLifecyclePolicy",
                "ecr:SetRepositoryPolicy",
                "ecr:DeleteRepositoryPolicy",
                "ecr:TagResource",
                "ecr:UntagResource",
            ],
            delete: &["ecr:DeleteRepository"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let asked = |repository: &Object| questions.iter().find(|question| question.id == repository.id);
        let mut repositories = describe(aws, only(questions)).await?;
        repositories.retain(|repository| asked(repository).is_some());
        let with_policies = repositories.into_iter().map(|repository| {
            let wanted = asked(&repository).map(|question| &question.attributes);
            async move {
                match wanted {
                    Some(wanted) => with_policies(aws, repository, wanted).await,
                    None => repository,
                }
            }
        });
        let repositories = fan_out(with_policies.collect()).await;
        let tagged = with_tags(aws, repositories).await;
        Ok(answers(questions, tagged.into_iter().map(|(repository, _)| repository)))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let repositories = describe(aws, None).await?;
        Ok(marked(all_read(with_tags(aws, repositories).await)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark)?;
        call.send_with(&aws.write.ecr).await.map_err(CODES.write("ecr:CreateRepository"))?;
        let name = text(attributes, "name").unwrap_or_default();
        let rest: Vec<Policy> =
            Policy::ALL.into_iter().filter(|policy| attributes.get(policy.name()).is_some()).collect();
        if !rest.is_empty() {
            complete(self, aws, name, || async {
                for policy in &rest {
                    policy.set(aws, name, text(attributes, policy.name())).await?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        update_tags(aws, request).await?;
        let (id, attributes) = (request.id.as_str(), &request.inputs.attributes);
        if changes(request, "image_tag_mutability")
            && let Some(mutability) = text(attributes, "image_tag_mutability")
        {
            let call = aws.write.ecr.put_image_tag_mutability().repository_name(id);
            let call = call.image_tag_mutability(ImageTagMutability::from(mutability));
            call.send().await.map_err(CODES.write("ecr:PutImageTagMutability"))?;
        }
        if changes(request, "scan_on_push")
            && let Some(scanning) = scanning(attributes)
        {
            let call = aws.write.ecr.put_image_scanning_configuration().repository_name(id);
            let call = call.image_scanning_configuration(scanning);
            call.send().await.map_err(CODES.write("ecr:PutImageScanningConfiguration"))?;
        }
        for policy in Policy::ALL.into_iter().filter(|policy| changes(request, policy.name())) {
            policy.set(aws, id, text(attributes, policy.name())).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let force = flag(&request.arguments, "force_delete").unwrap_or(false);
        let call = aws.write.ecr.delete_repository().repository_name(request.id.as_str()).force(force);
        call.send().await.map_err(CODES.write("ecr:DeleteRepository"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let call = aws.write.ecr.tag_resource().resource_arn(arn(aws, id).await?);
        let call = call.set_tags(Some(to_tags([mark_pair(mark)])?));
        call.send().await.map_err(CODES.write("ecr:TagResource"))?;
        Ok(())
    }
}

/// A document that hangs on a repository, with calls of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    Lifecycle,
    Access,
}

impl Policy {
    const ALL: [Self; 2] = [Self::Lifecycle, Self::Access];

    /// Its attribute.
    fn name(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle_policy",
            Self::Access => "repository_policy",
        }
    }

    /// The document, if there is one.
    async fn read(self, aws: &Clients, id: &str) -> Result<Option<String>, Error> {
        let read = match self {
            Self::Lifecycle => {
                let answer = aws.read.ecr.get_lifecycle_policy().repository_name(id).send().await;
                answer.map(|answer| answer.lifecycle_policy_text).map_err(POLICY_CODES.read("ecr:GetLifecyclePolicy"))
            }
            Self::Access => {
                let answer = aws.read.ecr.get_repository_policy().repository_name(id).send().await;
                answer.map(|answer| answer.policy_text).map_err(POLICY_CODES.read("ecr:GetRepositoryPolicy"))
            }
        };
        match read {
            Err(error) if error.class == Class::NotFound => Ok(None),
            other => other,
        }
    }

    /// Sets the document, or takes it away.
    async fn set(self, aws: &Clients, id: &str, document: Option<&str>) -> Result<(), Error> {
        let ecr = &aws.write.ecr;
        match (self, document) {
            (Self::Lifecycle, Some(document)) => {
                let call = ecr.put_lifecycle_policy().repository_name(id).lifecycle_policy_text(document);
                call.send().await.map_err(CODES.write("ecr:PutLifecyclePolicy")).map(drop)
            }
            (Self::Access, Some(document)) => {
                let call = ecr.set_repository_policy().repository_name(id).policy_text(document);
                call.send().await.map_err(CODES.write("ecr:SetRepositoryPolicy")).map(drop)
            }
            (Self::Lifecycle, None) => {
                let gone = ecr.delete_lifecycle_policy().repository_name(id).send().await;
                unless_gone(gone.map(drop).map_err(POLICY_CODES.write("ecr:DeleteLifecyclePolicy")))
            }
            (Self::Access, None) => {
                let gone = ecr.delete_repository_policy().repository_name(id).send().await;
                unless_gone(gone.map(drop).map_err(POLICY_CODES.write("ecr:DeleteRepositoryPolicy")))
            }
        }
    }
}

/// What is not there any more need not be taken away.
fn unless_gone(deleted: Result<(), Error>) -> Result<(), Error> {
    match deleted {
        Err(error) if error.class == Class::NotFound => Ok(()),
        other => other,
    }
}

/// The repositories of the account, or the one of this name if it is there; without policies and tags.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<Object>, Error> {
    let call = aws.read.ecr.describe_repositories();
    // ECR refuses a size of pages beside names.
    let call = match only {
        Some(name) => call.repository_names(name),
        None => call.max_results(PAGE),
    };
    let repositories = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match repositories.map_err(CODES.read("ecr:DescribeRepositories")) {
        Ok(repositories) => Ok(repositories.iter().filter_map(from_response).collect()),
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A repository with those of its policies that are declared or were applied, or with them unverified.
async fn with_policies(aws: &Clients, mut repository: Object, wanted: &Map) -> Object {
    for policy in Policy::ALL.into_iter().filter(|policy| wanted.get(policy.name()).is_some()) {
        let name = Name::new_static(policy.name());
        match policy.read(aws, &repository.id).await {
            Ok(Some(document)) => repository.attributes = repository.attributes.with(name, document.as_str().into()),
            Ok(None) => {}
            Err(_) => repository.unverified.push(name),
        }
    }
    repository
}

/// Each repository with its tags, or with why they could not be read.
async fn with_tags(aws: &Clients, repositories: Vec<Object>) -> Vec<(Object, Option<Error>)> {
    let tagged = repositories.into_iter().map(|repository| async move {
        let arn = text(&repository.attributes, "arn").unwrap_or_default();
        let listed = aws.read.ecr.list_tags_for_resource().resource_arn(arn).send().await;
        let tags = listed.map(|listed| Tags::read(listed.tags().iter().map(|tag| (tag.key(), tag.value()))));
        tagged(repository, tags.map_err(CODES.read("ecr:ListTagsForResource")))
    });
    fan_out(tagged.collect()).await
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    let repository = describe(aws, Some(id)).await?.pop();
    let arn = repository.as_ref().and_then(|repository| text(&repository.attributes, "arn")).map(str::to_owned);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no ECR repository `{id}`")))
}

async fn update_tags(aws: &Clients, request: &Update) -> Result<(), Error> {
    // This looks whether the repository is there as well, for all that comes after.
    let arn = arn(aws, &request.id).await?;
    let TagChange { set, remove } = TagChange::of(request);
    if !set.is_empty() {
        let call = aws.write.ecr.tag_resource().resource_arn(&arn).set_tags(Some(to_tags(set)?));
        call.send().await.map_err(CODES.write("ecr:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.ecr.untag_resource().resource_arn(&arn).set_tag_keys(Some(remove));
        call.send().await.map_err(CODES.write("ecr:UntagResource"))?;
    }
    Ok(())
}

/// A live repository in the schema's terms, without policies and tags.
fn from_response(repository: &Repository) -> Option<Object> {
    let name = repository.repository_name()?;
    let encryption = repository.encryption_configuration();
    let fields = Fields::new()
        .text("name", Some(name))
        .text("image_tag_mutability", repository.image_tag_mutability().map(ImageTagMutability::as_str))
        .flag("scan_on_push", repository.image_scanning_configuration().map(ImageScanningConfiguration::scan_on_push))
        .text("encryption_type", encryption.map(|encryption| encryption.encryption_type().as_str()))
        .text("kms_key", encryption.and_then(EncryptionConfiguration::kms_key))
        .text("arn", repository.repository_arn())
        .text("repository_uri", repository.repository_uri());
    Some(Object {
        id: name.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// Tags to be sent.
fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Result<Vec<Tag>, Error> {
    let tags = pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| Error::new(Class::FixInput, error.to_string()))
}

fn scanning(attributes: &Map) -> Option<ImageScanningConfiguration> {
    let scan = flag(attributes, "scan_on_push")?;
    Some(ImageScanningConfiguration::builder().scan_on_push(scan).build())
}

/// CreateRepository.
fn to_create(attributes: &Map, mark: &OwnerMark) -> Result<CreateRepositoryInputBuilder, Error> {
    let key = text(attributes, "kms_key").map(str::to_owned);
    // A key is one of KMS's.
    let encryption = text(attributes, "encryption_type").or(key.as_ref().map(|_| "KMS"));
    let encryption = encryption.map(|encryption| {
        EncryptionConfiguration::builder().encryption_type(EncryptionType::from(encryption)).set_kms_key(key).build()
    });
    let encryption = encryption.transpose().map_err(|error| Error::new(Class::FixInput, error.to_string()))?;
    let mutability = text(attributes, "image_tag_mutability").map(ImageTagMutability::from);
    Ok(CreateRepositoryInputBuilder::default()
        .set_repository_name(text(attributes, "name").map(str::to_owned))
        .set_image_tag_mutability(mutability)
        .set_image_scanning_configuration(scanning(attributes))
        .set_encryption_configuration(encryption)
        .set_tags(Some(to_tags(at_create(attributes, mark))?)))
}

#[cfg(test)]
mod tests;
