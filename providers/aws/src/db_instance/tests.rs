use aws_sdk_rds::types::{
    DbInstance, DbParameterGroupStatus, Endpoint, MasterUserSecret, PendingModifiedValues, Tag,
    VpcSecurityGroupMembership,
};
use flashinfra_plans::value::Secret;
use flashinfra_plans::{Address, Map, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Inputs, Sensitive, Update};

use super::request::{is_named, to_create, to_delete, to_modify};
use super::response::to_object;

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.db_instance/main").unwrap(), generation: 1 }
}

fn with_password(attributes: Map) -> Inputs {
    let reference = Value::Secret(Box::new(Secret::Env { name: "DB_PASSWORD".into(), version: 1 }));
    let mut inputs = Inputs { attributes: attributes.with("master_user_password", reference), ..Inputs::default() };
    inputs.secrets.insert("master_user_password".into(), Sensitive::new("hunter2hunter2".into()));
    inputs
}

fn update(changed: &[&str], before: Map, inputs: Inputs) -> Update {
    let changed = changed.iter().copied().map(Into::into).collect();
    Update {
        kind: "aws.db_instance".into(),
        id: "main".into(),
        mark: mark(),
        changed,
        before,
        inputs,
        token: "t".into(),
    }
}

fn plain(attributes: Map) -> Inputs {
    Inputs { attributes, ..Inputs::default() }
}

#[test]
fn rds_manages_the_password_unless_there_is_one() {
    let managed = to_create(&plain(map! { "identifier" => "main", "port" => 5433 }), &mark()).build().unwrap();
    assert_eq!(managed.manage_master_user_password(), Some(true));
    assert_eq!(managed.master_user_password(), None);
    assert_eq!(managed.port(), Some(5433));
    assert_eq!(managed.tags()[0].value(), Some("c5b0/1/aws.db_instance/main"));
    let own = to_create(&with_password(map! { "identifier" => "main" }), &mark()).build().unwrap();
    assert_eq!(own.manage_master_user_password(), None);
    assert_eq!(own.master_user_password(), Some("hunter2hunter2"));
}

#[test]
fn only_what_changed_is_modified_at_once_unless_said_otherwise() {
    let attributes =
        map! { "instance_class" => "db.r6g.xlarge", "multi_az" => true, "iops" => 12000, "storage_type" => "gp3" };
    let request = to_modify(&update(&["instance_class"], map! {}, plain(attributes.clone()))).unwrap().build().unwrap();
    assert_eq!(request.db_instance_class(), Some("db.r6g.xlarge"));
    assert_eq!(request.apply_immediately(), Some(true));
    assert_eq!((request.multi_az(), request.iops(), request.storage_type()), (None, None, None));
    let later = attributes.clone().with("apply_immediately", false.into());
    let request = to_modify(&update(&["iops"], map! {}, plain(later))).unwrap().build().unwrap();
    assert_eq!(request.apply_immediately(), Some(false));
    assert_eq!((request.iops(), request.storage_type()), (Some(12000), Some("gp3")));
}

#[test]
fn tags_and_delete_arguments_modify_nothing() {
    let attributes = map! { "tags" => map! { "a" => "b" }, "skip_final_snapshot" => true };
    assert!(
        to_modify(&update(&["tags", "skip_final_snapshot", "apply_immediately"], map! {}, plain(attributes))).is_none()
    );
}

#[test]
fn a_password_of_ones_own_ends_the_managed_one() {
    let request = to_modify(&update(&["master_user_password"], map! {}, with_password(map! {})));
    let request = request.unwrap().build().unwrap();
    assert_eq!(request.master_user_password(), Some("hunter2hunter2"));
    assert_eq!(request.manage_master_user_password(), Some(false));
    let request = to_modify(&update(&["multi_az"], map! {}, with_password(map! { "multi_az" => true })));
    assert_eq!(request.unwrap().build().unwrap().master_user_password(), None);
}

#[test]
fn log_exports_are_sent_as_what_is_new_and_what_goes() {
    let types = |types: &[&str]| -> Vec<Value> { types.iter().copied().map(Value::from).collect() };
    let before = map! { "enabled_cloudwatch_logs_exports" => types(&["postgresql", "upgrade"]) };
    let after = plain(map! { "enabled_cloudwatch_logs_exports" => types(&["postgresql", "iam-db-auth-error"]) });
    let request = to_modify(&update(&["enabled_cloudwatch_logs_exports"], before, after)).unwrap().build().unwrap();
    let logs = request.cloudwatch_logs_export_configuration().unwrap();
    assert_eq!(logs.enable_log_types(), ["iam-db-auth-error"]);
    assert_eq!(logs.disable_log_types(), ["upgrade"]);
}

#[test]
fn a_last_snapshot_is_taken_unless_it_is_skipped() {
    let delete = |arguments: Map| to_delete("main", &arguments, "db-ABC").build().unwrap();
    let unsaid = delete(map! {});
    assert_eq!(unsaid.skip_final_snapshot(), Some(false));
    assert_eq!(unsaid.final_db_snapshot_identifier(), Some("main-final-abc"));
    let named = delete(map! { "final_snapshot_identifier" => "last", "delete_automated_backups" => false });
    assert_eq!(named.final_db_snapshot_identifier(), Some("last"));
    assert_eq!(named.delete_automated_backups(), Some(false));
    let skipped = delete(map! { "skip_final_snapshot" => true, "final_snapshot_identifier" => "last" });
    assert_eq!(skipped.skip_final_snapshot(), Some(true));
    assert_eq!(skipped.final_db_snapshot_identifier(), None);
    assert!(!is_named(&map! { "skip_final_snapshot" => false }));
}

