//! What the services act as.

use flashinfra::{Stack, aws};

/// The roles that other parts name.
pub(crate) struct Roles {
    pub(crate) cluster: aws::IamRoleHandle,
    pub(crate) node: aws::IamRoleHandle,
    pub(crate) monitoring: aws::IamRoleHandle,
}

pub(crate) fn roles(stack: &mut Stack, name: &str) -> Roles {
    let mut role = |role: &str, service: &str, policies: &[&str]| {
        let policies = policies.iter().map(|policy| aws::PolicyArn::aws_managed(policy));
        let builder = aws::IamRole::builder()
            .name(format!("{name}-{role}"))
            .assume_role_policy(aws::trust_service(service))
            .managed_policy_arns(policies);
        stack.add(role, builder)
    };
    let cluster = role("cluster", "eks.amazonaws.com", &["AmazonEKSClusterPolicy"]);
    let node = role(
        "node",
        "ec2.amazonaws.com",
        &["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"],
    );
    let monitoring =
        role("rds-monitoring", "monitoring.rds.amazonaws.com", &["service-role/AmazonRDSEnhancedMonitoringRole"]);
    Roles { cluster, node, monitoring }
}
