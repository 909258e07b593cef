//! The servers that stand in for AWS, and which part of FlashMM each can keep.
//!
//! Neither knows all that FlashMM is made of. What one lacks runs on the other, so that each resource is made, changed and
//! destroyed somewhere; a test says so.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_test_support::{Ministack, Moto};

use crate::compiled::{Compiled, kind};

/// A server that stands in for AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Server {
    Moto,
    Ministack,
}

/// Kinds that a server cannot keep as our stacks have them, and why. What refers to them is not there either.
const LACKS: &[(Server, &str, &str)] = &[
    (Server::Moto, "aws.backup_plan", "neither selections nor UpdateBackupPlan are among its operations"),
    (Server::Moto, "aws.eks_access_entry", "CreateAccessEntry is no operation of its"),
    (Server::Moto, "aws.eks_addon", "CreateAddon is no operation of its"),
    (Server::Moto, "aws.eks_pod_identity_association", "CreatePodIdentityAssociation is no operation of its"),
    (Server::Moto, "aws.elasticache_parameter_group", "CreateCacheParameterGroup is no operation of its"),
    (Server::Moto, "aws.elasticache_replication_group", "a group has one node, whatever was asked for"),
    (Server::Moto, "aws.elasticache_subnet_group", "DeleteCacheSubnetGroup is no operation of its"),
    (Server::Moto, "aws.vpc_endpoint", "DescribeVpcEndpoints takes no filter on ids"),
    (Server::Ministack, "aws.db_instance", "CreateDBInstance does not make the master password"),
    (Server::Ministack, "aws.eks_node_group", "CreateNodegroup drops launch template and update configuration"),
];

/// Kinds whose objects keep the tags that they were made with, or show them whatever is done.
const KEEPS_FIRST_TAGS: &[(Server, &str)] = &[
    (Server::Moto, "aws.eks_node_group"),
    (Server::Moto, "aws.launch_template"),
    (Server::Ministack, "aws.eks_access_entry"),
    (Server::Ministack, "aws.eks_addon"),
    (Server::Ministack, "aws.eks_cluster"),
    (Server::Ministack, "aws.eks_pod_identity_association"),
    (Server::Ministack, "aws.iam_openid_connect_provider"),
];

/// Neither publishes which images AWS recommends.
const RELEASE: &str = "--set=nodes.release_version=1.34.2-20260103";

impl Server {
    pub(crate) const ALL: [Self; 2] = [Self::Moto, Self::Ministack];

    /// What it makes its operators type: moto takes windows that touch for windows that overlap, and knows no deletion protection
    /// of clusters; ministack knows none either. Neither publishes what AWS recommends.
    pub(crate) fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Moto => &[
                "--set=database.maintenance_window=sun:04:30-sun:05:30",
                "--set=kubernetes.deletion_protection=false",
                RELEASE,
            ],
            Self::Ministack => &["--set=kubernetes.deletion_protection=false", RELEASE],
        }
    }

    /// The addresses of a stack that it can keep.
    pub(crate) fn part(self, stack: &Compiled) -> BTreeSet<String> {
        let is_kept = |address: &str| {
            let needed = stack.with_what_they_refer_to(&[address]);
            needed.iter().all(|one| !LACKS.iter().any(|(server, lacking, _)| *server == self && kind(one) == *lacking))
        };
        stack.addresses().filter(|address| is_kept(address)).map(str::to_owned).collect()
    }

    /// Whether tags of a kind can be changed.
    pub(crate) fn changes_tags(self, kind: &str) -> bool {
        !KEEPS_FIRST_TAGS.contains(&(self, kind))
    }

    /// Starts one.
    pub(crate) fn start(self) -> Serving {
        match self {
            Self::Moto => Serving::Moto(Moto::start()),
            Self::Ministack => Serving::Ministack(Ministack::start()),
        }
    }
}

/// A server that runs.
pub(crate) enum Serving {
    Moto(Moto),
    Ministack(Ministack),
}

impl Serving {
    pub(crate) fn server(&self) -> Server {
        match self {
            Self::Moto(_) => Server::Moto,
            Self::Ministack(_) => Server::Ministack,
        }
    }

    /// Where it is reached.
    pub(crate) fn endpoint(&self) -> &str {
        match self {
            Self::Moto(moto) => moto.endpoint(),
            Self::Ministack(ministack) => ministack.endpoint(),
        }
    }

    /// The environment for a program that is to take it for AWS.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 5] {
        match self {
            Self::Moto(moto) => moto.environment(),
            Self::Ministack(ministack) => ministack.environment(),
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        match self {
            Self::Moto(moto) => moto.reset(),
            Self::Ministack(ministack) => ministack.reset(),
        }
    }
}

#[test]
fn each_resource_of_flashmm_runs_on_a_server() {
    let stack = Compiled::of(Server::Moto, "production", &[]);
    let parts = Server::ALL.map(|server| server.part(&stack));
    let nowhere: Vec<&str> = stack.addresses().filter(|one| !parts.iter().any(|part| part.contains(*one))).collect();
    assert!(nowhere.is_empty(), "no server runs {nowhere:?}");
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for address in stack.addresses() {
        let place = match parts.each_ref().map(|part| part.contains(address)) {
            [true, true] => continue,
            [true, false] => "moto",
            [false, true] => "ministack",
            [false, false] => unreachable!(),
        };
        *counts.entry((place, kind(address))).or_default() += 1;
    }
    let alone: Vec<String> = counts.iter().map(|((place, kind), count)| format!("{place} {count} {kind}")).collect();
    assert_eq!(
        alone,
        [
            "ministack 2 aws.eks_access_entry",
            "ministack 5 aws.eks_addon",
            "ministack 4 aws.eks_pod_identity_association",
            "ministack 1 aws.elasticache_parameter_group",
            "ministack 1 aws.elasticache_replication_group",
            "ministack 1 aws.elasticache_subnet_group",
            "ministack 1 aws.secretsmanager_secret",
            "ministack 1 aws.vpc_endpoint",
            "moto 1 aws.db_instance",
            "moto 1 aws.eks_node_group",
        ],
        "what runs on one of them only; all else runs on both"
    );
    assert_eq!(parts.map(|part| part.len()), [57, 71], "of {}", stack.addresses().count());
}