#[test]
fn an_instance_is_read_in_the_schemas_terms() {
    let group =
        |id: &str, status: &str| VpcSecurityGroupMembership::builder().vpc_security_group_id(id).status(status).build();
    let instance = DbInstance::builder()
        .db_instance_identifier("main")
        .db_instance_status("available")
        .engine_version("15.7")
        .endpoint(Endpoint::builder().address("main.rds").port(5432).build())
        .vpc_security_groups(group("sg-1", "active"))
        .vpc_security_groups(group("sg-2", "removing"))
        .master_user_secret(MasterUserSecret::builder().secret_arn("arn:secret").build())
        .tag_list(Tag::builder().key("flashinfra").value(mark().to_text()).build())
        .build();
    let object = to_object(&instance, &map! {}).unwrap();
    assert_eq!((object.phase, object.owner.clone()), (Phase::Ready, Some(mark())));
    let get = |name| object.attributes.get(name).cloned();
    assert_eq!(get("port"), Some(5432.into()));
    assert_eq!(get("vpc_security_group_ids"), Some(vec![Value::from("sg-1")].into()));
    assert_eq!(get("manage_master_user_password"), Some(true.into()));
    assert_eq!(get("master_user_secret_arn"), Some("arn:secret".into()));
    assert_eq!(get("tags"), Some(map! {}.into()));
    assert_eq!(get("max_allocated_storage"), None);
}

#[test]
fn a_pending_change_of_ours_is_under_way_or_waits_for_the_window() {
    let pending = PendingModifiedValues::builder().db_instance_class("db.r6g.xlarge").engine_version("16.3").build();
    let instance = DbInstance::builder()
        .db_instance_identifier("main")
        .db_instance_status("available")
        .db_instance_class("db.r6g.large")
        .pending_modified_values(pending)
        .build();
    let names: Vec<Value> = vec!["engine_version".into(), "instance_class".into()];
    let foreign = to_object(&instance, &map! { "instance_class" => "db.r6g.large" }).unwrap();
    assert_eq!((foreign.phase, foreign.unverified), (Phase::Ready, vec![]));
    assert_eq!(foreign.attributes.get("pending_changes"), Some(&names.into()));
    let ours = map! { "instance_class" => "db.r6g.xlarge", "engine_version" => "16" };
    let at_once = to_object(&instance, &ours).unwrap();
    assert_eq!((at_once.phase, at_once.unverified), (Phase::Updating, vec![]));
    let deferred = to_object(&instance, &ours.with("apply_immediately", false.into())).unwrap();
    assert_eq!(deferred.phase, Phase::Ready);
    assert_eq!(deferred.unverified, ["engine_version", "instance_class"]);
    assert_eq!(deferred.attributes.get("instance_class"), Some(&"db.r6g.large".into()));
}

#[test]
fn a_status_says_what_the_instance_is_doing() {
    let phase = |status: &str| {
        let instance = DbInstance::builder().db_instance_identifier("main").db_instance_status(status).build();
        to_object(&instance, &map! {}).unwrap().phase
    };
    assert_eq!(phase("creating"), Phase::Creating);
    assert_eq!(phase("backing-up"), Phase::Ready);
    assert_eq!(phase("configuring-enhanced-monitoring"), Phase::Updating);
    assert_eq!(phase("deleting"), Phase::Deleting);
    assert_eq!(phase("incompatible-network"), Phase::Failed);
}

#[test]
fn what_rds_did_not_answer_is_not_verified() {
    let asked = map! { "performance_insights_enabled" => true };
    let silent = DbInstance::builder().db_instance_identifier("main").build();
    assert_eq!(to_object(&silent, &asked).unwrap().unverified, ["performance_insights_enabled"]);
    let told = DbInstance::builder().db_instance_identifier("main").performance_insights_enabled(false).build();
    assert!(to_object(&told, &asked).unwrap().unverified.is_empty());
}

#[test]
fn parameters_that_wait_for_a_reboot_are_not_verified() {
    let group = |status: &str| {
        let group = DbParameterGroupStatus::builder().db_parameter_group_name("shop").parameter_apply_status(status);
        DbInstance::builder().db_instance_identifier("main").db_parameter_groups(group.build()).build()
    };
    let asked = map! { "parameter_group_name" => "shop" };
    assert_eq!(to_object(&group("pending-reboot"), &asked).unwrap().unverified, ["parameter_group_name"]);
    assert!(to_object(&group("in-sync"), &asked).unwrap().unverified.is_empty());
    assert!(to_object(&group("pending-reboot"), &map! {}).unwrap().unverified.is_empty());
}

#[test]
fn a_replica_names_its_source_by_its_arn() {
    let replica = |source: &str| {
        let replica = DbInstance::builder().db_instance_identifier("reports");
        let replica = replica.db_instance_arn("arn:aws:rds:eu-central-1:1:db:reports");
        let object = to_object(&replica.read_replica_source_db_instance_identifier(source).build(), &map! {}).unwrap();
        object.attributes.get("replicate_source_db").cloned()
    };
    assert_eq!(replica("shop"), Some("arn:aws:rds:eu-central-1:1:db:shop".into()));
    let far = "arn:aws:rds:us-east-1:1:db:shop";
    assert_eq!(replica(far), Some(far.into()));
    assert_eq!(replica(""), None);
}

#[test]
fn a_promotion_modifies_nothing_by_itself() {
    assert!(to_modify(&update(&["replicate_source_db"], map! {}, plain(map! { "multi_az" => true }))).is_none());
}
