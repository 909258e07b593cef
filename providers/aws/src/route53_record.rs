//! `aws.route53_record`: one list of a zone for all of its records.

mod set;

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_route53::error::SdkError;
use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet, RrType};
use flashinfra_plans::compare::is_live;
use flashinfra_plans::{Live, Object, OwnerMark};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::kind::{Kind, answers, settled};
use crate::route53::in_sync;

const SCHEMA: &Schema = flashinfra_stacks_aws::Route53Record::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["NoSuchHostedZone"], already_exists: &[] };

/// The most that Route 53 puts on one page.
const PAGE: i32 = 300;

/// The kind.
pub(crate) struct Route53RecordKind;

#[async_trait]
impl Kind for Route53RecordKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["route53:ListResourceRecordSets"],
            read_each: &[],
            create: &["route53:ChangeResourceRecordSets", "route53:GetChange"],
            update: &["route53:ChangeResourceRecordSets", "route53:GetChange"],
            delete: &["route53:ChangeResourceRecordSets", "route53:GetChange"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let mut zones: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, question) in questions.iter().enumerate() {
            zones.entry(zone_of(&question.id)).or_default().push(index);
        }
        let reads = zones.into_iter().map(|(zone, indices)| async move {
            let asked: Vec<Question> = indices.iter().filter_map(|index| questions.get(*index)).cloned().collect();
            indices.into_iter().zip(of_zone(aws, zone, &asked).await).collect::<Vec<_>>()
        });
        let mut lives: Vec<(usize, Live)> = fan_out(reads.collect()).await.into_iter().flatten().collect();
        lives.sort_by_key(|(index, _)| *index);
        Ok(lives.into_iter().map(|(_, live)| live).collect())
    }

    async fn find(&self, _: &Clients, _: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Err(Error::new(Class::FixInput, "Route 53 keeps no tags on records"))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let id = set::declared_id(SCHEMA, attributes).ok_or_else(|| incomplete("zone, name and type"))?;
        let new = set::to_set(attributes).ok_or_else(|| incomplete("name, type and values"))?;
        change(aws, zone_of(&id), vec![(ChangeAction::Create, new)]).await?;
        Ok(settled(self, aws, &id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let old = found(aws, &request.id).await?;
        let new = set::to_set(attributes).ok_or_else(|| incomplete("name, type and values"))?;
        let live = set::to_object(zone_of(&request.id), &old).attributes;
        if request.changed.iter().all(|name| is_live(SCHEMA, name, attributes, &live)) {
            // A change whose reply was lost: it would now replace the record by itself, which not every server takes.
            return Ok(settled(self, aws, &request.id, attributes).await);
        }
        // Route 53 deletes only what is as it is said to be, so that this replaces what was just read and nothing else.
        change(aws, zone_of(&request.id), vec![(ChangeAction::Delete, old), (ChangeAction::Create, new)]).await?;
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let old = found(aws, &request.id).await?;
        change(aws, zone_of(&request.id), vec![(ChangeAction::Delete, old)]).await?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, _: &Clients, _: &str, _: &OwnerMark) -> Result<(), Error> {
        Ok(())
    }
}

fn incomplete(what: &str) -> Error {
    Error::new(Class::FixInput, format!("a record needs its {what}"))
}

/// The zone in the id of a record.
fn zone_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

/// The answers to the questions about one zone.
async fn of_zone(aws: &Clients, zone: &str, questions: &[Question]) -> Vec<Live> {
    let sets = match questions {
        [question] => one(aws, &question.id).await.map(|set| set.into_iter().collect()),
        _ => all(aws, zone).await,
    };
    match sets {
        Ok(sets) => answers(questions, sets.iter().map(|found| set::to_object(zone, found))),
        Err(error) if is_no_zone(&error) => vec![Live::Absent; questions.len()],
        Err(error) => vec![Live::Unreadable { reason: error.to_string().into() }; questions.len()],
    }
}

/// Whether there is no such zone, or none could have this id.
fn is_no_zone(error: &Error) -> bool {
    error.class == Class::NotFound || error.code == "InvalidInput"
}

/// Where a list begins.
struct From {
    name: String,
    record_type: RrType,
    identifier: Option<String>,
}

/// All records of a zone.
async fn all(aws: &Clients, zone: &str) -> Result<Vec<ResourceRecordSet>, Error> {
    let mut sets = Vec::new();
    let mut from = None;
    loop {
        let (page, next) = page(aws, zone, from, PAGE).await?;
        sets.extend(page);
        if next.is_none() {
            return Ok(sets);
        }
        from = next;
    }
}

/// One record of a zone, which may have thousands.
async fn one(aws: &Clients, id: &str) -> Result<Option<ResourceRecordSet>, Error> {
    let zone = zone_of(id);
    let from = set::parts_of(id).map(|(name, record_type, identifier)| From {
        name: name.to_owned(),
        record_type: RrType::from(record_type),
        identifier: identifier.map(str::to_owned),
    });
    let is_it = |found: &ResourceRecordSet| set::to_object(zone, found).id == id;
    match from {
        // More than one is asked for, since not every server begins exactly there.
        Some(from) => Ok(page(aws, zone, Some(from), PAGE).await?.0.into_iter().find(is_it)),
        None => Ok(all(aws, zone).await?.into_iter().find(is_it)),
    }
}

async fn page(
    aws: &Clients,
    zone: &str,
    from: Option<From>,
    most: i32,
) -> Result<(Vec<ResourceRecordSet>, Option<From>), Error> {
    let call = aws.read.route53.list_resource_record_sets().hosted_zone_id(zone).max_items(most);
    let call = match from {
        Some(From { name, record_type, identifier }) => {
            let call = call.start_record_name(name).start_record_type(record_type);
            call.set_start_record_identifier(identifier)
        }
        None => call,
    };
    let answer = call.send().await.map_err(CODES.read("route53:ListResourceRecordSets"))?;
    let next = match (answer.is_truncated, answer.next_record_name, answer.next_record_type) {
        (true, Some(name), Some(record_type)) => {
            Some(From { name, record_type, identifier: answer.next_record_identifier })
        }
        _ => None,
    };
    Ok((answer.resource_record_sets, next))
}

/// A record as Route 53 has it, for a change that has to say so.
async fn found(aws: &Clients, id: &str) -> Result<ResourceRecordSet, Error> {
    let not_found = || Error::new(Class::NotFound, format!("there is no record `{id}`"));
    match one(aws, id).await {
        Ok(found) => found.ok_or_else(not_found),
        Err(error) if is_no_zone(&error) => Err(not_found()),
        Err(error) => Err(error),
    }
}

/// Makes changes of a zone, all or none, and waits until all name servers have them.
async fn change(aws: &Clients, zone: &str, changes: Vec<(ChangeAction, ResourceRecordSet)>) -> Result<(), Error> {
    let changes = changes
        .into_iter()
        .filter_map(|(action, set)| Change::builder().action(action).resource_record_set(set).build().ok());
    // There are changes, each with its action, which is all that building can lack.
    let batch = ChangeBatch::builder().set_changes(Some(changes.collect())).build().ok();
    let call = aws.write.route53.change_resource_record_sets().hosted_zone_id(zone).set_change_batch(batch);
    let done = call.send().await.map_err(refused)?;
    in_sync(aws, done.change_info()).await;
    Ok(())
}

/// What a refused change means. Route 53 has one code for all that it refuses, and tells the reasons in a list.
fn refused(error: SdkError<ChangeResourceRecordSetsError>) -> Error {
    let reasons = match error.as_service_error() {
        Some(ChangeResourceRecordSetsError::InvalidChangeBatch(batch)) => batch.messages().join("; "),
        _ => String::new(),
    };
    let mut error = CODES.write("route53:ChangeResourceRecordSets")(error);
    if error.code == "InvalidChangeBatch" {
        if !reasons.is_empty() && !error.message.contains(&reasons) {
            error.message = format!("{} {reasons}", error.message);
        }
        error.class = refusal(&error.message);
    }
    error
}

/// The class of a refusal, by its words (Route 53 developer guide, "I get an InvalidChangeBatch error").
fn refusal(message: &str) -> Class {
    if message.contains("already exists") {
        Class::AlreadyExists
    } else if message.contains("but it was not found") || message.contains("do not match the current values") {
        // It is not as it was when it was read: it is read again.
        Class::Retry
    } else {
        Class::FixInput
    }
}

#[cfg(test)]
mod tests;
