//! `aws.db_instance`: DescribeDBInstances for all of them, tags included.

mod derived;
mod request;
mod response;

use async_trait::async_trait;
use aws_sdk_rds::types::{DbInstance, Filter};
use flashinfra_plans::{Live, Map, Object, OwnerMark};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::error::Codes;
use crate::fields::text;
use crate::kind::{Kind, look, marked, settled};
use crate::rds;
use crate::tags::MARK;

const SCHEMA: &Schema = flashinfra_stacks_aws::DbInstance::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["DBInstanceNotFound", "DBInstanceNotFoundFault"],
    already_exists: &["DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault"],
};

/// The most that RDS puts on one page, and the number of ids that are asked for in one filter.
const PAGE: i32 = 100;

/// The kind.
pub(crate) struct DbInstanceKind;

#[async_trait]
impl Kind for DbInstanceKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["rds:DescribeDBInstances", "tag:GetResources"],
            create: &[
                "rds:CreateDBInstance",
                "rds:CreateDBInstanceReadReplica",
                "rds:RestoreDBInstanceFromDBSnapshot",
                "rds:RestoreDBInstanceToPointInTime",
                "rds:ModifyDBInstance",
                "rds:AddTagsToResource",
                "iam:PassRole",
                "iam:CreateServiceLinkedRole",
                "kms:DescribeKey",
                "kms:CreateGrant",
                "secretsmanager:CreateSecret",
                "secretsmanager:TagResource",
            ],
            update: &[
                "rds:ModifyDBInstance",
                "rds:PromoteReadReplica",
                "rds:AddTagsToResource",
                "rds:RemoveTagsFromResource",
                "iam:PassRole",
                "kms:DescribeKey",
                "kms:CreateGrant",
                "secretsmanager:CreateSecret",
                "secretsmanager:TagResource",
            ],
            delete: &["rds:DeleteDBInstance", "rds:CreateDBSnapshot"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let mut found = Vec::new();
        for chunk in questions.chunks(PAGE as usize) {
            found.extend(describe(aws, chunk.iter().map(|question| question.id.to_lowercase()).collect()).await?);
        }
        let answer = |question: &Question| {
            let is_it = |instance: &&DbInstance| {
                instance.db_instance_identifier().is_some_and(|id| id.eq_ignore_ascii_case(&question.id))
            };
            let object = found.iter().find(is_it).and_then(|found| response::to_object(found, &question.attributes));
            object.map_or(Live::Absent, Live::Present)
        };
        Ok(questions.iter().map(answer).collect())
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        // The tagging API finds by key only, and lags behind: it nominates, and the describe says what is there.
        let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder().key(MARK).build();
        let call = aws.read.tagging.get_resources().resource_type_filters("rds:db").tag_filters(filter);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let resources = pages.map_err(CODES.read("tag:GetResources"))?;
        let id = |arn: &str| arn.rsplit(':').next().map(str::to_owned);
        let ids: Vec<String> = resources.iter().filter_map(|resource| id(resource.resource_arn()?)).collect();
        let mut found = Vec::new();
        for chunk in ids.chunks(PAGE as usize) {
            found.extend(describe(aws, chunk.to_vec()).await?);
        }
        Ok(marked(found.iter().filter_map(|instance| response::to_object(instance, &Map::default())), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        if let Some(outcome) = derived::create(aws, request).await? {
            return Ok(outcome);
        }
        let call = request::to_create(&request.inputs, &request.mark);
        let created = call.send_with(&aws.write.rds).await.map_err(CODES.write("rds:CreateDBInstance"))?;
        let id = created.db_instance().and_then(DbInstance::db_instance_identifier);
        Ok(Outcome::Accepted(id.or(request.inputs.text("identifier")).unwrap_or_default().into()))
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        if request.changed.iter().any(|name| name == "tags") {
            let arn = arn(aws, &request.id).await?;
            rds::update_tags(aws, CODES, &arn, request).await?;
        }
        let modify = request::to_modify(request);
        if derived::promotes(request) && derived::promote(self, aws, request).await? {
            return match modify {
                None => Ok(Outcome::Accepted(request.id.clone())),
                Some(_) => Err(Error::new(Class::Wait, format!("`{}` is being promoted", request.id))),
            };
        }
        match modify {
            Some(call) => {
                call.send_with(&aws.write.rds).await.map_err(CODES.write("rds:ModifyDBInstance"))?;
                Ok(Outcome::Accepted(request.id.clone()))
            }
            None => Ok(settled(self, aws, &request.id, &request.inputs.attributes).await),
        }
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let live = match request::is_named(&request.arguments) {
            true => None,
            false => look(self, aws, &request.id, &Map::default()).await,
        };
        let resource_id = live.as_ref().and_then(|live| text(&live.attributes, "resource_id")).unwrap_or_default();
        let call = request::to_delete(&request.id, &request.arguments, resource_id);
        call.send_with(&aws.write.rds).await.map_err(CODES.write("rds:DeleteDBInstance"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let arn = arn(aws, id).await?;
        rds::mark(aws, CODES, &arn, mark).await
    }
}

/// The instances of these names that are there.
async fn describe(aws: &Clients, ids: Vec<String>) -> Result<Vec<DbInstance>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let is_asked =
        |instance: &DbInstance| instance.db_instance_identifier().is_some_and(|id| ids.iter().any(|asked| asked == id));
    let filter = Filter::builder().name("db-instance-id").set_values(Some(ids.clone())).build();
    match pages(aws, Some(filter)).await {
        // RDS documents filters as leaving out what is not there, and `DBInstanceNotFound` for names; should a filter be
        // answered with it, it says nothing about the other names, and only the list of all does.
        Err(error) if error.class == Class::NotFound && ids.len() > 1 => {
            Ok(pages(aws, None).await?.into_iter().filter(is_asked).collect())
        }
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        other => other,
    }
}

async fn pages(aws: &Clients, filter: Option<Filter>) -> Result<Vec<DbInstance>, Error> {
    let filters = filter.map(|filter| vec![filter]);
    let call = aws.read.rds.describe_db_instances().set_filters(filters).max_records(PAGE);
    let instances = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    instances.map_err(CODES.read("rds:DescribeDBInstances"))
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    let instance = describe(aws, vec![id.to_owned()]).await?.pop();
    let arn = instance.and_then(|instance| instance.db_instance_arn);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no DB instance `{id}`")))
}

#[cfg(test)]
mod tests;
