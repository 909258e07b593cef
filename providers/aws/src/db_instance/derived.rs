//! Instances that are made from what another one holds: read replicas, and what is restored. RDS takes less for them than for a
//! new one; the engine sets the rest once the instance is up.

use aws_sdk_rds::operation::create_db_instance_read_replica::builders::CreateDbInstanceReadReplicaInputBuilder;
use aws_sdk_rds::operation::promote_read_replica::builders::PromoteReadReplicaInputBuilder;
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::builders::RestoreDbInstanceFromDbSnapshotInputBuilder;
use aws_sdk_rds::operation::restore_db_instance_to_point_in_time::builders::RestoreDbInstanceToPointInTimeInputBuilder;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use flashinfra_plans::{Map, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Error, Outcome, Update};

use super::request::common;
use super::{CODES, DbInstanceKind};
use crate::clients::Clients;
use crate::fields::{block, flag, int32, text, texts};
use crate::kind::{changes, current};
use crate::rds;
use crate::tags::at_create;

/// Makes an instance from what another one holds, if that is asked for.
pub(super) async fn create(aws: &Clients, request: &Create) -> Result<Option<Outcome>, Error> {
    let (attributes, mark) = (&request.inputs.attributes, &request.mark);
    let rds = &aws.write.rds;
    if let Some(source) = text(attributes, "replicate_source_db") {
        let call = to_replica(attributes, mark, source, aws.region());
        call.send_with(rds).await.map_err(CODES.write("rds:CreateDBInstanceReadReplica"))?;
    } else if let Some(from) = block(attributes, "restore_from") {
        match text(from, "snapshot") {
            Some(snapshot) => {
                let call = to_restore(attributes, mark, snapshot);
                call.send_with(rds).await.map_err(CODES.write("rds:RestoreDBInstanceFromDBSnapshot"))?;
            }
            None => {
                let call = to_point_in_time(attributes, mark, from)?;
                call.send_with(rds).await.map_err(CODES.write("rds:RestoreDBInstanceToPointInTime"))?;
            }
        }
    } else {
        return Ok(None);
    }
    Ok(Some(Outcome::Derived(text(attributes, "identifier").unwrap_or_default().to_lowercase().into())))
}

/// Whether an update makes an instance of its own of a replica.
pub(super) fn promotes(update: &Update) -> bool {
    changes(update, "replicate_source_db") && update.inputs.get("replicate_source_db").is_none()
}

/// Promotes a replica; whether it is one still. It takes no other change until that is done.
pub(super) async fn promote(kind: &DbInstanceKind, aws: &Clients, update: &Update) -> Result<bool, Error> {
    let live = current(kind, aws, &update.id).await?;
    if live.attributes.get("replicate_source_db").is_none() {
        return Ok(false);
    }
    if live.phase != Phase::Ready {
        return Err(Error::new(Class::Wait, format!("`{}` is busy, and cannot be promoted yet", update.id)));
    }
    let call = to_promote(&update.id, &update.inputs.attributes);
    call.send_with(&aws.write.rds).await.map_err(CODES.write("rds:PromoteReadReplica"))?;
    Ok(true)
}

/// CreateDBInstanceReadReplica. A source in the same region goes by its name (RDS API reference).
fn to_replica(
    attributes: &Map,
    mark: &OwnerMark,
    source: &str,
    region: &str,
) -> CreateDbInstanceReadReplicaInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    let number = |name| int32(attributes, name);
    let truth = |name| flag(attributes, name);
    let is_near = source.split(':').nth(3) == Some(region);
    let source = source.rsplit(':').next().filter(|_| is_near).unwrap_or(source);
    common!(CreateDbInstanceReadReplicaInputBuilder::default(), attributes, mark)
        .set_db_instance_identifier(owned("identifier"))
        .source_db_instance_identifier(source)
        .set_allocated_storage(number("allocated_storage"))
        .set_max_allocated_storage(number("max_allocated_storage"))
        // In its own region a replica is encrypted as its source is, with the same key.
        .set_kms_key_id(owned("kms_key_id").filter(|_| !is_near))
        .set_monitoring_interval(number("monitoring_interval"))
        .set_monitoring_role_arn(owned("monitoring_role_arn"))
        .set_enable_performance_insights(truth("performance_insights_enabled"))
        .set_performance_insights_kms_key_id(owned("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(number("performance_insights_retention_period"))
}

/// RestoreDBInstanceFromDBSnapshot.
fn to_restore(attributes: &Map, mark: &OwnerMark, snapshot: &str) -> RestoreDbInstanceFromDbSnapshotInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    common!(RestoreDbInstanceFromDbSnapshotInputBuilder::default(), attributes, mark)
        .set_db_instance_identifier(owned("identifier"))
        .db_snapshot_identifier(snapshot)
        .set_license_model(owned("license_model"))
}

