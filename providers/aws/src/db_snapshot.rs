//! `aws.db_snapshot`: DescribeDBSnapshots takes no filter on several names, so one is read by name and several from the list of all
//! that people made. Tags come with them.

use async_trait::async_trait;
use aws_sdk_rds::operation::create_db_snapshot::builders::CreateDbSnapshotInputBuilder;
use aws_sdk_rds::types::DbSnapshot;
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, answers, marked, settled};
use crate::named::{self, in_lower_case, only};
use crate::rds::{self, PAGE};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::DbSnapshot::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"],
    already_exists: &["DBSnapshotAlreadyExists", "DBSnapshotAlreadyExistsFault"],
};

/// The kind.
pub(crate) struct DbSnapshotKind;

#[async_trait]
impl Kind for DbSnapshotKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["rds:DescribeDBSnapshots"],
            read_each: &[],
            create: &["rds:CreateDBSnapshot", "rds:AddTagsToResource"],
            update: &["rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
            delete: &["rds:DeleteDBSnapshot"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let questions = in_lower_case(questions);
        Ok(answers(&questions, describe(aws, only(&questions)).await?))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        // What an instance copied its tags to carries the mark of the instance.
        let mut found = marked(describe(aws, None).await?, stack);
        found.retain(|(mark, _)| mark.address.kind() == &*SCHEMA.kind);
        Ok(found)
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        let made = call.send_with(&aws.write.rds).await.map_err(CODES.write("rds:CreateDBSnapshot"))?;
        let id = text(attributes, "identifier").unwrap_or_default().to_lowercase();
        // Where the instance copies its tags, its mark and this one are two values of one key, and nothing says which stays.
        let shown = made.db_snapshot().and_then(from_response).and_then(|made| made.owner);
        if shown.is_some_and(|mark| mark != request.mark) {
            complete(self, aws, &id, || self.mark(aws, &id, &request.mark)).await?;
        }
        Ok(settled(self, aws, &id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        rds::update_tags(aws, CODES, &arn(aws, &request.id).await?, request).await?;
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.rds.delete_db_snapshot().db_snapshot_identifier(request.id.as_str());
        call.send().await.map_err(CODES.write("rds:DeleteDBSnapshot"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        rds::mark(aws, CODES, &arn(aws, id).await?, mark).await
    }
}

/// The snapshots of the account that RDS did not make by itself, or the one of this name if it is there.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<Object>, Error> {
    let call = aws.read.rds.describe_db_snapshots().snapshot_type("manual").max_records(PAGE);
    let call = call.set_db_snapshot_identifier(only.map(str::to_owned));
    let snapshots = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match snapshots.map_err(CODES.read("rds:DescribeDBSnapshots")) {
        Ok(snapshots) => Ok(snapshots.iter().filter_map(from_response).collect()),
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    named::arn(describe(aws, Some(id)).await?.pop(), "DB snapshot", id)
}

/// A live snapshot in the schema's terms.
fn from_response(snapshot: &DbSnapshot) -> Option<Object> {
    let name = snapshot.db_snapshot_identifier()?.to_lowercase();
    let tags = rds::tags(snapshot.tag_list());
    let fields = Fields::new()
        .text("identifier", Some(&name))
        .text("db_instance_identifier", snapshot.db_instance_identifier())
        .text("arn", snapshot.db_snapshot_arn())
        .text("engine", snapshot.engine())
        .text("engine_version", snapshot.engine_version())
        .integer("allocated_storage", snapshot.allocated_storage())
        .flag("encrypted", snapshot.encrypted())
        .text("kms_key_id", snapshot.kms_key_id())
        .value("tags", Some(tags.attribute.into()));
    Some(Object {
        id: name.as_str().into(),
        phase: phase(snapshot.status().unwrap_or_default()),
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// The phase of a status (RDS API reference, DBSnapshot: `available`, `creating`, `copying`, `failed` and others).
fn phase(status: &str) -> Phase {
    match status {
        "available" => Phase::Ready,
        "creating" => Phase::Creating,
        "deleting" => Phase::Deleting,
        "failed" => Phase::Failed,
        _ => Phase::Updating,
    }
}

/// CreateDBSnapshot.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateDbSnapshotInputBuilder {
    CreateDbSnapshotInputBuilder::default()
        .set_db_snapshot_identifier(text(attributes, "identifier").map(str::to_owned))
        .set_db_instance_identifier(text(attributes, "db_instance_identifier").map(str::to_owned))
        .set_tags(Some(rds::to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::Tag;
    use flashinfra_plans::{Address, OwnerMark, Phase, map};

    use super::{DbSnapshot, from_response, to_create};

    fn mark() -> OwnerMark {
        let address = Address::parse("aws.db_snapshot/before").unwrap();
        OwnerMark { stack: "c5b0".into(), address, generation: 1 }
    }

    #[test]
    fn a_create_carries_instance_and_mark() {
        let attributes = map! { "identifier" => "before-17", "db_instance_identifier" => "shop" };
        let request = to_create(&attributes, &mark()).build().unwrap();
        assert_eq!(request.db_snapshot_identifier(), Some("before-17"));
        assert_eq!(request.db_instance_identifier(), Some("shop"));
        assert_eq!(request.tags()[0].value(), Some("c5b0/1/aws.db_snapshot/before"));
    }

    #[test]
    fn a_snapshot_is_read_in_the_schemas_terms() {
        let snapshot = |status: &str| {
            DbSnapshot::builder()
                .db_snapshot_identifier("Before-17")
                .db_instance_identifier("shop")
                .engine("postgres")
                .engine_version("16.4")
                .allocated_storage(100)
                .encrypted(false)
                .status(status)
                .tag_list(Tag::builder().key("flashinfra").value("c5b0/1/aws.db_snapshot/before").build())
                .build()
        };
        let object = from_response(&snapshot("available")).unwrap();
        assert_eq!((object.id.as_str(), object.phase, object.owner), ("before-17", Phase::Ready, Some(mark())));
        let expected = map! {
            "identifier" => "before-17", "db_instance_identifier" => "shop", "engine" => "postgres",
            "engine_version" => "16.4", "allocated_storage" => 100, "encrypted" => false, "tags" => map! {},
        };
        assert_eq!(object.attributes, expected);
        for (status, phase) in [("creating", Phase::Creating), ("failed", Phase::Failed), ("copying", Phase::Updating)]
        {
            assert_eq!(from_response(&snapshot(status)).unwrap().phase, phase, "{status}");
        }
    }
}
