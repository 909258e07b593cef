//! `aws.security_group`: DescribeSecurityGroups tells all groups with all rules.

mod rules;

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_security_group::builders::CreateSecurityGroupInputBuilder;
use aws_sdk_ec2::types::{Filter, ResourceType, SecurityGroup};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::complete::complete;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{DESCRIPTION, Kind, changes, current, look, settled};
use crate::tags::at_create;
use rules::{Direction, Rule, RuleChange};

const SCHEMA: &Schema = flashinfra_stacks_aws::SecurityGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["InvalidGroup.NotFound", "InvalidGroupId.NotFound"],
    already_exists: &["InvalidGroup.Duplicate"],
};

/// The most that DescribeSecurityGroups puts on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct SecurityGroupKind;

#[async_trait]
impl Kind for SecurityGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeSecurityGroups"],
            create: &[
                "ec2:CreateSecurityGroup",
                "ec2:CreateTags",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupEgress",
            ],
            update: &[
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
                "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                "ec2:CreateTags",
                "ec2:DeleteTags",
            ],
            delete: &["ec2:DeleteSecurityGroup"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        ec2::read("group-id", questions, |filter| describe(aws, filter)).await
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        ec2::find(stack, |filter| describe(aws, filter)).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let created = to_create(attributes, &request.mark).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateSecurityGroup"))?;
        let Some(id) = created.group_id() else { return Err(CODES.nameless("ec2:CreateSecurityGroup")) };
        if attributes.get("ingress").is_some() || attributes.get("egress").is_some() {
            complete(self, aws, id, || self.set_first_rules(aws, id, attributes)).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        if changes(request, "ingress") || changes(request, "egress") {
            // Read first, so that an update that is sent again after half of it was done does the other half.
            let live = current(self, aws, &request.id).await?;
            for direction in [Direction::Ingress, Direction::Egress] {
                if changes(request, direction.attribute()) {
                    let [live, before, after] = [&live.attributes, &request.before, &request.inputs.attributes]
                        .map(|attributes| Rule::declared(attributes, direction));
                    send(aws, &request.id, direction, RuleChange::planned(&live, &before, &after)).await?;
                }
            }
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_security_group().group_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteSecurityGroup"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

impl SecurityGroupKind {
    /// Takes a new group, which has AWS's own egress rules, to the declared rules. Reads first, so that it can be done again
    /// after half of it; should the read lag, AWS's rule is what every group has.
    async fn set_first_rules(&self, aws: &Clients, id: &str, attributes: &Map) -> Result<(), Error> {
        let live = look(self, aws, id, &Map::default()).await.map(|live| live.attributes);
        for (direction, first) in [(Direction::Ingress, vec![]), (Direction::Egress, vec![Rule::everywhere()])] {
            if attributes.get(direction.attribute()).is_some() {
                let before = live.as_ref().map_or(first, |live| Rule::declared(live, direction));
                let change = RuleChange::between(&before, &Rule::declared(attributes, direction));
                send(aws, id, direction, change).await?;
            }
        }
        Ok(())
    }
}

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<Object>, Error> {
    let call = aws.read.ec2.describe_security_groups().filters(filter).max_results(PAGE);
    let pages = call.into_paginator().items().send();
    let groups: Result<Vec<SecurityGroup>, _> = pages.collect::<Result<_, _>>().await;
    let groups = groups.map_err(CODES.read("ec2:DescribeSecurityGroups"))?;
    Ok(groups.iter().filter_map(from_response).collect())
}

/// Sends a change of rules: what is new first, so that no wanted traffic is cut off in between.
async fn send(aws: &Clients, id: &str, direction: Direction, change: RuleChange) -> Result<(), Error> {
    let ec2 = &aws.write.ec2;
    let permissions = |rules: &[Rule]| Some(rules.iter().map(|rule| rule.to_permission(id)).collect());
    let RuleChange { authorize, describe, revoke } = change;
    if !authorize.is_empty() {
        let rules = permissions(&authorize);
        let sent = match direction {
            Direction::Ingress => {
                let call = ec2.authorize_security_group_ingress().group_id(id).set_ip_permissions(rules);
                call.send().await.map(drop).map_err(CODES.write("ec2:AuthorizeSecurityGroupIngress"))
            }
            Direction::Egress => {
                let call = ec2.authorize_security_group_egress().group_id(id).set_ip_permissions(rules);
                call.send().await.map(drop).map_err(CODES.write("ec2:AuthorizeSecurityGroupEgress"))
            }
        };
        sent.map_err(|error| about_rules(id, error))?;
    }
    if !describe.is_empty() {
        let rules = permissions(&describe);
        let sent = match direction {
            Direction::Ingress => {
                let call = ec2.update_security_group_rule_descriptions_ingress().group_id(id).set_ip_permissions(rules);
                call.send().await.map(drop).map_err(CODES.write("ec2:UpdateSecurityGroupRuleDescriptionsIngress"))
            }
            Direction::Egress => {
                let call = ec2.update_security_group_rule_descriptions_egress().group_id(id).set_ip_permissions(rules);
                call.send().await.map(drop).map_err(CODES.write("ec2:UpdateSecurityGroupRuleDescriptionsEgress"))
            }
        };
        sent.map_err(|error| about_rules(id, error))?;
    }
    if !revoke.is_empty() {
        let rules = permissions(&revoke);
        let sent = match direction {
            Direction::Ingress => {
                let call = ec2.revoke_security_group_ingress().group_id(id).set_ip_permissions(rules);
                call.send().await.map(drop).map_err(CODES.write("ec2:RevokeSecurityGroupIngress"))
            }
            Direction::Egress => {
                let call = ec2.revoke_security_group_egress().group_id(id).set_ip_permissions(rules);
                call.send().await.map(drop).map_err(CODES.write("ec2:RevokeSecurityGroupEgress"))
            }
        };
        sent.map_err(|error| about_rules(id, error))?;
    }
    Ok(())
}

/// The error of a call about rules. A rule that is there or gone already means that somebody else changed the group since
/// it was read: the engine looks again. A group that is not found may be another one, at the other side of a rule.
fn about_rules(id: &str, error: Error) -> Error {
    let class = match error.code.as_str() {
        "InvalidPermission.Duplicate" | "InvalidPermission.NotFound" => Class::Unknown,
        _ if error.class == Class::NotFound && !error.message.contains(id) => Class::Wait,
        _ => error.class,
    };
    Error { class, ..error }
}

/// A live group in the schema's terms.
pub(crate) fn from_response(group: &SecurityGroup) -> Option<Object> {
    let tags = ec2::tags(group.tags());
    let id = group.group_id()?;
    let rules = |permissions| Rule::live(permissions, id).into_iter().map(|rule| rule.to_block());
    let fields = Fields::new()
        .text("vpc_id", group.vpc_id())
        .text("name", group.group_name())
        .text("description", group.description())
        .blocks("ingress", rules(group.ip_permissions()))
        .blocks("egress", rules(group.ip_permissions_egress()))
        .value("tags", Some(tags.attribute.into()))
        .text("id", Some(id))
        .text("owner_id", group.owner_id());
    Some(Object {
        id: id.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateSecurityGroup.
pub(crate) fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateSecurityGroupInputBuilder {
    CreateSecurityGroupInputBuilder::default()
        .set_vpc_id(text(attributes, "vpc_id").map(str::to_owned))
        .group_name(text(attributes, "name").map_or_else(|| generated_name(mark), str::to_owned))
        .description(text(attributes, "description").unwrap_or(DESCRIPTION))
        .tag_specifications(ec2::tag_specification(ResourceType::SecurityGroup, at_create(attributes, mark)))
}

/// The name of a group that declares none. It may not begin with `sg-` (EC2 API reference, CreateSecurityGroup).
fn generated_name(mark: &OwnerMark) -> String {
    // Names have at most 255 characters.
    const READABLE: usize = 200;
    let name = ec2::generated_name(mark, READABLE);
    if name.starts_with("sg-") { format!("group-{name}") } else { name }
}

#[cfg(test)]
mod tests;