/// RestoreDBInstanceToPointInTime: to a time, or to the latest that there is.
fn to_point_in_time(
    attributes: &Map,
    mark: &OwnerMark,
    from: &Map,
) -> Result<RestoreDbInstanceToPointInTimeInputBuilder, Error> {
    let owned = |name| text(attributes, name).map(str::to_owned);
    let number = |name| int32(attributes, name);
    let time = text(from, "time").map(|time| {
        let read = DateTime::from_str(time, Format::DateTime);
        read.map_err(|_| Error::new(Class::FixInput, format!("`{time}` is no time such as 2026-11-27T02:00:00Z")))
    });
    let time = time.transpose()?;
    Ok(common!(RestoreDbInstanceToPointInTimeInputBuilder::default(), attributes, mark)
        .set_target_db_instance_identifier(owned("identifier"))
        .set_source_db_instance_identifier(text(from, "source").map(str::to_owned))
        .set_use_latest_restorable_time(time.is_none().then_some(true))
        .set_restore_time(time)
        .set_max_allocated_storage(number("max_allocated_storage"))
        .set_license_model(owned("license_model")))
}

/// PromoteReadReplica. Its backups begin with it, so they are said along.
fn to_promote(id: &str, attributes: &Map) -> PromoteReadReplicaInputBuilder {
    PromoteReadReplicaInputBuilder::default()
        .db_instance_identifier(id)
        .set_backup_retention_period(int32(attributes, "backup_retention_period"))
        .set_preferred_backup_window(text(attributes, "backup_window").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, map};
    use flashinfra_providers::Class;

    use super::{to_point_in_time, to_promote, to_replica, to_restore};

    const SOURCE: &str = "arn:aws:rds:eu-central-1:123456789012:db:shop";

    fn mark() -> OwnerMark {
        OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.db_instance/main").unwrap(), generation: 2 }
    }

    #[test]
    fn a_replica_names_its_source_and_leaves_out_what_it_takes_over() {
        let attributes = map! {
            "identifier" => "reports", "engine" => "postgres", "username" => "shop", "instance_class" => "db.r6g.large",
            "allocated_storage" => 100, "multi_az" => true, "kms_key_id" => "arn:aws:kms:eu-central-1:1:key/1",
        };
        let near = to_replica(&attributes, &mark(), SOURCE, "eu-central-1").build().unwrap();
        assert_eq!((near.source_db_instance_identifier(), near.kms_key_id()), (Some("shop"), None));
        assert_eq!((near.db_instance_class(), near.multi_az()), (Some("db.r6g.large"), Some(true)));
        assert_eq!(near.allocated_storage(), Some(100));
        assert_eq!(near.tags()[0].value(), Some("c5b0/2/aws.db_instance/main"));
        let far = to_replica(&attributes, &mark(), SOURCE, "us-east-1").build().unwrap();
        assert_eq!(far.source_db_instance_identifier(), Some(SOURCE));
        assert_eq!(far.kms_key_id(), Some("arn:aws:kms:eu-central-1:1:key/1"));
    }

    #[test]
    fn a_restore_names_what_it_is_from_and_carries_the_mark() {
        let attributes = map! { "identifier" => "shop-b", "instance_class" => "db.r6g.large", "port" => 5433 };
        let snapshot = to_restore(&attributes, &mark(), "before").build().unwrap();
        assert_eq!(snapshot.db_snapshot_identifier(), Some("before"));
        assert_eq!((snapshot.db_instance_identifier(), snapshot.port()), (Some("shop-b"), Some(5433)));
        assert_eq!(snapshot.tags()[0].value(), Some("c5b0/2/aws.db_instance/main"));
        let timed = map! { "source" => "shop", "time" => "2026-11-27T02:00:00Z" };
        let timed = to_point_in_time(&attributes, &mark(), &timed).unwrap().build().unwrap();
        assert_eq!(timed.source_db_instance_identifier(), Some("shop"));
        assert_eq!(timed.target_db_instance_identifier(), Some("shop-b"));
        assert_eq!(timed.restore_time().map(|time| time.secs()), Some(1_795_744_800));
        assert_eq!(timed.use_latest_restorable_time(), None);
        let latest = to_point_in_time(&attributes, &mark(), &map! { "source" => "shop" }).unwrap().build().unwrap();
        assert_eq!((latest.restore_time(), latest.use_latest_restorable_time()), (None, Some(true)));
        let wrong = map! { "source" => "shop", "time" => "at night" };
        assert_eq!(to_point_in_time(&attributes, &mark(), &wrong).unwrap_err().class, Class::FixInput);
    }

    #[test]
    fn a_promotion_says_which_backups_begin() {
        let request =
            to_promote("reports", &map! { "backup_retention_period" => 7, "multi_az" => true }).build().unwrap();
        assert_eq!((request.db_instance_identifier(), request.backup_retention_period()), (Some("reports"), Some(7)));
    }
}
