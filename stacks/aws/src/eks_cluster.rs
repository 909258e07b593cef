//! `aws.eks_cluster`.

use flashinfra::{Block, Cidr, Computed, Input, KubernetesCluster, List, Map, Output, Resource};

use crate::ids::{EksClusterArn, KmsKeyArn, OidcIssuerUrl, RoleArn, SecurityGroupId, SubnetId, VpcId};

/// A Kubernetes control plane.
///
/// EKS takes changes of logging, endpoint, subnets, access, support and version one after the other, each a minute to ten: an
/// update that changes several takes as long as all of them.
#[derive(Resource)]
#[resource(
    kind = "aws.eks_cluster",
    identity = Named("name"),
    carrier = TagAtCreate,
    // CreateCluster takes a client token as well, but the name is what keeps it from being made twice.
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 1800, update = 3600, delete = 1800),
    typical(create = 600, update = 180, delete = 300),
    // The role of this very run has not spread; another change, or a node group, is still going (EKS API reference,
    // CreateCluster, UpdateClusterConfig, DeleteCluster; the messages are the service's).
    wait_codes(
        "InvalidParameterException:Error in role params",
        "InvalidParameterException:could not be assumed because",
        "InvalidParameterException:does not exist",
        "InvalidParameterException:have the Amazon EKS Managed Policies associated",
        "InvalidParameterException:role's policy must include",
        "ResourceInUseException:in progress",
        "ResourceInUseException:currently",
        "ResourceInUseException:attached",
        "InvalidRequestException:in progress"
    )
)]
pub struct EksCluster {
    /// The name, unique in account and region.
    #[attr(replace)]
    pub name: Input<String>,
    /// The role that the control plane acts with; it needs `AmazonEKSClusterPolicy`.
    #[attr(replace)]
    pub role_arn: Input<RoleArn>,
    /// The Kubernetes version, as minor version: `1.33`. The newest when unset. It only rises, one minor version at a time.
    #[attr(either)]
    pub version: Option<Input<String>>,
    /// Where the control plane is reached and reaches into.
    pub vpc_config: EksVpc,
    /// Which control plane logs go to CloudWatch: `api`, `audit`, `authenticator`, `controllerManager`, `scheduler`. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub enabled_cluster_log_types: Option<List<String>>,
    /// The KMS key that Kubernetes secrets are encrypted with, on top of the disk. It can be added to a running cluster;
    /// afterwards EKS neither changes nor removes it.
    #[attr(either)]
    pub encryption_key_arn: Option<Input<KmsKeyArn>>,
    /// Who is let in.
    pub access_config: Option<EksAccess>,
    /// The addresses of services.
    pub kubernetes_network_config: Option<EksNetwork>,
    /// What happens at the end of a version's standard support: `STANDARD` upgrades by itself, `EXTENDED` (AWS's default)
    /// costs more. EKS accepts a change only while the version is in standard support.
    #[attr(either)]
    pub support_type: Option<Input<String>>,
    /// Whether EKS puts its own CNI, kube-proxy and CoreDNS into a new cluster. It does when unset.
    #[attr(replace, mode = WriteOnly)]
    pub bootstrap_self_managed_addons: Option<Input<bool>>,
    /// Whether EKS refuses to delete it. Taking it away is a step of its own.
    #[attr(either, delete_guard)]
    pub deletion_protection: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<EksClusterArn>,
    /// The URL of the Kubernetes API.
    pub endpoint: Computed<String>,
    /// The certificate of the API's authority, in Base64 as a kubeconfig has it.
    pub certificate_authority: Computed<String>,
    /// The security group that EKS makes for control plane and managed nodes.
    pub cluster_security_group_id: Computed<SecurityGroupId>,
    /// The VPC of the subnets.
    pub vpc_id: Computed<VpcId>,
    /// The issuer of service accounts' tokens.
    pub oidc_issuer: Computed<OidcIssuerUrl>,
    /// EKS's own version of the platform: `eks.5`. It rises by itself.
    #[attr(changes_with("version"))]
    pub platform_version: Computed<String>,
}

impl KubernetesCluster for EksClusterHandle {
    fn server(&self) -> Output<String> {
        self.endpoint()
    }

    fn authority(&self) -> Output<String> {
        self.certificate_authority()
    }

    fn token_name(&self) -> Output<String> {
        self.name()
    }
}

/// Where the control plane of an [`EksCluster`] is reached, and where it reaches into.
#[derive(Block)]
pub struct EksVpc {
    /// The subnets that the control plane puts its network interfaces in, at least two availability zones.
    #[attr(set)]
    pub subnet_ids: List<SubnetId>,
    /// Security groups for those interfaces, beside the one that EKS makes.
    #[attr(set)]
    pub security_group_ids: Option<List<SecurityGroupId>>,
    /// Whether the API is reached from the internet. It is when unset.
    #[attr(either)]
    pub endpoint_public_access: Option<Input<bool>>,
    /// Whether the API is reached from inside the VPC without leaving it. It is not when unset.
    #[attr(either)]
    pub endpoint_private_access: Option<Input<bool>>,
    /// From where the public endpoint is reached. From everywhere when unset.
    #[attr(set, compare = Cidr, either)]
    pub public_access_cidrs: Option<List<Cidr>>,
}

/// Who is let into an [`EksCluster`].
#[derive(Block)]
pub struct EksAccess {
    /// `API` (access entries), `CONFIG_MAP`, or `API_AND_CONFIG_MAP`. It only moves towards `API`.
    #[attr(either)]
    pub authentication_mode: Option<Input<String>>,
    /// Whether who creates the cluster becomes its administrator. It does when unset.
    #[attr(replace, mode = WriteOnly)]
    pub bootstrap_cluster_creator_admin_permissions: Option<Input<bool>>,
}

/// The addresses of an [`EksCluster`]'s services.
#[derive(Block)]
pub struct EksNetwork {
    /// The range of service addresses, /24 to /12 in a private range. EKS chooses one when unset.
    #[attr(replace, compare = Cidr, either)]
    pub service_ipv4_cidr: Option<Input<Cidr>>,
    /// `ipv4` or `ipv6`. `ipv4` when unset.
    #[attr(replace, either)]
    pub ip_family: Option<Input<String>>,
}
