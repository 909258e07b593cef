//! `aws.db_parameter_group`: DescribeDBParameterGroups takes no filter, so one is read by name and several from the list of
//! all. Tags are a call for each, and so are parameters, where the stack sets any.

mod parameters;

use async_trait::async_trait;
use aws_sdk_rds::operation::create_db_parameter_group::builders::CreateDbParameterGroupInputBuilder;
use aws_sdk_rds::types::DbParameterGroup;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, block, flag, text};
use crate::kind::{DESCRIPTION, Kind, answers, changes, marked, settled};
use crate::named::{self, all_read, in_lower_case, only};
use crate::rds::{self, PAGE};
use crate::tags::at_create;
use parameters::{Method, ParameterChange};

const SCHEMA: &Schema = flashinfra_stacks_aws::DbParameterGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"],
    already_exists: &["DBParameterGroupAlreadyExists", "DBParameterGroupAlreadyExistsFault"],
};

/// The kind.
pub(crate) struct DbParameterGroupKind;

#[async_trait]
impl Kind for DbParameterGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["rds:DescribeDBParameterGroups"],
            read_each: &["rds:ListTagsForResource", "rds:DescribeDBParameters"],
            create: &["rds:CreateDBParameterGroup", "rds:AddTagsToResource", "rds:ModifyDBParameterGroup"],
            update: &[
                "rds:ModifyDBParameterGroup",
                "rds:ResetDBParameterGroup",
                "rds:AddTagsToResource",
                "rds:RemoveTagsFromResource",
            ],
            delete: &["rds:DeleteDBParameterGroup"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let questions = in_lower_case(questions);
        let asked = |group: &Object| questions.iter().find(|question| question.id == group.id);
        let mut groups = describe(aws, only(&questions)).await?;
        groups.retain(|group| asked(group).is_some());
        let groups = rds::with_tags(aws, CODES, groups).await.into_iter().map(|(group, _)| {
            let is_set = asked(&group).is_some_and(|question| block(&question.attributes, "parameters").is_some());
            async move { if is_set { with_parameters(aws, group).await } else { group } }
        });
        Ok(answers(&questions, fan_out(groups.collect()).await))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let groups = describe(aws, None).await?;
        Ok(marked(all_read(rds::with_tags(aws, CODES, groups).await)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.rds).await.map_err(CODES.write("rds:CreateDBParameterGroup"))?;
        let name = text(attributes, "name").unwrap_or_default().to_lowercase();
        let change = ParameterChange::between(&Map::default(), attributes);
        if !change.is_empty() {
            complete(self, aws, &name, || send(aws, &name, attributes, &change)).await?;
        }
        Ok(settled(self, aws, &name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let arn = arn(aws, &request.id).await?;
        rds::update_tags(aws, CODES, &arn, request).await?;
        if changes(request, "parameters") {
            send(aws, &request.id, attributes, &ParameterChange::between(&request.before, attributes)).await?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.rds.delete_db_parameter_group().db_parameter_group_name(request.id.as_str());
        call.send().await.map_err(CODES.write("rds:DeleteDBParameterGroup"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let arn = arn(aws, id).await?;
        rds::mark(aws, CODES, &arn, mark).await
    }
}

/// The groups of the account, or the one of this name if it is there; without parameters and tags.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<Object>, Error> {
    let call = aws.read.rds.describe_db_parameter_groups().max_records(PAGE);
    let call = call.set_db_parameter_group_name(only.map(str::to_owned));
    let groups = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match groups.map_err(CODES.read("rds:DescribeDBParameterGroups")) {
        Ok(groups) => Ok(groups.iter().filter_map(from_response).collect()),
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    named::arn(describe(aws, Some(id)).await?.pop(), "DB parameter group", id)
}

/// A group with what it sets, or without when that could not be read.
async fn with_parameters(aws: &Clients, object: Object) -> Object {
    match parameters::of_users(aws, &object.id).await {
        Ok(found) => {
            let attributes = found.into_iter().fold(object.attributes, |all, (name, value)| all.with(name, value));
            Object { attributes, ..object }
        }
        Err(_) => {
            let unread = ["parameters", "static_parameters"].map(Name::new_static);
            Object { unverified: object.unverified.into_iter().chain(unread).collect(), ..object }
        }
    }
}

/// Sets and resets parameters, each as what the engine says that it is.
async fn send(aws: &Clients, name: &str, attributes: &Map, change: &ParameterChange) -> Result<(), Error> {
    if change.is_empty() {
        return Ok(());
    }
    let is_static = parameters::of_engine(aws, name).await?;
    let is_at_once = flag(attributes, "apply_immediately").unwrap_or(true);
    let method = |parameter: &str| Method::of(is_at_once && !is_static.contains(parameter));
    for batch in change.to_modify(&method) {
        let call = aws.write.rds.modify_db_parameter_group().db_parameter_group_name(name).set_parameters(Some(batch));
        call.send().await.map_err(CODES.write("rds:ModifyDBParameterGroup"))?;
    }
    for batch in change.to_reset(&method) {
        let call = aws.write.rds.reset_db_parameter_group().db_parameter_group_name(name).reset_all_parameters(false);
        call.set_parameters(Some(batch)).send().await.map_err(CODES.write("rds:ResetDBParameterGroup"))?;
    }
    Ok(())
}

/// A live group in the schema's terms, without its tags and parameters.
fn from_response(group: &DbParameterGroup) -> Option<Object> {
    let name = group.db_parameter_group_name()?.to_lowercase();
    let fields = Fields::new()
        .text("name", Some(&name))
        .text("family", group.db_parameter_group_family())
        .text("description", group.description())
        .text("arn", group.db_parameter_group_arn());
    Some(Object {
        id: name.as_str().into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// CreateDBParameterGroup.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateDbParameterGroupInputBuilder {
    CreateDbParameterGroupInputBuilder::default()
        .set_db_parameter_group_name(text(attributes, "name").map(str::to_owned))
        .set_db_parameter_group_family(text(attributes, "family").map(str::to_owned))
        .description(text(attributes, "description").unwrap_or(DESCRIPTION))
        .set_tags(Some(rds::to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, map};

    use super::{DbParameterGroup, from_response, text, to_create};

    #[test]
    fn a_create_carries_family_and_mark() {
        let address = Address::parse("aws.db_parameter_group/main").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let attributes =
            map! { "name" => "main", "family" => "postgres16", "parameters" => map! { "work_mem" => "8192" } };
        let request = to_create(&attributes, &mark).build().unwrap();
        assert_eq!(request.db_parameter_group_name(), Some("main"));
        assert_eq!(request.db_parameter_group_family(), Some("postgres16"));
        assert_eq!(request.description(), Some("Made by flashinfra"));
        assert_eq!(request.tags()[0].value(), Some("c5b0/1/aws.db_parameter_group/main"));
    }

    #[test]
    fn a_group_is_read_in_the_schemas_terms() {
        let group = DbParameterGroup::builder()
            .db_parameter_group_name("Main")
            .db_parameter_group_family("postgres16")
            .db_parameter_group_arn("arn:pg")
            .build();
        let object = from_response(&group).unwrap();
        assert_eq!((object.id.as_str(), text(&object.attributes, "arn")), ("main", Some("arn:pg")));
        assert_eq!(object.attributes, map! { "name" => "main", "family" => "postgres16", "arn" => "arn:pg" });
    }
}
