//! `aws.elasticache_replication_group`: DescribeReplicationGroups and, for what only the nodes tell (version, security groups,
//! windows), DescribeCacheClusters; neither takes a filter, so one group is read by name and several from the lists of all. Tags
//! are a call for each.

mod request;
mod response;

use async_trait::async_trait;
use aws_sdk_elasticache::types::{CacheCluster, ReplicationGroup};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::elasticache::{self, PAGE};
use crate::error::Codes;
use crate::kind::{Kind, answers, current_for, marked, settled};
use crate::named::{all_read, in_lower_case, only};
use request::Part;

const SCHEMA: &Schema = flashinfra_stacks_aws::ElasticacheReplicationGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ReplicationGroupNotFoundFault", "ReplicationGroupNotFound"],
    already_exists: &["ReplicationGroupAlreadyExists", "ReplicationGroupAlreadyExistsFault"],
};

/// What the errors of calls about a node mean.
const NODE_CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["CacheClusterNotFound", "CacheClusterNotFoundFault"],
    already_exists: &[],
};

/// The kind.
pub(crate) struct ElasticacheReplicationGroupKind;

#[async_trait]
impl Kind for ElasticacheReplicationGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters"],
            read_each: &["elasticache:ListTagsForResource"],
            create: &[
                "elasticache:CreateReplicationGroup",
                "elasticache:AddTagsToResource",
                "iam:CreateServiceLinkedRole",
                "kms:DescribeKey",
                "kms:CreateGrant",
            ],
            update: &[
                "elasticache:ModifyReplicationGroup",
                "elasticache:IncreaseReplicaCount",
                "elasticache:DecreaseReplicaCount",
                "elasticache:AddTagsToResource",
                "elasticache:RemoveTagsFromResource",
            ],
            delete: &["elasticache:DeleteReplicationGroup", "elasticache:CreateSnapshot"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let questions = in_lower_case(questions);
        let asked = |name: &str| questions.iter().find(|question| question.id == name);
        let mut groups = describe(aws, only(&questions)).await?;
        groups.retain(|group| asked(&name(group)).is_some());
        let nodes = nodes(aws, &groups).await?;
        let objects = groups.iter().filter_map(|group| {
            let wanted = &asked(&name(group))?.attributes;
            response::to_object(group, node_of(group, &nodes), wanted)
        });
        let tagged = elasticache::with_tags(aws, CODES, objects.collect()).await;
        Ok(answers(&questions, tagged.into_iter().map(|(group, _)| group)))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let groups = describe(aws, None).await?;
        let nodes = nodes(aws, &groups).await?;
        let objects =
            groups.iter().filter_map(|group| response::to_object(group, node_of(group, &nodes), &Map::default()));
        Ok(marked(all_read(elasticache::with_tags(aws, CODES, objects.collect()).await)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let call = request::to_create(&request.inputs, &request.mark);
        call.send_with(&aws.write.elasticache).await.map_err(CODES.write("elasticache:CreateReplicationGroup"))?;
        let name = request.inputs.text("replication_group_id").unwrap_or_default();
        Ok(Outcome::Accepted(name.to_lowercase().into()))
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        elasticache::update_tags(aws, CODES, &arn(aws, &request.id).await?, request).await?;
        let attributes = &request.inputs.attributes;
        if request.changed.iter().all(|name| name == "tags") {
            return Ok(settled(self, aws, &request.id, attributes).await);
        }
        // ElastiCache takes one change at a time, so each call of this sends the first one that live still lacks.
        let live = current_for(self, aws, &request.id, attributes).await?;
        match live.phase {
            Phase::Ready => {}
            Phase::Failed => {
                let message =
                    format!("replication group `{}` has failed, and ElastiCache changes nothing on it", request.id);
                return Err(Error::new(Class::AskPerson, message));
            }
            Phase::Creating | Phase::Updating | Phase::Deleting => {
                let message = format!("replication group `{}` is busy with another change", request.id);
                return Err(Error::new(Class::Wait, message));
            }
        }
        let mut parts = request::parts(request, &live).into_iter();
        let Some(part) = parts.next() else {
            return Ok(settled(self, aws, &request.id, attributes).await);
        };
        let sent = part.name();
        send(aws, part).await?;
        match parts.next() {
            None => Ok(Outcome::Accepted(request.id.clone())),
            Some(next) => {
                let next = next.name();
                let message = format!("replication group `{}`: {sent} are being changed, {next} come next", request.id);
                Err(Error::new(Class::Wait, message))
            }
        }
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let group = match request::is_named(&request.arguments) {
            true => None,
            false => describe(aws, Some(&request.id)).await?.pop(),
        };
        let made = group.as_ref().and_then(ReplicationGroup::replication_group_create_time);
        let call = request::to_delete(&request.id, &request.arguments, made);
        call.send_with(&aws.write.elasticache).await.map_err(CODES.write("elasticache:DeleteReplicationGroup"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        elasticache::mark(aws, CODES, &arn(aws, id).await?, mark).await
    }
}

/// The groups of the account, or the one of this name if it is there.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<ReplicationGroup>, Error> {
    let call = aws.read.elasticache.describe_replication_groups().max_records(PAGE);
    let call = call.set_replication_group_id(only.map(str::to_owned));
    let groups = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match groups.map_err(CODES.read("elasticache:DescribeReplicationGroups")) {
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        other => other,
    }
}

/// One node of each group, at least: all nodes of a group have the same settings.
async fn nodes(aws: &Clients, groups: &[ReplicationGroup]) -> Result<Vec<CacheCluster>, Error> {
    let only = match groups {
        [] => return Ok(Vec::new()),
        [group] => match group.member_clusters() {
            [] => return Ok(Vec::new()),
            [first, ..] => Some(first.clone()),
        },
        _ => None,
    };
    let call = aws.read.elasticache.describe_cache_clusters().max_records(PAGE).set_cache_cluster_id(only);
    let nodes = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match nodes.map_err(NODE_CODES.read("elasticache:DescribeCacheClusters")) {
        // It is not seen yet, or no longer.
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        other => other,
    }
}

fn node_of<'a>(group: &ReplicationGroup, nodes: &'a [CacheCluster]) -> Option<&'a CacheCluster> {
    nodes.iter().find(|node| node.replication_group_id() == group.replication_group_id())
}

fn name(group: &ReplicationGroup) -> String {
    group.replication_group_id().unwrap_or_default().to_lowercase()
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    let arn = describe(aws, Some(id)).await?.pop().and_then(|group| group.arn);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no replication group `{id}`")))
}

/// Sends one part of an update.
async fn send(aws: &Clients, part: Part) -> Result<(), Error> {
    let elasticache = &aws.write.elasticache;
    match part {
        Part::Increase(call) => {
            call.send_with(elasticache).await.map_err(CODES.write("elasticache:IncreaseReplicaCount"))?;
        }
        Part::Decrease(call) => {
            call.send_with(elasticache).await.map_err(CODES.write("elasticache:DecreaseReplicaCount"))?;
        }
        Part::Settings(call) | Part::Token(call) => {
            call.send_with(elasticache).await.map_err(CODES.write("elasticache:ModifyReplicationGroup"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
