//! What is sent to EKS.

use aws_sdk_eks::operation::create_cluster::builders::CreateClusterInputBuilder;
use aws_sdk_eks::operation::update_cluster_config::builders::UpdateClusterConfigInputBuilder;
use aws_sdk_eks::types::{
    AuthenticationMode, CreateAccessConfigRequest, EncryptionConfig, IpFamily, KubernetesNetworkConfigRequest,
    LogSetup, LogType, Logging, Provider, SupportType, UpdateAccessConfigRequest, UpgradePolicyRequest,
    VpcConfigRequest,
};
use flashinfra_plans::{Map, OwnerMark};
use flashinfra_providers::{Class, Error, Update};

use crate::fields::{block, flag, text, texts};
use crate::kind::changes;
use crate::tags::at_create;

/// CreateCluster.
pub(super) fn to_create(attributes: &Map, mark: &OwnerMark, token: &str) -> CreateClusterInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateClusterInputBuilder::default()
        .set_name(owned("name"))
        .set_version(owned("version"))
        .set_role_arn(owned("role_arn"))
        .set_resources_vpc_config(block(attributes, "vpc_config").map(|vpc| with_endpoint(with_subnets(vpc), vpc)))
        .set_logging(texts(attributes, "enabled_cluster_log_types").map(|types| logging(&types)))
        .set_encryption_config(text(attributes, "encryption_key_arn").map(|key| vec![encryption(key)]))
        .set_access_config(block(attributes, "access_config").map(access))
        .set_kubernetes_network_config(block(attributes, "kubernetes_network_config").map(network))
        .set_upgrade_policy(text(attributes, "support_type").map(support))
        .set_bootstrap_self_managed_addons(flag(attributes, "bootstrap_self_managed_addons"))
        .set_deletion_protection(flag(attributes, "deletion_protection"))
        .set_tags(Some(at_create(attributes, mark).into_iter().collect()))
        .client_request_token(token)
}

/// A part of an update, as EKS takes them: one, then the next (EKS API reference, UpdateClusterConfig).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The authentication mode.
    Access(String),
    /// Public and private endpoint, and from where the public one is reached.
    Endpoint(Map),
    /// Which logs are exported.
    Logging(Vec<String>),
    /// Whether it is protected.
    Protection(bool),
    /// Subnets and security groups.
    Subnets(Map),
    /// What happens at the end of support.
    Support(String),
    /// The key for secrets.
    Encryption(String),
    /// The version of Kubernetes: last, since it takes the longest and the rest does not need it.
    Version(String),
}

impl Part {
    /// What it is called in messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Access(_) => "access",
            Self::Endpoint(_) => "endpoint",
            Self::Logging(_) => "logging",
            Self::Protection(_) => "protection",
            Self::Subnets(_) => "subnets",
            Self::Support(_) => "support",
            Self::Encryption(_) => "encryption",
            Self::Version(_) => "version",
        }
    }
}

/// The parts of an update that the live cluster lacks, in the order in which they are sent.
///
/// # Errors
/// When the update changes or removes the encryption key, which EKS does not do.
pub(super) fn parts(update: &Update, live: &Map) -> Result<Vec<Part>, Error> {
    let wanted = &update.inputs.attributes;
    let mut parts = Vec::new();
    let differing = |name| {
        let wanted = text(wanted, name).filter(|_| changes(update, name));
        wanted.filter(|wanted| text(live, name) != Some(*wanted)).map(str::to_owned)
    };
    if let Some(protection) = flag(wanted, "deletion_protection").filter(|_| changes(update, "deletion_protection"))
        && flag(live, "deletion_protection") != Some(protection)
    {
        parts.push(Part::Protection(protection));
    }
    if changes(update, "vpc_config")
        && let (Some(wanted), Some(live)) = (block(wanted, "vpc_config"), block(live, "vpc_config"))
    {
        if lacks(live, wanted, &["subnet_ids", "security_group_ids"]) {
            parts.push(Part::Subnets(wanted.clone()));
        }
        if lacks(live, wanted, &["endpoint_public_access", "endpoint_private_access", "public_access_cidrs"]) {
            parts.push(Part::Endpoint(wanted.clone()));
        }
    }
    if changes(update, "enabled_cluster_log_types") {
        let types = sorted(texts(wanted, "enabled_cluster_log_types"));
        if types != sorted(texts(live, "enabled_cluster_log_types")) {
            parts.push(Part::Logging(types));
        }
    }
    let mode = |map| block(map, "access_config").and_then(|access| text(access, "authentication_mode"));
    if let Some(wanted) = mode(wanted).filter(|wanted| changes(update, "access_config") && mode(live) != Some(*wanted))
    {
        parts.push(Part::Access(wanted.to_owned()));
    }
    parts.extend(differing("support_type").map(Part::Support));
    if let Some(key) = differing("encryption_key_arn") {
        if let Some(live) = text(live, "encryption_key_arn") {
            let message = format!(
                "EKS cluster `{}` encrypts its secrets with {live}, and EKS neither changes nor removes that key: \
                 declare that key, or replace the cluster",
                update.id
            );
            return Err(Error::new(Class::FixInput, message));
        }
        parts.push(Part::Encryption(key));
    }
    parts.extend(differing("version").map(Part::Version));
    Ok(parts)
}

