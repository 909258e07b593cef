//! `aws.cloudwatch_log_group`: DescribeLogGroups by name, of many by the beginning that their names share, and
//! ListTagsForResource for each.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::operation::create_log_group::builders::CreateLogGroupInputBuilder;
use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, flag, int32, text};
use crate::kind::{Kind, answers, changes, marked, settled};
use crate::tags::{Pair, TagChange, Tags, at_create, mark_pair, tagged};

const SCHEMA: &Schema = flashinfra_stacks_aws::CloudwatchLogGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException"],
    already_exists: &["ResourceAlreadyExistsException"],
};

/// The most that DescribeLogGroups puts on one page.
const PAGE: i32 = 50;

/// From how many groups on they are asked for together. An account has thousands of groups, most of them of others, so that a
/// beginning which few names share costs more than it saves.
const MANY: usize = 11;

/// The kind.
pub(crate) struct CloudwatchLogGroupKind;

#[async_trait]
impl Kind for CloudwatchLogGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["logs:DescribeLogGroups"],
            read_each: &["logs:ListTagsForResource"],
            create: &["logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"],
            update: &[
                "logs:PutRetentionPolicy",
                "logs:DeleteRetentionPolicy",
                "logs:AssociateKmsKey",
                "logs:DisassociateKmsKey",
                "logs:PutLogGroupDeletionProtection",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            delete: &["logs:DeleteLogGroup"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let names: Vec<&str> = questions.iter().map(|question| question.id.as_str()).collect();
        let pages = prefixes(&names).into_iter().map(|prefix| describe(aws, Some(prefix)));
        let groups: Vec<Vec<LogGroup>> = fan_out(pages.collect()).await.into_iter().collect::<Result<_, _>>()?;
        let mut groups: Vec<LogGroup> = groups.into_iter().flatten().collect();
        groups.retain(|group| group.log_group_name().is_some_and(|name| names.contains(&name)));
        let objects = with_tags(aws, groups).await.into_iter().map(|(object, _)| object);
        Ok(answers(questions, objects))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let groups = describe(aws, None).await?;
        let objects = with_tags(aws, groups).await.into_iter().filter_map(|(object, unread)| match unread {
            None => Some(Ok(object)),
            // The groups of others may be closed to us, ours are not; and one may have gone since it was listed.
            Some(error) if matches!(error.class, Class::AskPerson | Class::NotFound) => None,
            Some(error) => Some(Err(error)),
        });
        Ok(marked(objects.collect::<Result<Vec<_>, _>>()?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.logs).await.map_err(CODES.write("logs:CreateLogGroup"))?;
        let name = text(attributes, "name").unwrap_or_default();
        if attributes.get("retention_in_days").is_some() {
            complete(self, aws, name, || retain(aws, name, attributes)).await?;
        }
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let (id, attributes, logs) = (request.id.as_str(), &request.inputs.attributes, &aws.write.logs);
        if changes(request, "tags") {
            update_tags(aws, request).await?;
        }
        if changes(request, "retention_in_days") {
            retain(aws, id, attributes).await?;
        }
        if changes(request, "kms_key_id") {
            match text(attributes, "kms_key_id") {
                Some(key) => {
                    let call = logs.associate_kms_key().log_group_name(id).kms_key_id(key);
                    call.send().await.map_err(CODES.write("logs:AssociateKmsKey"))?;
                }
                None => {
                    let call = logs.disassociate_kms_key().log_group_name(id);
                    call.send().await.map_err(CODES.write("logs:DisassociateKmsKey"))?;
                }
            }
        }
        let protection = flag(attributes, "deletion_protection_enabled");
        if let Some(wanted) = protection.filter(|_| changes(request, "deletion_protection_enabled")) {
            let call = logs.put_log_group_deletion_protection().log_group_identifier(id);
            let call = call.deletion_protection_enabled(wanted);
            call.send().await.map_err(CODES.write("logs:PutLogGroupDeletionProtection"))?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.logs.delete_log_group().log_group_name(request.id.as_str());
        call.send().await.map_err(CODES.write("logs:DeleteLogGroup"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        tag(aws, &arn(aws, id).await?, vec![mark_pair(mark)]).await
    }
}

/// What to ask for, so that groups of these names are in the answer: each name, or what many of them begin with.
fn prefixes<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let Some((first, rest)) = names.split_first().filter(|_| names.len() >= MANY) else { return names.to_vec() };
    let shared = |prefix: &'a str, name: &&str| {
        let same = prefix.bytes().zip(name.bytes()).take_while(|(ours, theirs)| ours == theirs).count();
        // Names are ASCII (CloudWatch Logs API reference, CreateLogGroup); what is not is asked for by less.
        prefix.get(..same).unwrap_or_default()
    };
    match rest.iter().fold(*first, shared) {
        "" => names.to_vec(),
        prefix => vec![prefix],
    }
}

/// The groups whose names begin so, or all of the account.
async fn describe(aws: &Clients, prefix: Option<&str>) -> Result<Vec<LogGroup>, Error> {
    let call = aws.read.logs.describe_log_groups().limit(PAGE);
    let call = call.set_log_group_name_prefix(prefix.map(str::to_owned));
    let groups: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    groups.map_err(CODES.read("logs:DescribeLogGroups"))
}

async fn arn(aws: &Clients, name: &str) -> Result<String, Error> {
    let group = describe(aws, Some(name)).await?.into_iter().find(|group| group.log_group_name() == Some(name));
    let arn = group.as_ref().and_then(plain_arn).map(str::to_owned);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no log group `{name}`")))
}

/// The ARN that stands for the group. The other one, with `:*` at its end, stands for all that is in it.
fn plain_arn(group: &LogGroup) -> Option<&str> {
    group.log_group_arn().or_else(|| group.arn().map(|arn| arn.trim_end_matches(":*")))
}

/// Each group with its tags, or with why they could not be read.
async fn with_tags(aws: &Clients, groups: Vec<LogGroup>) -> Vec<(Object, Option<Error>)> {
    let objects = groups.into_iter().map(|group| async move {
        let object = from_response(&group)?;
        let call = aws.read.logs.list_tags_for_resource().resource_arn(plain_arn(&group).unwrap_or_default());
        let tags = call.send().await.map(|listed| {
            let pairs = listed.tags().into_iter().flatten();
            Tags::read(pairs.map(|(key, value)| (key.as_str(), value.as_str())))
        });
        Some(tagged(object, tags.map_err(CODES.read("logs:ListTagsForResource"))))
    });
    fan_out(objects.collect()).await.into_iter().flatten().collect()
}

/// Sets for how long entries are kept; without a retention policy that is for ever.
async fn retain(aws: &Clients, name: &str, attributes: &Map) -> Result<(), Error> {
    match int32(attributes, "retention_in_days") {
        Some(days) => {
            let call = aws.write.logs.put_retention_policy().log_group_name(name).retention_in_days(days);
            call.send().await.map(drop).map_err(CODES.write("logs:PutRetentionPolicy"))
        }
        None => {
            let call = aws.write.logs.delete_retention_policy().log_group_name(name);
            call.send().await.map(drop).map_err(CODES.write("logs:DeleteRetentionPolicy"))
        }
    }
}

async fn update_tags(aws: &Clients, update: &Update) -> Result<(), Error> {
    let arn = arn(aws, &update.id).await?;
    let TagChange { set, remove } = TagChange::of(update);
    if !set.is_empty() {
        tag(aws, &arn, set).await?;
    }
    if !remove.is_empty() {
        let call = aws.write.logs.untag_resource().resource_arn(arn).set_tag_keys(Some(remove));
        call.send().await.map_err(CODES.write("logs:UntagResource"))?;
    }
    Ok(())
}

async fn tag(aws: &Clients, arn: &str, pairs: Vec<Pair>) -> Result<(), Error> {
    let call = aws.write.logs.tag_resource().resource_arn(arn).set_tags(Some(HashMap::from_iter(pairs)));
    call.send().await.map_err(CODES.write("logs:TagResource"))?;
    Ok(())
}

/// A live group in the schema's terms, without its tags.
fn from_response(group: &LogGroup) -> Option<Object> {
    let fields = Fields::new()
        .text("name", group.log_group_name())
        .integer("retention_in_days", group.retention_in_days())
        .text("kms_key_id", group.kms_key_id())
        .text("log_group_class", group.log_group_class().map(LogGroupClass::as_str))
        .flag("deletion_protection_enabled", group.deletion_protection_enabled())
        .text("arn", plain_arn(group));
    Some(Object {
        id: group.log_group_name()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// CreateLogGroup.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateLogGroupInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateLogGroupInputBuilder::default()
        .set_log_group_name(owned("name"))
        .set_kms_key_id(owned("kms_key_id"))
        .set_log_group_class(text(attributes, "log_group_class").map(LogGroupClass::from))
        .set_deletion_protection_enabled(flag(attributes, "deletion_protection_enabled"))
        .set_tags(Some(HashMap::from_iter(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, map};

    use super::{LogGroup, LogGroupClass, MANY, OwnerMark, from_response, prefixes, to_create};

    #[test]
    fn a_create_carries_tags_and_mark() {
        let address = Address::parse("aws.cloudwatch_log_group/api").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let attributes = map! {
            "name" => "/shop/api", "retention_in_days" => 30, "log_group_class" => "INFREQUENT_ACCESS",
            "tags" => map! { "Name" => "api" },
        };
        let request = to_create(&attributes, &mark).build().unwrap();
        assert_eq!(request.log_group_name(), Some("/shop/api"));
        assert_eq!(request.log_group_class(), Some(&LogGroupClass::InfrequentAccess));
        let tags = request.tags().unwrap();
        let tag = |key| tags.get(key).map(String::as_str);
        assert_eq!((tag("Name"), tag("flashinfra")), (Some("api"), Some("c5b0/1/aws.cloudwatch_log_group/api")));
    }

    #[test]
    fn a_group_that_keeps_all_for_ever_has_no_retention() {
        let arn = "arn:aws:logs:eu-west-1:1:log-group:/shop/api";
        let group = LogGroup::builder().log_group_name("/shop/api").arn(format!("{arn}:*"));
        let object = from_response(&group.clone().build()).unwrap();
        assert_eq!(object.attributes, map! { "name" => "/shop/api", "arn" => arn });
        let kept = from_response(&group.retention_in_days(30).log_group_arn(arn).build()).unwrap();
        assert_eq!(kept.attributes, map! { "name" => "/shop/api", "retention_in_days" => 30, "arn" => arn });
    }

    #[test]
    fn many_are_asked_for_by_what_their_names_share() {
        let few = ["/aws/eks/a", "/aws/rds/b"];
        assert_eq!(prefixes(&few), few);
        let names: Vec<String> = (0..MANY).map(|number| format!("/shop/{number}/log")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(prefixes(&names), ["/shop/"]);
        let strangers: Vec<&str> = names.iter().copied().chain(["other"]).collect();
        assert_eq!(prefixes(&strangers), strangers, "all of the account would be asked for");
    }
}
