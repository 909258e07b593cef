//! What pods act as: each workload has a role of its own, by its service account.

use flashinfra::{Output, Stack, aws, json};

use crate::backups::Backups;
use crate::secrets::Secrets;

/// A workload: where its pods run, and as what.
struct Workload {
    name: &'static str,
    namespace: &'static str,
    service_account: &'static str,
}

/// The controller that makes disks for pods.
const DISKS: Workload =
    Workload { name: "ebs-csi", namespace: "kube-system", service_account: "ebs-csi-controller-sa" };
/// What adds and takes away nodes.
const AUTOSCALER: Workload =
    Workload { name: "autoscaler", namespace: "kube-system", service_account: "cluster-autoscaler" };
/// What brings secrets from Secrets Manager to pods.
const SECRETS: Workload =
    Workload { name: "external-secrets", namespace: "external-secrets", service_account: "external-secrets" };
/// The jobs that write backups.
const BACKUP: Workload = Workload { name: "backup", namespace: "flashmm-system", service_account: "backup" };

/// Gives the workloads their roles, and hands over the association of those that make disks.
pub(crate) fn workloads(
    stack: &mut Stack,
    name: &str,
    region: &str,
    cluster: &aws::EksClusterHandle,
    secrets: &Secrets,
    backups: &Backups,
) -> aws::EksPodIdentityAssociationHandle {
    let mut give = |workload: &Workload, managed: Option<&str>, own: Option<Output<String>>| {
        let role = aws::IamRole::builder()
            .name(format!("{name}-{}", workload.name))
            .assume_role_policy(aws::trust_pods())
            .with(managed.map(|policy| [aws::PolicyArn::aws_managed(policy)]), aws::IamRoleBuilder::managed_policy_arns)
            .with(own.map(|policy| [(workload.name, policy)]), aws::IamRoleBuilder::inline_policies);
        let role = stack.add(workload.name, role);
        let association = aws::EksPodIdentityAssociation::builder()
            .cluster_name(cluster.name())
            .namespace(workload.namespace)
            .service_account(workload.service_account)
            .role_arn(role.arn());
        stack.add(workload.name, association)
    };
    give(&AUTOSCALER, None, Some(may_scale(cluster)));
    give(&SECRETS, None, Some(may_read(&secrets.arns(region))));
    give(&BACKUP, None, Some(may_write(&backups.arn)));
    give(&DISKS, Some("service-role/AmazonEBSCSIDriverPolicy"), None)
}

/// The groups of this cluster and no others. EKS tags them with its name.
fn may_scale(cluster: &aws::EksClusterHandle) -> Output<String> {
    let look = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
    ];
    let scale = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"];
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": look, "Resource": "*" },
        {
            "Effect": "Allow", "Action": scale, "Resource": "*",
            "Condition": { "StringEquals": { "aws:ResourceTag/eks:cluster-name": cluster.name() } },
        },
    ] })
}

fn may_read(secrets: &str) -> Output<String> {
    let read = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": read, "Resource": secrets }] })
}

/// Backups are written and read. What deletes them is their age.
fn may_write(bucket: &str) -> Output<String> {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListBucket"], "Resource": bucket },
        { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("{bucket}/*") },
    ] })
}
