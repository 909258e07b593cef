//! The parts of FlashMM that are swept by themselves. Each of its kinds is swept in one of them and only stands there in others, so that
//! the time for all of them grows as FlashMM does.

use std::collections::BTreeSet;

use crate::compiled::{Compiled, kind};
use crate::server::Server;

/// A part of FlashMM, cut from its own stack.
pub(super) struct Area {
    pub(super) name: &'static str,
    /// The server that keeps all of it.
    pub(super) server: Server,
    /// The kinds that are swept here, and nowhere else.
    kinds: &'static [&'static str],
    /// FlashMM's resources that bring all of these kinds with them, by what they stand on. What of that is of other kinds is the
    /// ground: it is there before and stays.
    top: &'static [&'static str],
    /// What is changed beside the tags: in the compiled stack, each of these texts becomes that.
    pub(super) change: &'static [[&'static str; 2]],
}

/// Two of most kinds, so that there are some to take for each other, and no more.
pub(super) const AREAS: &[Area] = &[
    Area {
        name: "network",
        server: Server::Moto,
        kinds: &["aws.security_group", "aws.subnet", "aws.vpc"],
        top: &["aws.security_group/security.redis", "aws.subnet/network.public-a", "aws.subnet/network.private-b"],
        // Which replaces the group.
        change: &[[r#""description":"Redis""#, r#""description":"Redis and its replicas""#]],
    },
    Area {
        name: "routes",
        server: Server::Moto,
        kinds: &[
            "aws.eip",
            "aws.internet_gateway",
            "aws.nat_gateway",
            "aws.route_table",
            "aws.route_table_association",
        ],
        top: &["aws.route_table_association/network.private-a", "aws.route_table_association/network.public-a"],
        change: &[[r#""cidr":"0.0.0.0/0","nat_gateway""#, r#""cidr":"0.0.0.0/1","nat_gateway""#]],
    },
    Area {
        name: "endpoints",
        server: Server::Ministack,
        kinds: &["aws.vpc_endpoint"],
        top: &["aws.vpc_endpoint/network.s3"],
        change: &[],
    },
    Area {
        name: "keys",
        server: Server::Moto,
        kinds: &["aws.cloudwatch_log_group", "aws.kms_alias", "aws.kms_key"],
        top: &["aws.kms_alias/keys.rds", "aws.kms_alias/keys.eks", "aws.cloudwatch_log_group/eks.cluster"],
        change: &[["What PostgreSQL keeps", "What PostgreSQL kept"]],
    },
    Area {
        name: "cluster",
        server: Server::Moto,
        kinds: &["aws.eks_cluster", "aws.iam_openid_connect_provider", "aws.iam_role"],
        top: &["aws.eks_cluster/eks.main", "aws.iam_openid_connect_provider/eks.cluster", "aws.iam_role/iam.node"],
        change: &[["AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"]],
    },
    Area {
        name: "template",
        server: Server::Moto,
        kinds: &["aws.launch_template"],
        top: &["aws.launch_template/eks.node"],
        change: &[[r#""volume_size":50"#, r#""volume_size":60"#]],
    },
    Area {
        name: "nodes",
        server: Server::Moto,
        kinds: &["aws.eks_node_group"],
        top: &["aws.eks_node_group/eks.main"],
        change: &[[r#""max_size":4"#, r#""max_size":6"#]],
    },
    Area {
        name: "inside",
        server: Server::Ministack,
        kinds: &["aws.eks_access_entry", "aws.eks_addon", "aws.eks_pod_identity_association"],
        top: &[
            "aws.eks_access_entry/eks.flashmm-staging-deployer",
            "aws.eks_access_entry/eks.platform-administrator",
            "aws.eks_addon/eks.coredns",
            "aws.eks_addon/eks.vpc-cni",
            "aws.eks_pod_identity_association/workloads.backup",
            "aws.eks_pod_identity_association/workloads.external-secrets",
        ],
        change: &[
            ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"],
            [r#""name":"coredns""#, r#""configuration_values":"{\"replicaCount\":3}","name":"coredns""#],
            [r#""namespace":"flashmm-system""#, r#""disable_session_tags":true,"namespace":"flashmm-system""#],
        ],
    },
    Area {
        name: "database",
        server: Server::Moto,
        kinds: &["aws.db_instance", "aws.db_parameter_group", "aws.db_subnet_group"],
        top: &["aws.db_instance/data.main"],
        change: &[["db.t4g.large", "db.t4g.xlarge"]],
    },
    Area {
        name: "cache",
        server: Server::Ministack,
        kinds: &[
            "aws.elasticache_parameter_group",
            "aws.elasticache_replication_group",
            "aws.elasticache_subnet_group",
        ],
        top: &["aws.elasticache_replication_group/cache.main"],
        change: &[["allkeys-lru", "volatile-lru"]],
    },
    Area {
        name: "storage",
        server: Server::Moto,
        kinds: &["aws.ecr_repository", "aws.s3_bucket", "aws.secretsmanager_secret"],
        top: &[
            "aws.ecr_repository/images.flashmm",
            "aws.s3_bucket/backups.main",
            "aws.secretsmanager_secret/secrets.exchange",
            "aws.secretsmanager_secret/secrets.grafana",
        ],
        change: &[[r#""noncurrent_days":7"#, r#""noncurrent_days":14"#]],
    },
];

impl Area {
    /// What of the stack is swept, and the ground that it stands on.
    pub(super) fn cut(&self, stack: &Compiled) -> (BTreeSet<String>, BTreeSet<String>) {
        let all = stack.with_what_they_stand_on(self.top);
        all.into_iter().partition(|address| self.kinds.contains(&kind(address)))
    }
}

/// The area of this name.
pub(super) fn named(name: &str) -> &'static Area {
    let names = || AREAS.iter().map(|area| area.name).collect::<Vec<_>>();
    let found = AREAS.iter().find(|area| area.name == name);
    found.unwrap_or_else(|| panic!("FLASHINFRA_SWEEP is `all`, `whole` or one of {:?}, and not {name}", names()))
}

#[test]
fn every_kind_of_flashmm_is_swept_in_one_area() {
    let environments = ["development", "staging", "production"];
    let environments = environments.map(|environment| Compiled::of(Server::Moto, environment, &[]));
    let used: BTreeSet<&str> =
        environments.iter().flat_map(Compiled::addresses).map(kind).filter(|kind| kind.starts_with("aws.")).collect();
    let mut swept: Vec<&str> = AREAS.iter().flat_map(|area| area.kinds).copied().collect();
    swept.sort_unstable();
    assert_eq!(swept, Vec::from_iter(used), "on the left what the areas sweep, on the right what FlashMM is of");
    let staging = Server::ALL.map(|server| Compiled::part_of(server, "staging", &[]));
    for area in AREAS {
        let [moto, ministack] = &staging;
        let staging = match area.server {
            Server::Moto => moto,
            Server::Ministack => ministack,
        };
        let (swept, ground) = area.cut(staging);
        let kinds: BTreeSet<&str> = swept.iter().map(|address| kind(address)).collect();
        assert_eq!(Vec::from_iter(kinds), area.kinds, "{} has what it says", area.name);
        let firm: Vec<&str> = ground.iter().map(String::as_str).collect();
        assert_eq!(staging.with_what_they_stand_on(&firm), ground, "{}: it stands on its own", area.name);
    }
}
