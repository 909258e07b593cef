//! What the servers that stand in for AWS lack of the kinds that the adapter has: each gap by its name, so that nothing is skipped
//! in silence.
//!
//! The conformance suite runs for each kind on each server (`conforms_on_each`), and has to fail exactly where this says so.

use std::fs;
use std::path::Path;

use flashinfra_providers::Factory;
use flashinfra_providers::conformance::Report;
use flashinfra_providers_aws::AwsFactory;

use crate::world::Server::{self, Ministack, Moto};

/// Kinds that a server cannot keep an object of: the kind, the server, why.
const LACKS: &[(&str, Server, &str)] = &[
    ("aws.backup_plan", Moto, "neither selections nor UpdateBackupPlan are among its operations"),
    ("aws.elasticache_parameter_group", Moto, "CreateCacheParameterGroup is no operation of its: HTTP 500"),
    (
        "aws.elasticache_replication_group",
        Moto,
        "a group has one node whatever was asked for, and stays `deleting` for ever",
    ),
    ("aws.elasticache_subnet_group", Moto, "DeleteCacheSubnetGroup is no operation of its: HTTP 500"),
    (
        "aws.eks_access_entry",
        Moto,
        "no operation of its is about access entries: CreateAccessEntry answers 404 with HTML",
    ),
    ("aws.eks_addon", Moto, "no operation of its is about add-ons: CreateAddon answers 404 with HTML"),
    (
        "aws.eks_pod_identity_association",
        Moto,
        "no operation of its is about pod identities: CreatePodIdentityAssociation answers 404 with HTML",
    ),
];

/// Checks that fail because a server does something else than AWS: the case, the server, the checks in their order, what it does.
const FAILS: &[(&str, Server, &[&str], &str)] = &[
    ("conformance-changes", Ministack, &["owner mark"], "GetResources finds no databases"),
    (
        "conformance-cache-nodes",
        Ministack,
        &["update maintenance_window"],
        "ModifyReplicationGroup changes nothing on the nodes, which alone tell of windows, versions and security groups",
    ),
    (
        "conformance-access",
        Ministack,
        &["update tags", "moved mark"],
        "DescribeAccessEntry shows the tags of the create",
    ),
    ("conformance-addon", Ministack, &["update tags", "moved mark"], "DescribeAddon shows the tags of the create"),
    ("conformance-cluster", Ministack, &["update tags", "moved mark"], "DescribeCluster shows the tags of the create"),
    ("conformance-database", Ministack, &["owner mark"], "GetResources finds no databases"),
    (
        "conformance-described-rule",
        Ministack,
        &["update ingress"],
        "UpdateSecurityGroupRuleDescriptionsIngress is no operation of its",
    ),
    ("conformance-parameter-group", Moto, &["update parameters"], "ResetDBParameterGroup is no operation of its"),
    ("conformance-nodes", Moto, &["update tags", "moved mark"], "TagResource knows clusters only"),
    (
        "conformance-nodes",
        Ministack,
        &[
            "update scaling_config",
            "update labels",
            "update taints",
            "update update_config",
            "update tags",
            "moved mark",
        ],
        "UpdateNodegroupConfig is no operation of its, and DescribeNodegroup shows the tags of the create",
    ),
    ("conformance-backups", Ministack, &["create once"], "CreateBackupPlan does not look at the id of the request"),
    ("conformance-password", Ministack, &["owner mark"], "GetResources finds no databases"),
    (
        "conformance-repository-scans",
        Moto,
        &["update scan_on_push"],
        "PutImageScanningConfiguration takes a field that is left out for nothing said, and AWS for false",
    ),
    (
        "conformance-secret-copies",
        Ministack,
        &["read back", "replan", "update replica_regions", "delete", "delete absent", "clean-up"],
        "CreateSecret makes no copies, and RemoveRegionsFromReplication is no operation of its",
    ),
    (
        "conformance-pods",
        Ministack,
        &["update tags", "moved mark"],
        "DescribePodIdentityAssociation shows the tags of the create",
    ),
    (
        "conformance-subnet-group",
        Moto,
        &["create once"],
        "CreateDBSubnetGroup takes a name that is taken, and loses the first group",
    ),
    ("conformance-subnet-group", Ministack, &["create once"], "CreateDBSubnetGroup takes a name that is taken"),
];

/// Kinds that no server here can keep, each with the reason why they are tested on the wire only.
const NOWHERE: &[(&str, &str)] = &[];

/// Asserts that a report on a case has the gaps that are named here, and no others.
#[track_caller]
pub(crate) fn assert_known(server: Server, case: &str, report: &Report) {
    let kind = report.kind.as_str();
    if let Some((_, _, why)) = LACKS.iter().find(|(lacking, on, _)| *lacking == kind && *on == server) {
        assert!(!report.conforms(), "{server:?} has closed the gap of {kind} ({why}): take it off the list");
        return;
    }
    let found: Vec<&str> = report.failures().map(|check| check.name.as_str()).collect();
    let known = FAILS.iter().filter(|(named, on, ..)| *named == case && *on == server);
    let (checks, reasons): (Vec<&[&str]>, Vec<&str>) = known.map(|(_, _, checks, why)| (*checks, *why)).unzip();
    assert_eq!(found, checks.concat(), "{case} on {server:?}\n{report}\nknown gaps: {reasons:?}");
}

#[test]
fn every_kind_conforms_on_a_server_or_is_named_with_the_reason() {
    let cases = sources();
    for schema in AwsFactory::new().schemas() {
        let kind = schema.kind.as_ref();
        let is_tried = cases.contains(&format!("schema(\"{kind}\")"));
        let is_lacking = |server| LACKS.iter().any(|(lacking, on, _)| *lacking == kind && *on == server);
        let conforms = is_tried && !Server::ALL.into_iter().all(is_lacking);
        let is_named = NOWHERE.iter().any(|(named, _)| *named == kind);
        assert_eq!(conforms, !is_named, "{kind} conforms on no server, and is not named with the reason, or both");
    }
}

#[test]
fn a_gap_that_is_named_belongs_to_a_kind_or_a_case_that_there_is() {
    let cases = sources();
    let kinds: Vec<&str> = AwsFactory::new().schemas().iter().map(|schema| schema.kind.as_ref()).collect();
    for kind in LACKS.iter().map(|(kind, ..)| kind).chain(NOWHERE.iter().map(|(kind, _)| kind)) {
        assert!(kinds.contains(kind), "{kind}");
    }
    for (case, ..) in FAILS {
        assert!(cases.contains(&format!("conforms_on_each(\"{case}\"")), "{case}");
    }
}

/// The texts of these tests but this one.
fn sources() -> String {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto")];
    let mut texts = String::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "gaps.rs") {
                texts.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}
