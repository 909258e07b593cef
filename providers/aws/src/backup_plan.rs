//! `aws.backup_plan`: GetBackupPlan and ListTags for each; of its selections, where they are asked for, a list and a call for each.

mod form;

use async_trait::async_trait;
use aws_sdk_backup::operation::get_backup_plan::GetBackupPlanOutput;
use aws_sdk_backup::types::BackupSelection;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::backup::{self, PAGE};
use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, blocks};
use crate::kind::{Kind, changes, marked, settled};
use crate::named::all_read;
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::BackupPlan::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException"],
    already_exists: &["AlreadyExistsException"],
};

/// The kind.
pub(crate) struct BackupPlanKind;

#[async_trait]
impl Kind for BackupPlanKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["backup:ListBackupPlans"],
            read_each: &[
                "backup:GetBackupPlan",
                "backup:ListTags",
                "backup:ListBackupSelections",
                "backup:GetBackupSelection",
            ],
            create: &["backup:CreateBackupPlan", "backup:TagResource", "backup:CreateBackupSelection", "iam:PassRole"],
            update: &[
                "backup:UpdateBackupPlan",
                "backup:CreateBackupSelection",
                "backup:DeleteBackupSelection",
                "backup:TagResource",
                "backup:UntagResource",
                "iam:PassRole",
            ],
            delete: &["backup:DeleteBackupSelection", "backup:DeleteBackupPlan"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async move {
            one(aws, question).await.unwrap_or_else(|error| Live::Unreadable { reason: error.to_string().into() })
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let plans = aws.read.backup.list_backup_plans().max_results(PAGE).into_paginator().items().send();
        let plans = plans.collect::<Result<Vec<_>, _>>().await.map_err(CODES.read("backup:ListBackupPlans"))?;
        let reads = plans.iter().filter_map(|plan| plan.backup_plan_id()).map(|id| get(aws, id));
        let found = fan_out(reads.collect()).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let objects = found.into_iter().flatten().map(|plan| from_response(&plan)).collect();
        Ok(marked(all_read(backup::with_tags(aws, CODES, objects).await)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let tags = backup::to_tags(at_create(attributes, &request.mark));
        let call = aws.write.backup.create_backup_plan().set_backup_plan(form::to_plan(attributes, None));
        let call = call.creator_request_id(backup::request_id(&request.token)).set_backup_plan_tags(Some(tags));
        let created = call.send().await.map_err(CODES.write("backup:CreateBackupPlan"))?;
        let Some(id) = created.backup_plan_id() else { return Err(CODES.nameless("backup:CreateBackupPlan")) };
        if !declared(attributes).is_empty() {
            complete(self, aws, id, || select(aws, id, declared(attributes))).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let (id, attributes) = (request.id.as_str(), &request.inputs.attributes);
        let live = existing(aws, id).await?;
        backup::update_tags(aws, CODES, live.backup_plan_arn().unwrap_or_default(), request).await?;
        if changes(request, "name") || changes(request, "rules") {
            let call = aws.write.backup.update_backup_plan().backup_plan_id(id);
            let call = call.set_backup_plan(form::to_plan(attributes, live.backup_plan()));
            call.send().await.map_err(CODES.write("backup:UpdateBackupPlan"))?;
        }
        if changes(request, "selections") {
            select(aws, id, declared(attributes)).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        // What is deleted stays readable; and AWS Backup deletes no plan that has selections.
        existing(aws, &request.id).await?;
        select(aws, &request.id, Vec::new()).await?;
        let call = aws.write.backup.delete_backup_plan().backup_plan_id(request.id.as_str());
        call.send().await.map_err(CODES.write("backup:DeleteBackupPlan"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let live = existing(aws, id).await?;
        backup::mark(aws, CODES, live.backup_plan_arn().unwrap_or_default(), mark).await
    }
}

/// One plan, with its selections when something is known of them.
async fn one(aws: &Clients, question: &Question) -> Result<Live, Error> {
    let Some(plan) = get(aws, &question.id).await? else { return Ok(Live::Absent) };
    let tagged = backup::with_tags(aws, CODES, vec![from_response(&plan)]).await.pop();
    let Some((mut object, _)) = tagged else { return Ok(Live::Absent) };
    if question.attributes.get("selections").is_some() {
        match selections(aws, &question.id).await {
            Ok(found) => {
                let found = Fields::new().blocks("selections", found.into_iter().map(|(_, selection)| selection));
                object.attributes = found
                    .build()
                    .iter()
                    .fold(object.attributes, |map, (name, value)| map.with(name.clone(), value.clone()));
            }
            Err(_) => object.unverified.push(Name::new_static("selections")),
        }
    }
    Ok(Live::Present(object))
}

/// A plan, unless it is not there or deleted.
async fn get(aws: &Clients, id: &str) -> Result<Option<GetBackupPlanOutput>, Error> {
    let answer = aws.read.backup.get_backup_plan().backup_plan_id(id).send().await;
    match answer.map_err(CODES.read("backup:GetBackupPlan")) {
        Ok(plan) => Ok(Some(plan).filter(|plan| plan.deletion_date().is_none())),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A plan that a write goes on from.
async fn existing(aws: &Clients, id: &str) -> Result<GetBackupPlanOutput, Error> {
    let plan = get(aws, id).await?;
    plan.ok_or_else(|| Error::new(Class::NotFound, format!("there is no backup plan `{id}`")))
}

/// A live plan in the schema's terms, without its tags and selections.
fn from_response(answer: &GetBackupPlanOutput) -> Object {
    let id = answer.backup_plan_id().unwrap_or_default();
    let fields = answer.backup_plan().map_or_else(Fields::new, form::from_plan);
    let fields =
        fields.text("id", Some(id)).text("arn", answer.backup_plan_arn()).text("version_id", answer.version_id());
    let attributes = fields.build();
    Object { id: id.into(), phase: Phase::Ready, attributes, unverified: Vec::new(), owner: None, managed_by: None }
}

/// The selections of a plan in the schema's terms, with their ids.
async fn selections(aws: &Clients, plan: &str) -> Result<Vec<(String, Map)>, Error> {
    let call = aws.read.backup.list_backup_selections().backup_plan_id(plan).max_results(PAGE);
    let listed = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let listed = listed.map_err(CODES.read("backup:ListBackupSelections"))?;
    let reads = listed.iter().filter_map(|selection| selection.selection_id()).map(|id| async move {
        let answer = aws.read.backup.get_backup_selection().backup_plan_id(plan).selection_id(id).send().await;
        match answer.map_err(CODES.read("backup:GetBackupSelection")) {
            Ok(answer) => {
                Ok(answer.backup_selection().map(|selection| (id.to_owned(), form::from_selection(selection))))
            }
            // Deleted since it was listed.
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    });
    let read = fan_out(reads.collect()).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(read.into_iter().flatten().collect())
}

/// The selections that a stack declares.
fn declared(attributes: &Map) -> Vec<BackupSelection> {
    blocks(attributes, "selections").unwrap_or_default().into_iter().filter_map(form::to_selection).collect()
}

/// Makes the selections of a plan those that are declared: what is there and not declared goes, and then what is declared and not there
/// is made. Done twice, it comes to the same.
async fn select(aws: &Clients, plan: &str, declared: Vec<BackupSelection>) -> Result<(), Error> {
    let live = selections(aws, plan).await?;
    let (gone, missing) = difference(declared, &live);
    for id in gone {
        let call = aws.write.backup.delete_backup_selection().backup_plan_id(plan).selection_id(id);
        match call.send().await.map_err(CODES.write("backup:DeleteBackupSelection")) {
            // It is about the selection: its plan is there.
            Err(error) if error.class == Class::NotFound => {}
            other => drop(other?),
        }
    }
    for selection in missing {
        let call = aws.write.backup.create_backup_selection().backup_plan_id(plan).backup_selection(selection);
        call.send().await.map_err(CODES.write("backup:CreateBackupSelection"))?;
    }
    Ok(())
}

/// Which selections are there and not declared, or more often than they are, and which are declared and not there.
fn difference(declared: Vec<BackupSelection>, live: &[(String, Map)]) -> (Vec<&str>, Vec<BackupSelection>) {
    let mut missing = declared;
    let mut gone = Vec::new();
    for (id, live) in live {
        match missing.iter().position(|selection| form::from_selection(selection) == *live) {
            Some(index) => drop(missing.remove(index)),
            None => gone.push(id.as_str()),
        }
    }
    (gone, missing)
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Map, Value, map};

    use super::{declared, difference, form};

    fn selection(name: &str, resource: &str) -> Map {
        let resources = vec![Value::from(resource)];
        map! { "selection_name" => name, "iam_role_arn" => "arn:aws:iam::1:role/backup", "resources" => resources }
    }

    #[test]
    fn only_what_differs_of_the_selections_is_touched() {
        let wanted = [selection("all", "*"), selection("data", "arn:aws:rds:*")].map(Value::from).to_vec();
        let wanted = declared(&map! { "selections" => wanted });
        let live = [
            ("kept", selection("all", "*")),
            ("changed", selection("data", "arn:aws:ec2:*")),
            // A create that was answered late and sent again.
            ("double", selection("all", "*")),
        ];
        let live = live.map(|(id, selection)| (id.to_owned(), selection));
        let (gone, missing) = difference(wanted, &live);
        assert_eq!(gone, ["changed", "double"]);
        let missing: Vec<_> = missing.iter().map(form::from_selection).collect();
        assert_eq!(missing, [selection("data", "arn:aws:rds:*")]);
    }
}
