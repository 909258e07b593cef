//! The parts of our stacks that are swept by themselves. Each kind is swept in one of them and only stands there in others, so that
//! the time for all of them grows as the kinds do.

use std::collections::BTreeSet;

use flashinfra_providers::Factory;
use flashinfra_providers_aws::AwsFactory;

use crate::compiled::{Compiled, kind};
use crate::server::Server;

/// The stack that an area is cut from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// FlashMM in an environment.
    Flashmm(&'static str),
    /// `examples/website`, which has the kinds that FlashMM has no use for.
    Website,
}

/// There is less of it than in production.
const STAGING: Of = Of::Flashmm("staging");

/// A part of a stack.
pub(super) struct Area {
    pub(super) name: &'static str,
    pub(super) of: Of,
    /// The server that keeps all of it.
    pub(super) server: Server,
    /// The kinds that are swept here, and nowhere else.
    kinds: &'static [&'static str],
    /// Resources that bring all of these kinds with them, by what they stand on. What of that is of other kinds is the
    /// ground: it is there before and stays.
    top: &'static [&'static str],
    /// What is changed beside the tags: in the compiled stack, each of these texts becomes that.
    pub(super) change: &'static [[&'static str; 2]],
}

/// Two of most kinds, so that there are some to take for each other, and no more.
pub(super) const AREAS: &[Area] = &[
    Area {
        name: "network",
        of: STAGING,
        server: Server::Moto,
        kinds: &["aws.security_group", "aws.subnet", "aws.vpc"],
        top: &["aws.security_group/security.redis", "aws.subnet/network.public-a", "aws.subnet/network.private-b"],
        // Which replaces the group.
        change: &[[r#""description":"Redis""#, r#""description":"Redis and its replicas""#]],
    },
    Area {
        name: "routes",
        of: STAGING,
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
        of: STAGING,
        server: Server::Ministack,
        kinds: &["aws.vpc_endpoint"],
        top: &["aws.vpc_endpoint/network.s3"],
        change: &[],
    },
    Area {
        name: "keys",
        of: STAGING,
        server: Server::Moto,
        kinds: &["aws.cloudwatch_log_group", "aws.kms_alias", "aws.kms_key"],
        top: &["aws.kms_alias/keys.rds", "aws.kms_alias/keys.eks", "aws.cloudwatch_log_group/eks.cluster"],
        change: &[["What PostgreSQL keeps", "What PostgreSQL kept"]],
    },
    Area {
        name: "cluster",
        of: STAGING,
        server: Server::Moto,
        kinds: &["aws.eks_cluster", "aws.iam_openid_connect_provider", "aws.iam_role"],
        top: &["aws.eks_cluster/eks.main", "aws.iam_openid_connect_provider/eks.cluster", "aws.iam_role/iam.node"],
        change: &[["AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"]],
    },
    Area {
        name: "template",
        of: STAGING,
        server: Server::Moto,
        kinds: &["aws.launch_template"],
        top: &["aws.launch_template/eks.node"],
        change: &[[r#""volume_size":50"#, r#""volume_size":60"#]],
    },
    Area {
        name: "nodes",
        of: STAGING,
        server: Server::Moto,
        kinds: &["aws.eks_node_group"],
        top: &["aws.eks_node_group/eks.main"],
        change: &[[r#""max_size":4"#, r#""max_size":6"#]],
    },
    Area {
        name: "inside",
        of: STAGING,
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
        of: STAGING,
        server: Server::Moto,
        kinds: &["aws.db_instance", "aws.db_parameter_group", "aws.db_subnet_group"],
        top: &["aws.db_instance/data.main"],
        change: &[["db.t4g.large", "db.t4g.xlarge"]],
    },
    Area {
        name: "cache",
        of: STAGING,
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
        of: STAGING,
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
    Area {
        name: "policy",
        of: Of::Website,
        server: Server::Moto,
        kinds: &["aws.iam_policy"],
        top: &["aws.iam_policy/machines.logs"],
        change: &[["logs:CreateLogStream", "logs:DescribeLogStreams"]],
    },
    Area {
        name: "profile",
        of: Of::Website,
        server: Server::Moto,
        kinds: &["aws.iam_instance_profile"],
        top: &["aws.iam_instance_profile/machines.machine"],
        change: &[],
    },
    Area {
        name: "domain",
        of: Of::Website,
        server: Server::Moto,
        kinds: &["aws.acm_certificate", "aws.route53_record", "aws.route53_zone"],
        top: &["aws.route53_record/domain.mail", "aws.route53_record/domain.proof"],
        change: &[[r#""ttl":3600"#, r#""ttl":60"#], ["The shop", "The shop and its mail"]],
    },
    Area {
        name: "snapshot",
        of: Of::Website,
        server: Server::Moto,
        kinds: &["aws.db_snapshot"],
        top: &["aws.db_snapshot/data.before-orders"],
        change: &[],
    },
    Area {
        name: "backup",
        of: Of::Website,
        server: Server::Ministack,
        kinds: &["aws.backup_plan", "aws.backup_vault"],
        top: &["aws.backup_plan/backups.nightly"],
        change: &[["cron(0 2 * * ? *)", "cron(0 3 * * ? *)"], [r#""tagged""#, r#""everything""#]],
    },
];

impl Of {
    /// The part of the stack that a server can keep.
    pub(super) fn part(self, server: Server, parameters: &[&str]) -> Compiled {
        match self {
            Self::Flashmm(environment) => Compiled::part_of(server, environment, parameters),
            Self::Website => Compiled::website(parameters).kept_by(server),
        }
    }
}

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
fn every_kind_is_swept_in_one_area() {
    let known: BTreeSet<String> = AwsFactory::new().schemas().iter().map(|schema| schema.kind.to_string()).collect();
    let mut swept: Vec<&str> = AREAS.iter().flat_map(|area| area.kinds).copied().collect();
    swept.sort_unstable();
    assert_eq!(
        swept,
        Vec::from_iter(&known),
        "on the left what the areas sweep, on the right the kinds that there are"
    );
    for area in AREAS {
        let stack = area.of.part(area.server, &[]);
        let (swept, ground) = area.cut(&stack);
        let kinds: BTreeSet<&str> = swept.iter().map(|address| kind(address)).collect();
        assert_eq!(Vec::from_iter(kinds), area.kinds, "{} has what it says", area.name);
        let firm: Vec<&str> = ground.iter().map(String::as_str).collect();
        assert_eq!(stack.with_what_they_stand_on(&firm), ground, "{}: it stands on its own", area.name);
    }
}
