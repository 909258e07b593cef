//! What EKS answers, in the schema's terms.

use aws_sdk_eks::types::{
    AccessConfigResponse, AuthenticationMode, Certificate, Cluster, EncryptionConfig, IpFamily,
    KubernetesNetworkConfigResponse, LogType, Logging, Oidc, SupportType, VpcConfigResponse,
};
use flashinfra_plans::{Map, Name, Object};

use super::phase;
use crate::eks;
use crate::fields::Fields;

/// A live cluster.
pub(super) fn to_object(cluster: &Cluster) -> Option<Object> {
    let tags = eks::tags(cluster.tags());
    let vpc = cluster.resources_vpc_config();
    let issuer = cluster.identity().and_then(|identity| identity.oidc()).and_then(Oidc::issuer);
    let support = cluster.upgrade_policy().and_then(|policy| policy.support_type());
    let fields = Fields::new()
        .text("name", cluster.name())
        .text("role_arn", cluster.role_arn())
        .text("version", cluster.version())
        .value("vpc_config", vpc.map(|vpc| vpc_config(vpc).into()))
        .texts("enabled_cluster_log_types", cluster.logging().into_iter().flat_map(enabled_types))
        .text("encryption_key_arn", encryption_key(cluster.encryption_config()))
        .value("access_config", cluster.access_config().map(|access| access_config(access).into()))
        .value(
            "kubernetes_network_config",
            cluster.kubernetes_network_config().map(|network| network_config(network).into()),
        )
        .text("support_type", support.map(SupportType::as_str))
        .flag("deletion_protection", cluster.deletion_protection())
        .value("tags", Some(tags.attribute.into()))
        .text("arn", cluster.arn())
        .text("endpoint", cluster.endpoint())
        .text("certificate_authority", cluster.certificate_authority().and_then(Certificate::data))
        .text("cluster_security_group_id", vpc.and_then(VpcConfigResponse::cluster_security_group_id))
        .text("vpc_id", vpc.and_then(VpcConfigResponse::vpc_id))
        .text("oidc_issuer", issuer)
        .text("platform_version", cluster.platform_version());
    Some(Object {
        id: cluster.name()?.into(),
        phase: phase(cluster.status()),
        attributes: fields.build(),
        unverified: unanswered(cluster),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// What EKS always answers, so that its absence says that the server does not know the field and not that it has no value.
fn unanswered(cluster: &Cluster) -> Vec<Name> {
    let access = cluster.access_config().and_then(AccessConfigResponse::authentication_mode);
    let answered =
        [("access_config", access.is_some()), ("deletion_protection", cluster.deletion_protection().is_some())];
    answered.iter().filter(|(_, answered)| !answered).map(|(name, _)| Name::new_static(name)).collect()
}

fn vpc_config(vpc: &VpcConfigResponse) -> Map {
    Fields::new()
        .texts("subnet_ids", vpc.subnet_ids().iter().map(String::as_str))
        .texts("security_group_ids", vpc.security_group_ids().iter().map(String::as_str))
        .flag("endpoint_public_access", Some(vpc.endpoint_public_access()))
        .flag("endpoint_private_access", Some(vpc.endpoint_private_access()))
        .texts("public_access_cidrs", vpc.public_access_cidrs().iter().map(String::as_str))
        .build()
}

fn enabled_types(logging: &Logging) -> impl Iterator<Item = &str> {
    let setups = logging.cluster_logging().iter().filter(|setup| setup.enabled() == Some(true));
    setups.flat_map(|setup| setup.types()).map(LogType::as_str)
}

fn encryption_key(configs: &[EncryptionConfig]) -> Option<&str> {
    configs.iter().find_map(|config| config.provider()?.key_arn())
}

fn access_config(access: &AccessConfigResponse) -> Map {
    Fields::new().text("authentication_mode", access.authentication_mode().map(AuthenticationMode::as_str)).build()
}

fn network_config(network: &KubernetesNetworkConfigResponse) -> Map {
    Fields::new()
        .text("service_ipv4_cidr", network.service_ipv4_cidr())
        .text("ip_family", network.ip_family().map(IpFamily::as_str))
        .build()
}
