//! FlashMM, a trading system, on AWS: its network, roles, keys, data, cluster and backups, and in the cluster FlashMM itself.
//!
//! `flashinfra plan --stack flashmm --env production` plans it; `environments/` holds what differs between the three
//! environments, and [`params`] says what there is to set.

mod access;
mod addons;
mod application;
mod backups;
mod cache;
mod cluster;
mod database;
mod ground;
mod images;
mod keys;
mod network;
mod nodes;
mod params;
mod roles;
mod secrets;
mod security;
mod workloads;

use flashinfra::{ProviderHandle, Stack, aws};

use crate::application::Below;
use crate::cluster::Kubernetes;
use crate::ground::Ground;
use crate::params::Flashmm;
use crate::secrets::Secrets;

fn flashmm(stack: &mut Stack, params: &Flashmm) {
    let name = format!("flashmm-{}", stack.environment());
    let copied_to = providers(stack, params);
    let disposable = params.disposable;

    let network = stack.scope("network", |stack| network::network(stack, &name, &params.region, &params.network));
    let groups = stack.scope("security", |stack| security::groups(stack, &name, &network));
    let roles = stack.scope("iam", |stack| roles::roles(stack, &name));
    let ground = Ground { name, network, groups, roles, disposable };
    let mut secrets = Secrets::of(stack.environment(), disposable);
    let backups =
        stack.scope("backups", |stack| backups::backups(stack, &ground.name, &params.backups, &copied_to, disposable));

    let (database, cache) = data(stack, params, &ground, &mut secrets);
    stack.scope("secrets", |stack| {
        for (name, value) in &params.secrets {
            secrets.keep(stack, name, &format!("What FlashMM needs: {name}"), value);
        }
    });
    let kubernetes = kubernetes(stack, params, &ground, |stack, cluster| {
        workloads::workloads(stack, &ground.name, &params.region, cluster, &secrets, &backups)
    });
    let (database, cache, kubernetes) = (&database, &cache, &kubernetes);
    let below = Below { database, cache, kubernetes, secrets: &secrets, backups: &backups };
    application::application(stack, params, &below);
    let images = stack.scope("images", |stack| images::repository(stack, &ground.name, disposable));

    let Ground { network, groups, roles, .. } = &ground;
    stack.output("vpc_id", network.vpc.id()).doc("The VPC");
    stack.output("public_subnet_ids", network.public_ids()).doc("The subnets that face the internet");
    stack.output("private_subnet_ids", network.private_ids()).doc("The subnets without addresses on the internet");
    stack.output("node_security_group_id", groups.node.id()).doc("The group of the Kubernetes nodes");
    stack.output("database_security_group_id", groups.database.id()).doc("The group of the database");
    stack.output("cache_security_group_id", groups.cache.id()).doc("The group of the cache");
    stack.output("node_role_arn", roles.node.arn()).doc("The role of the Kubernetes nodes");
    stack.output("backup_bucket", backups.bucket.name()).doc("Where backups are written to");
    stack.output("image_repository", images.repository_uri()).doc("Where images are pushed to and pulled from");
}

/// The database and the cache.
fn data(
    stack: &mut Stack,
    params: &Flashmm,
    ground: &Ground,
    secrets: &mut Secrets,
) -> (aws::DbInstanceHandle, aws::ElasticacheReplicationGroupHandle) {
    let key = stack.scope("keys", |stack| {
        let given = params.database.kms_key_arn.as_ref();
        keys::key(stack, &ground.name, "rds", "What PostgreSQL keeps", given, params.disposable)
    });
    let database = stack.scope("data", |stack| database::database(stack, ground, &params.database, &key));
    let cache = stack.scope("cache", |stack| cache::cache(stack, ground, &params.cache, secrets));

    stack.output("database_address", database.address()).doc("The host name of PostgreSQL");
    stack.output("database_secret_arn", database.master_user_secret_arn()).doc("Where RDS keeps the master password");
    stack.output("cache_address", cache.primary_endpoint_address()).doc("The host name of Redis");
    (database, cache)
}

/// The cluster, with nodes, add-ons and who is let in. `workloads` gives pods their roles, and hands over the association of the
/// controller that makes disks.
fn kubernetes(
    stack: &mut Stack,
    params: &Flashmm,
    ground: &Ground,
    workloads: impl FnOnce(&mut Stack, &aws::EksClusterHandle) -> aws::EksPodIdentityAssociationHandle,
) -> Kubernetes {
    let kubernetes = &params.kubernetes;
    let key = stack.scope("keys", |stack| {
        let given = kubernetes.kms_key_arn.as_ref();
        let disposable = !kubernetes.deletion_protection;
        keys::key(stack, &ground.name, "eks", "The secrets of Kubernetes", given, disposable)
    });
    let (cluster, issuer, admitted) = stack.scope("eks", |stack| {
        let cluster = cluster::cluster(stack, ground, kubernetes, key);
        let issuer = cluster::issuer(stack, &cluster);
        let admitted = access::access(stack, kubernetes, &cluster);
        (cluster, issuer, admitted)
    });
    let disks = stack.scope("workloads", |stack| workloads(stack, &cluster));
    let addons = stack.scope("eks", |stack| {
        let before = addons::before_nodes(stack, kubernetes, &cluster);
        let nodes = nodes::nodes(stack, ground, &params.nodes, &kubernetes.version, &cluster, &before);
        addons::on_nodes(stack, kubernetes, &cluster, &nodes, &disks).into()
    });

    stack.output("cluster_name", cluster.name()).doc("The name of the cluster");
    stack.output("cluster_endpoint", cluster.endpoint()).doc("The URL of the Kubernetes API");
    stack.output("cluster_certificate_authority", cluster.certificate_authority()).doc("Its authority, in Base64");
    stack.output("oidc_provider_arn", issuer.arn()).doc("What roles trust that take the cluster's tokens");
    Kubernetes { cluster, addons, admitted }
}

/// Where it all goes. The first region is where FlashMM runs; hands over those that backups are copied to.
fn providers(stack: &mut Stack, params: &Flashmm) -> Vec<ProviderHandle> {
    let environment = stack.environment().to_owned();
    let provider = |region: &str| {
        // The tags that finance and operations ask for on everything.
        let tags = [
            ("Project", "flashmm"),
            ("Environment", &environment),
            ("ManagedBy", "flashinfra"),
            ("Owner", &params.owner),
            ("CostCenter", &params.cost_center),
        ];
        aws::Provider::region(region)
            .default_tags(tags)
            .with(params.account.as_ref(), |provider, account| provider.account(account))
    };
    stack.provider("aws", provider(&params.region));
    params.backups.copied_to.iter().map(|region| stack.provider(region, provider(region))).collect()
}

flashinfra::main! {
    /// A trading system on AWS: network, roles, keys, PostgreSQL, Redis, Kubernetes, backups, and the application.
    "flashmm" => flashmm
}
