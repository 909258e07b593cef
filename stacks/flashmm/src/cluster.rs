//! The Kubernetes control plane on EKS, and where its logs go.

use flashinfra::{Input, Lifecycle, Stack, aws};

use crate::network::Network;
use crate::params::KubernetesParams;
use crate::roles::Roles;
use crate::security::Groups;

pub(crate) fn cluster(
    stack: &mut Stack,
    name: &str,
    params: &KubernetesParams,
    key: Input<aws::KmsKeyArn>,
    network: &Network,
    groups: &Groups,
    roles: &Roles,
) -> aws::EksClusterHandle {
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
    let cluster = aws::EksCluster::builder()
        .name(name)
        .role_arn(roles.cluster.arn())
        .version(&params.version)
        .vpc_config(vpc)
        .enabled_cluster_log_types(["api", "audit", "authenticator", "controllerManager", "scheduler"])
        .access_config(aws::EksAccess::builder().authentication_mode("API"))
        .deletion_protection(params.deletion_protection)
        .encryption_key_arn(key)
        .depends_on(&logs);
    stack.add("main", cluster)
}