/// Whether one of these is wanted otherwise than it is; what is not declared is left alone.
fn lacks(live: &Map, wanted: &Map, names: &[&str]) -> bool {
    let differs = |name: &&str| match wanted.get(name) {
        None => false,
        Some(value) if value.as_list().is_some() => sorted(texts(wanted, name)) != sorted(texts(live, name)),
        Some(value) => live.get(name) != Some(value),
    };
    names.iter().any(differs)
}

fn sorted(texts: Option<Vec<String>>) -> Vec<String> {
    let mut texts = texts.unwrap_or_default();
    texts.sort();
    texts
}

/// UpdateClusterConfig, for the parts that it takes.
pub(super) fn to_update(name: &str, part: &Part, token: &str) -> UpdateClusterConfigInputBuilder {
    let call = UpdateClusterConfigInputBuilder::default().name(name).client_request_token(token);
    match part {
        Part::Access(mode) => {
            let mode = AuthenticationMode::from(mode.as_str());
            call.access_config(UpdateAccessConfigRequest::builder().authentication_mode(mode).build())
        }
        Part::Endpoint(vpc) => call.resources_vpc_config(with_endpoint(VpcConfigRequest::builder().build(), vpc)),
        Part::Logging(types) => call.logging(logging(types)),
        Part::Protection(wanted) => call.deletion_protection(*wanted),
        Part::Subnets(vpc) => call.resources_vpc_config(with_subnets(vpc)),
        Part::Support(kind) => call.upgrade_policy(support(kind)),
        // These two have operations of their own.
        Part::Encryption(_) | Part::Version(_) => call,
    }
}

fn with_subnets(vpc: &Map) -> VpcConfigRequest {
    VpcConfigRequest::builder()
        .set_subnet_ids(texts(vpc, "subnet_ids"))
        .set_security_group_ids(texts(vpc, "security_group_ids"))
        .build()
}

fn with_endpoint(mut request: VpcConfigRequest, vpc: &Map) -> VpcConfigRequest {
    request.endpoint_public_access = flag(vpc, "endpoint_public_access");
    request.endpoint_private_access = flag(vpc, "endpoint_private_access");
    request.public_access_cidrs = texts(vpc, "public_access_cidrs");
    request
}

/// All types are named, those that are on and those that are off, so that the whole is what is wanted.
fn logging(on: &[String]) -> Logging {
    let types = |wanted: bool| -> Vec<LogType> {
        let known = LogType::values().iter().copied();
        known.filter(|name| on.iter().any(|on| on == name) == wanted).map(LogType::from).collect()
    };
    // A type that the SDK does not know is sent all the same.
    let unknown = on.iter().filter(|name| !LogType::values().contains(&name.as_str()));
    let enabled: Vec<LogType> =
        types(true).into_iter().chain(unknown.map(|name| LogType::from(name.as_str()))).collect();
    let setup = |enabled, types: Vec<LogType>| {
        (!types.is_empty()).then(|| LogSetup::builder().enabled(enabled).set_types(Some(types)).build())
    };
    let setups = [setup(true, enabled), setup(false, types(false))].into_iter().flatten().collect();
    Logging::builder().set_cluster_logging(Some(setups)).build()
}

/// Encryption with a key.
#[expect(
    deprecated,
    reason = "EKS encrypts all of its data with the key now; the list is still required of clients by older endpoints"
)]
pub(super) fn encryption(key: &str) -> EncryptionConfig {
    EncryptionConfig::builder().resources("secrets").provider(Provider::builder().key_arn(key).build()).build()
}

fn access(block: &Map) -> CreateAccessConfigRequest {
    CreateAccessConfigRequest::builder()
        .set_authentication_mode(text(block, "authentication_mode").map(AuthenticationMode::from))
        .set_bootstrap_cluster_creator_admin_permissions(flag(block, "bootstrap_cluster_creator_admin_permissions"))
        .build()
}

fn network(block: &Map) -> KubernetesNetworkConfigRequest {
    KubernetesNetworkConfigRequest::builder()
        .set_service_ipv4_cidr(text(block, "service_ipv4_cidr").map(str::to_owned))
        .set_ip_family(text(block, "ip_family").map(IpFamily::from))
        .build()
}

fn support(kind: &str) -> UpgradePolicyRequest {
    UpgradePolicyRequest::builder().support_type(SupportType::from(kind)).build()
}
