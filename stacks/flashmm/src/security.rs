//! Who may talk to whom.

use flashinfra::{Empty, Stack, aws, cidr};

use crate::network::Network;

/// The security groups.
pub(crate) struct Groups {
    pub(crate) cluster: aws::SecurityGroupHandle,
    pub(crate) node: aws::SecurityGroupHandle,
    pub(crate) database: aws::SecurityGroupHandle,
    pub(crate) cache: aws::SecurityGroupHandle,
}

pub(crate) fn groups(stack: &mut Stack, name: &str, network: &Network) -> Groups {
    let group = |role: &str, description: &str| {
        aws::SecurityGroup::builder().vpc_id(network.vpc.id()).name(format!("{name}-{role}")).description(description)
    };
    let anywhere = || [aws::Rule::all_traffic().to_cidr(cidr!("0.0.0.0/0"))];

    let cluster = stack.add("cluster", group("cluster", "The Kubernetes control plane").egress(anywhere()));
    let node = group("node", "The Kubernetes nodes").egress(anywhere()).ingress([
        aws::Rule::tcp_ports(0, 65535).from_self().description("nodes among themselves"),
        aws::Rule::tcp_ports(1025, 65535).from_security_group(cluster.id()).description("the control plane"),
    ]);
    let node = stack.add("node", node);
    let database = group("rds", "PostgreSQL")
        .egress(Empty)
        .ingress([aws::Rule::tcp(5432).from_security_group(node.id()).description("nodes")]);
    let database = stack.add("rds", database);
    let cache = group("redis", "Redis")
        .egress(Empty)
        .ingress([aws::Rule::tcp(6379).from_security_group(node.id()).description("nodes")]);
    let cache = stack.add("redis", cache);
    Groups { cluster, node, database, cache }
}
