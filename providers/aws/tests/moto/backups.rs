//! The conformance suite for backups.

use flashinfra_plans::{Map, Value, map};
use flashinfra_providers::conformance::Case;

use crate::conformance::{conforms_on_each, tags};
use crate::reads::since;
use crate::world::{Server, World, schema, texts};

#[tokio::test]
async fn backup_vault() {
    conforms_on_each("conformance-vault", async |_: &World| {
        let attributes = map! { "name" => "conformance-vault", "tags" => tags(&[("Name", "shop")]) };
        Case::new(schema("aws.backup_vault"), attributes)
            .unknown_id("conformance-vault-unknown")
            .update("tags", tags(&[("Owner", "data")]))
            .clear("tags")
            .replacement("name", "conformance-other".into())
    })
    .await;
}

/// A rule of this name that makes backups at this time and keeps copies of them elsewhere.
fn rule(name: &str, when: &str) -> Value {
    let kept = map! { "delete_after_days" => 30 };
    let copy = map! {
        "destination_backup_vault_arn" => "arn:aws:backup:eu-west-1:123456789012:backup-vault:shop",
        "lifecycle" => kept.clone(),
    };
    map! {
        "rule_name" => name, "target_backup_vault" => "shop", "schedule_expression" => when, "lifecycle" => kept,
        "copy_actions" => vec![Value::from(copy)], "recovery_point_tags" => tags(&[("Made", name)]),
    }
    .into()
}

fn selection(name: &str, parts: Map) -> Value {
    let role = "arn:aws:iam::123456789012:role/backup";
    let selection = map! { "selection_name" => name, "iam_role_arn" => role };
    parts.iter().fold(selection, |all, (name, value)| all.with(name.clone(), value.clone())).into()
}

/// Everything, and what has a tag.
fn selections() -> Value {
    let tag = |key: &str| vec![Value::from(map! { "condition_key" => key, "condition_value" => "daily" })];
    let tagged = map! {
        "resources" => texts(["*"]), "conditions" => map! { "string_equals" => tag("aws:ResourceTag/Backup") },
    };
    let either = map! { "list_of_tags" => tag("Backup"), "not_resources" => texts(["arn:aws:s3:::*"]) };
    vec![selection("either", either), selection("tagged", tagged)].into()
}

#[tokio::test]
async fn backup_plan() {
    conforms_on_each("conformance-backups", async |world: &World| {
        let attributes = map! {
            "name" => "conformance-backups", "rules" => vec![rule("daily", "cron(0 2 * * ? *)")],
            "tags" => tags(&[("Name", "shop")]),
        };
        // A create would try for a minute to make selections where there are none.
        let attributes = match world.server {
            Server::Moto => attributes,
            Server::Ministack => {
                attributes.with("selections", vec![selection("all", map! { "resources" => texts(["*"]) })].into())
            }
        };
        let weekly = map! { "rule_name" => "weekly", "target_backup_vault" => "shop" };
        let rules = vec![rule("daily", "cron(0 3 * * ? *)"), weekly.into()];
        Case::new(schema("aws.backup_plan"), attributes)
            .unknown_id("0b5fb2f8-dcbb-4a3f-9a4d-000000000000")
            .update("rules", rules.into())
            .update("selections", selections())
            .clear("selections")
            .update("name", "conformance-other".into())
            .update("tags", tags(&[("Owner", "data")]))
            .clear("tags")
    })
    .await;
}

/// What a plan that selects nothing costs, and one that does; a changed selection leaves the others alone.
#[tokio::test]
async fn selections_cost_calls_where_they_are_declared() {
    let world = World::on(Server::Ministack, "reads-backups").await;
    let kind = "aws.backup_plan";
    let attributes = map! { "name" => "reads-backups", "rules" => vec![rule("daily", "cron(0 2 * * ? *)")] };
    let selecting = attributes.clone().with("selections", selections());
    let plan = world.make(kind, "main", selecting.clone()).await;
    let before = world.provider.calls();
    world.live(kind, &plan.id, &attributes).await;
    assert_eq!(since(&before, &world.provider.calls()), "backup:GetBackupPlan 1, backup:ListTags 1");
    let before = world.provider.calls();
    world.live(kind, &plan.id, &selecting).await;
    assert_eq!(
        since(&before, &world.provider.calls()),
        "backup:GetBackupPlan 1, backup:GetBackupSelection 2, backup:ListBackupSelections 1, backup:ListTags 1"
    );
    world.delete(kind, &plan.id).await;
}
