//! The Kubernetes control plane on EKS, and where its logs go.

use flashinfra::{Input, Lifecycle, Stack, aws};

use crate::ground::Ground;
use crate::params::KubernetesParams;

/// The cluster, and what it takes for pods to run in it and for people to get in.
pub(crate) struct Kubernetes {
    pub(crate) cluster: aws::EksClusterHandle,
    /// What runs on its nodes before any pod of ours.
    pub(crate) addons: Vec<aws::EksAddonHandle>,
    /// Who is let in.
    pub(crate) admitted: Vec<aws::EksAccessEntryHandle>,
}

/// The control plane.
pub(crate) fn cluster(
    stack: &mut Stack,
    ground: &Ground,
    params: &KubernetesParams,
    key: Input<aws::KmsKeyArn>,
) -> aws::EksClusterHandle {
    let Ground { name, network, groups, roles, .. } = ground;
    // EKS would make the group by itself, and keep everything for ever.
    let logs = aws::CloudwatchLogGroup::builder()
        .name(format!("/aws/eks/{name}/cluster"))
        .retention_in_days(params.log_days)
        .lifecycle(Lifecycle::new().protect(params.deletion_protection));
    let logs = stack.add("cluster", logs);

    let vpc = aws::EksVpc::builder()
        .subnet_ids(network.all_ids())
        .security_group_ids([groups.cluster.id()])
        .endpoint_private_access(true)
        .endpoint_public_access(!params.public_cidrs.is_empty())
        .with(
            (!params.public_cidrs.is_empty()).then_some(&params.public_cidrs),
            aws::EksVpcBuilder::public_access_cidrs,
        );
    // Who may do what stands in the stack, and who made the cluster has no rights by that.
    let access =
        aws::EksAccess::builder().authentication_mode("API").bootstrap_cluster_creator_admin_permissions(false);
    let cluster = aws::EksCluster::builder()
        .name(name)
        .role_arn(roles.cluster.arn())
        .version(&params.version)
        .vpc_config(vpc)
        .enabled_cluster_log_types(["api", "audit", "authenticator", "controllerManager", "scheduler"])
        .access_config(access)
        .bootstrap_self_managed_addons(false)
        .deletion_protection(params.deletion_protection)
        .encryption_key_arn(key)
        .depends_on(&logs);
    stack.add("main", cluster)
}

/// Lets service accounts of the cluster assume roles by its tokens, for programs that know no other way.
pub(crate) fn issuer(stack: &mut Stack, cluster: &aws::EksClusterHandle) -> aws::IamOpenidConnectProviderHandle {
    let issuer = aws::IamOpenidConnectProvider::builder().url(cluster.oidc_issuer());
    stack.add("cluster", issuer.client_id_list(["sts.amazonaws.com"]))
}
