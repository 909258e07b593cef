//! `aws.launch_template`: DescribeLaunchTemplates and the default versions of DescribeLaunchTemplateVersions, of one template by
//! its id, of several from the list of all, since EC2 filters by no id here.

mod data;
mod versions;

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_launch_template::builders::CreateLaunchTemplateInputBuilder;
use aws_sdk_ec2::types::{LaunchTemplate, LaunchTemplateVersion, ResourceType};
use flashinfra_plans::{Live, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, answers, marked, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::LaunchTemplate::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException"],
    already_exists: &["InvalidLaunchTemplateName.AlreadyExistsException"],
};

/// The most that EC2 puts on one page of templates or versions.
const PAGE: i32 = 200;

/// How much of an address a name is made of: names have at most 128 characters (EC2 API reference, CreateLaunchTemplate).
const READABLE: usize = 100;

/// The kind.
pub(crate) struct LaunchTemplateKind;

#[async_trait]
impl Kind for LaunchTemplateKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"],
            read_each: &[],
            create: &["ec2:CreateLaunchTemplate", "ec2:CreateTags"],
            update: &[
                "ec2:CreateLaunchTemplateVersion",
                "ec2:ModifyLaunchTemplate",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:DeleteLaunchTemplate"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let only = match questions {
            [question] => Some(question.id.as_str()),
            _ => None,
        };
        match describe(aws, only).await {
            Ok(found) => Ok(answers(questions, found)),
            Err(error) if error.class == Class::NotFound && only.is_some() => Ok(answers(questions, [])),
            Err(error) => Err(error),
        }
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        // What a template says stands in its versions, and not every server lists those of all templates.
        let marks = list(aws, None).await?.into_iter().filter_map(|template| from_response(&template, None));
        let found = marked(marks, stack).into_iter().map(|(mark, object)| async move {
            match describe(aws, Some(&object.id)).await {
                Ok(found) => Ok(found.into_iter().next().map(|object| (mark, object))),
                // Listed, and not there by its id yet, or any more.
                Err(error) if error.class == Class::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        });
        fan_out(found.collect()).await.into_iter().filter_map(Result::transpose).collect()
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let created = to_create(request).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateLaunchTemplate"))?;
        let Some(id) = created.launch_template().and_then(LaunchTemplate::launch_template_id) else {
            return Err(CODES.nameless("ec2:CreateLaunchTemplate"));
        };
        Ok(settled(self, aws, id, &request.inputs.attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        if request.changed.iter().any(|name| name != "tags") {
            let number = versions::put(aws, request).await?.to_string();
            let call = aws.write.ec2.modify_launch_template().launch_template_id(request.id.as_str());
            call.default_version(number).send().await.map_err(CODES.write("ec2:ModifyLaunchTemplate"))?;
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_launch_template().launch_template_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteLaunchTemplate"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

/// The template of this id, or all of them, as their default versions say.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<Object>, Error> {
    let templates = list(aws, only).await?;
    if templates.is_empty() {
        return Ok(Vec::new());
    }
    let versions = versions::list(aws, only, versions::DEFAULT).await?;
    let versions: BTreeMap<_, _> =
        versions.iter().filter_map(|version| Some((version.launch_template_id()?, version))).collect();
    let with_version =
        |template: &LaunchTemplate| from_response(template, versions.get(template.launch_template_id()?).copied());
    Ok(templates.iter().filter_map(with_version).collect())
}

/// The templates of the account, or the one of this id.
async fn list(aws: &Clients, only: Option<&str>) -> Result<Vec<LaunchTemplate>, Error> {
    let call = aws.read.ec2.describe_launch_templates();
    // Ids and the size of a page exclude each other (EC2 API reference).
    let call = match only {
        Some(id) => call.launch_template_ids(id),
        None => call.max_results(PAGE),
    };
    let templates = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    templates.map_err(CODES.read("ec2:DescribeLaunchTemplates"))
}

/// A live template in the schema's terms. One whose version is not shown yet is still being changed, since it can say nothing about
/// what is declared.
fn from_response(template: &LaunchTemplate, version: Option<&LaunchTemplateVersion>) -> Option<Object> {
    let tags = ec2::tags(template.tags());
    let number = version.and_then(LaunchTemplateVersion::version_number).map(|number| number.to_string());
    let fields = Fields::new()
        .text("name", template.launch_template_name())
        .value("tags", Some(tags.attribute.into()))
        .text("id", template.launch_template_id())
        .text("default_version", number.as_deref());
    let fields = match version {
        Some(version) => versions::add_live(fields, version),
        None => fields,
    };
    Some(Object {
        id: template.launch_template_id()?.into(),
        phase: if version.is_some() { Phase::Ready } else { Phase::Updating },
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateLaunchTemplate.
fn to_create(request: &Create) -> CreateLaunchTemplateInputBuilder {
    let attributes = &request.inputs.attributes;
    let name = text(attributes, "name").map_or_else(|| ec2::generated_name(&request.mark, READABLE), str::to_owned);
    CreateLaunchTemplateInputBuilder::default()
        .client_token(request.token.as_str())
        .launch_template_name(name)
        .set_version_description(text(attributes, "description").map(str::to_owned))
        .launch_template_data(data::to_request(attributes))
        .tag_specifications(ec2::tag_specification(ResourceType::LaunchTemplate, at_create(attributes, &request.mark)))
}

#[cfg(test)]
mod tests;
