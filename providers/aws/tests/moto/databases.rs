//! Databases: what they are made from, how they change, and their parameter groups.

use flashinfra_plans::{Live, Phase, Value, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Inputs, Update};

use crate::conformance::{conforms_but, conforms_on_each, database, tags};
use crate::world::{Server, World, schema, texts};

/// More parameters than one call takes, one of them static; one of those that were there goes back to the default.
#[tokio::test]
async fn db_parameter_group() {
    conforms_on_each("conformance-parameter-group", async |_: &World| {
        let many: Vec<(String, &str)> = (0..25).map(|number| (format!("parameter_{number}"), "1")).collect();
        let many = many.iter().map(|(name, value)| (name.as_str(), *value));
        let changed: Vec<_> = [("work_mem", "16384"), ("shared_buffers", "32768")].into_iter().chain(many).collect();
        Case::new(
            schema("aws.db_parameter_group"),
            map! {
                "name" => "conformance-parameters", "family" => "postgres16", "description" => "for the shop",
                "parameters" => tags(&[("work_mem", "8192"), ("log_statement", "ddl")]),
                "tags" => tags(&[("Name", "databases")]),
            },
        )
        .unknown_id("conformance-parameters-unknown")
        .update("tags", tags(&[("Owner", "data")]))
        .update("parameters", tags(&changed))
        .replacement("family", "postgres17".into())
    })
    .await;
}

#[tokio::test]
async fn db_snapshot() {
    conforms_on_each("conformance-snapshot", async |world: &World| {
        let of = world.make("aws.db_instance", "main", database("conformance-snapshot")).await;
        let other = world.make("aws.db_instance", "other", database("conformance-snapshot-other")).await;
        Case::new(
            schema("aws.db_snapshot"),
            map! {
                "identifier" => "conformance-before-17", "db_instance_identifier" => of.id.as_str(),
                "tags" => tags(&[("Name", "before the migration")]),
            },
        )
        .unknown_id("conformance-snapshot-unknown")
        .update("tags", tags(&[("Owner", "data")]))
        .replacement("db_instance_identifier", other.id.as_str().into())
    })
    .await;
}

#[tokio::test]
async fn a_db_instance_changes_in_place() {
    conforms_on_each("conformance-changes", async |_: &World| {
        Case::new(schema("aws.db_instance"), database("conformance-changes"))
            .unknown_id("conformance-changes-unknown")
            .update("multi_az", false.into())
            .update("max_allocated_storage", 500.into())
            .update("backup_window", "02:00-03:00".into())
            .update("maintenance_window", "mon:04:30-mon:05:30".into())
            .update("engine_version", "16".into())
            .delete_arguments(map! { "skip_final_snapshot" => true })
    })
    .await;
}

/// Only ministack defers, as RDS does.
#[tokio::test]
async fn a_change_that_waits_for_the_window_is_told() {
    let world = World::on(Server::Ministack, "deferred").await;
    let attributes = database("deferred-changes").with("apply_immediately", false.into());
    let made = world.make("aws.db_instance", "main", attributes.clone()).await;
    let wanted = attributes.with("instance_class", "db.r5.xlarge".into());
    let update = Update {
        kind: "aws.db_instance".into(),
        id: made.id.clone(),
        mark: world.mark("aws.db_instance", "main"),
        changed: vec!["instance_class".into()],
        before: map! { "instance_class" => "db.r5.large" },
        inputs: Inputs { attributes: wanted.clone(), ..Inputs::default() },
        token: "deferred".into(),
    };
    world.provider.update(&update).await.unwrap();
    let Live::Present(live) = world.live("aws.db_instance", &made.id, &wanted).await else { panic!("it is gone") };
    assert_eq!(live.attributes.get("instance_class"), Some(&Value::from("db.r5.large")));
    assert_eq!(live.attributes.get("pending_changes"), Some(&texts(["instance_class"])));
    assert_eq!((live.phase, live.unverified), (Phase::Ready, vec!["instance_class".into()]));
}

/// What a restore makes is tried in `tests/engine.rs`: what it was made from is never read back. ministack keeps little of what is
/// asked for a replica, and has no restore to a point in time.
#[tokio::test]
async fn a_read_replica() {
    let world = World::new("conformance-replica").await;
    let source = world.make("aws.db_instance", "source", database("conformance-source")).await;
    let arn = source.attributes.get("arn").unwrap().clone();
    let attributes = database("conformance-replica").with("replicate_source_db", arn);
    let other = "arn:aws:rds:us-east-1:123456789012:db:conformance-other";
    let case = Case::new(schema("aws.db_instance"), attributes)
        .unknown_id("conformance-replica-unknown")
        .update("instance_class", "db.r5.xlarge".into())
        .replacement("replicate_source_db", other.into())
        .delete_arguments(map! { "skip_final_snapshot" => true });
    let gap = ("create once", "CreateDBInstanceReadReplica takes a name that is taken");
    let _ = conforms_but(&world, case, &[gap]).await;
}
