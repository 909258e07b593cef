//! The people and pipelines that are let into the cluster.

use flashinfra::{Stack, aws};

use crate::params::KubernetesParams;

/// What of the cluster is FlashMM's own.
const NAMESPACES: [&str; 3] = ["flashmm", "flashmm-monitoring", "flashmm-system"];

/// Lets them in.
pub(crate) fn access(
    stack: &mut Stack,
    params: &KubernetesParams,
    cluster: &aws::EksClusterHandle,
) -> Vec<aws::EksAccessEntryHandle> {
    let mut admit = |role: &aws::RoleArn, policy| {
        let entry = aws::EksAccessEntry::builder()
            .cluster_name(cluster.name())
            .principal_arn(role.as_str())
            .access_policies([policy]);
        // `arn:aws:iam::123456789012:role/teams/platform` is admitted as platform.
        stack.add(role.as_str().rsplit('/').next().unwrap_or_default().to_lowercase(), entry)
    };
    let mut admitted = Vec::new();
    for role in &params.administrators {
        admitted.push(admit(role, aws::EksAccessPolicy::in_cluster("AmazonEKSClusterAdminPolicy")));
    }
    for role in &params.deployers {
        admitted.push(admit(role, aws::EksAccessPolicy::in_namespaces("AmazonEKSEditPolicy", NAMESPACES)));
    }
    admitted
}
