//! Redis on ElastiCache.

use flashinfra::{Lifecycle, Stack, aws, json};

use crate::ground::Ground;
use crate::params::CacheParams;
use crate::secrets::Secrets;

/// Where Redis listens.
const PORT: u16 = 6379;

pub(crate) fn cache(
    stack: &mut Stack,
    ground: &Ground,
    params: &CacheParams,
    secrets: &mut Secrets,
) -> aws::ElasticacheReplicationGroupHandle {
    let Ground { name, network, groups, disposable, .. } = ground;
    let subnets = aws::ElasticacheSubnetGroup::builder()
        .name(name)
        .description("The private subnets of FlashMM")
        .subnet_ids(network.private_ids());
    let subnets = stack.add("main", subnets);

    // A group is for one major version: with the next one there is another group, and both while the cache goes over.
    let family = format!("redis{}", params.version.split('.').next().unwrap_or_default());
    let settings = aws::ElasticacheParameterGroup::builder()
        .name(format!("{name}-{family}"))
        .family(family)
        .description("The settings of FlashMM's Redis")
        .parameters([("maxmemory-policy", "allkeys-lru"), ("tcp-keepalive", "60")])
        .lifecycle(Lifecycle::new().create_before_delete());
    let settings = stack.add("main", settings);

    let has_replicas = params.nodes > 1;
    let last_snapshot = (!*disposable).then(|| format!("{name}-final"));
    let cache = aws::ElasticacheReplicationGroup::builder()
        .replication_group_id(name)
        .description("FlashMM's order books and sessions")
        .engine("redis")
        .engine_version(&params.version)
        .cache_node_type(&params.node_type)
        .num_cache_clusters(params.nodes)
        .automatic_failover_enabled(has_replicas)
        .multi_az_enabled(has_replicas)
        .cache_parameter_group_name(settings.name())
        .cache_subnet_group_name(subnets.name())
        .security_group_ids([groups.cache.id()])
        .port(PORT)
        .at_rest_encryption_enabled(true)
        .transit_encryption_enabled(true)
        .auth_token(&params.auth_token)
        .snapshot_retention_limit(params.snapshot_days)
        .snapshot_window(&params.snapshot_window)
        .maintenance_window(&params.maintenance_window)
        .skip_final_snapshot(*disposable)
        .with(last_snapshot, aws::ElasticacheReplicationGroupBuilder::final_snapshot_identifier)
        .lifecycle(Lifecycle::new().protect(!*disposable));
    let cache = stack.add("main", cache);

    // Where clients find it, with what they need to be let in.
    let login = json!({ "host": cache.primary_endpoint_address(), "port": PORT, "password": params.auth_token });
    secrets.keep(stack, "cache", "How to sign in to Redis", &login);
    cache
}
