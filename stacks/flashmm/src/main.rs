//! FlashMM, a trading system: its network, roles, keys, database and cluster on AWS.
//!
//! `flashinfra plan --stack flashmm --env production` plans it; `environments/` holds what differs between the three
//! environments, and [`params`] says what there is to set.

mod cluster;
mod database;
mod keys;
mod network;
mod params;
mod roles;
mod security;

use flashinfra::{Stack, aws};

use crate::params::Flashmm;

fn flashmm(stack: &mut Stack, params: &Flashmm) {
    let name = format!("flashmm-{}", stack.environment());
    stack.provider("aws", provider(stack.environment(), params));

    let network = stack.scope("network", |stack| network::network(stack, &name, &params.network));
    let groups = stack.scope("security", |stack| security::groups(stack, &name, &network));
    let roles = stack.scope("iam", |stack| roles::roles(stack, &name));
    let (data, kubernetes) = (&params.database, &params.kubernetes);
    let [data_key, cluster_key] = stack.scope("keys", |stack| {
        let mut key = |role, description, given: &Option<_>, disposable| {
            keys::key(stack, &name, role, description, given.as_ref(), disposable)
        };
        [
            key("rds", "What PostgreSQL keeps", &data.kms_key_arn, data.disposable),
            key("eks", "The secrets of Kubernetes", &kubernetes.kms_key_arn, !kubernetes.deletion_protection),
        ]
    });
    let database =
        stack.scope("data", |stack| database::database(stack, &name, data, &data_key, &network, &groups, &roles));
    let cluster =
        stack.scope("eks", |stack| cluster::cluster(stack, &name, kubernetes, cluster_key, &network, &groups, &roles));

    stack.output("vpc_id", network.vpc.id()).doc("The VPC");
    stack.output("private_subnet_ids", network.private_ids()).doc("The subnets without addresses on the internet");
    stack.output("node_security_group_id", groups.node.id()).doc("The group of the Kubernetes nodes");
    stack.output("cache_security_group_id", groups.cache.id()).doc("The group of the cache");
    stack.output("node_role_arn", roles.node.arn()).doc("The role of the Kubernetes nodes");
    stack.output("database_address", database.address()).doc("The host name of PostgreSQL");
    stack.output("database_secret_arn", database.master_user_secret_arn()).doc("Where RDS keeps the master password");
    stack.output("cluster_name", cluster.name()).doc("The name of the cluster");
    stack.output("cluster_endpoint", cluster.endpoint()).doc("The URL of the Kubernetes API");
    stack.output("cluster_certificate_authority", cluster.certificate_authority()).doc("Its authority, in Base64");
}

/// Where it all goes, and the tags that finance and operations ask for on everything.
fn provider(environment: &str, params: &Flashmm) -> aws::ProviderBuilder {
    let tags = [
        ("Project", "flashmm"),
        ("Environment", environment),
        ("ManagedBy", "flashinfra"),
        ("Owner", &params.owner),
        ("CostCenter", &params.cost_center),
    ];
    aws::Provider::region(&params.region)
        .default_tags(tags)
        .with(params.account.as_ref(), |provider, account| provider.account(account))
}

flashinfra::main! {
    /// A trading system on AWS: network, roles, PostgreSQL and Kubernetes.
    "flashmm" => flashmm
}
