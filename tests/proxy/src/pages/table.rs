//! The operations that the real services page, with the names that paging has there. The tests compare this with the
//! paginators of AWS's own API models.

/// A paged operation.
#[derive(Debug)]
pub(crate) struct Paged {
    /// `service:Operation`.
    pub(crate) operation: &'static str,
    /// Where the items stand. Lists beside each other share the page.
    pub(crate) lists: &'static [&'static str],
    pub(crate) style: Style,
}

/// How a service pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// The parameter that holds the token.
    pub(crate) token_in: &'static str,
    /// The field of the reply that holds the next one, beside the list.
    pub(crate) token_out: &'static str,
    /// The parameter that holds the size of a page; empty when there is none.
    pub(crate) limit: &'static str,
    /// The field that says whether there is more.
    pub(crate) more: Option<&'static str>,
}

/// The paging of an operation; none when it has none.
pub(crate) fn of(operation: &str) -> Option<&'static Paged> {
    PAGED.iter().find(|paged| paged.operation == operation)
}

impl Paged {
    /// What holds the lists and the token.
    pub(crate) fn wrapper(&self) -> &'static str {
        let first = self.lists.first().copied().unwrap_or_default();
        first.rsplit_once('/').map_or("", |(wrapper, _)| wrapper)
    }
}

const fn style(token_in: &'static str, token_out: &'static str, limit: &'static str) -> Style {
    Style { token_in, token_out, limit, more: None }
}

const EC2: Style = style("NextToken", "nextToken", "MaxResults");
const RDS: Style = style("Marker", "Marker", "MaxRecords");
const IAM: Style = Style { more: Some("IsTruncated"), ..style("Marker", "Marker", "MaxItems") };
const EKS: Style = style("nextToken", "nextToken", "maxResults");
const LOGS: Style = style("nextToken", "nextToken", "limit");
const KMS: Style = Style { more: Some("Truncated"), ..style("Marker", "NextMarker", "Limit") };
const NEXT: Style = style("NextToken", "NextToken", "MaxResults");
const TAGGING: Style = style("PaginationToken", "PaginationToken", "ResourcesPerPage");
const TAGGING_KEYS: Style = style("PaginationToken", "PaginationToken", "");

const fn paged(operation: &'static str, lists: &'static [&'static str], style: Style) -> Paged {
    Paged { operation, lists, style }
}

pub(super) const PAGED: &[Paged] = &[
    paged("ec2:DescribeDhcpOptions", &["dhcpOptionsSet"], EC2),
    paged("ec2:DescribeEgressOnlyInternetGateways", &["egressOnlyInternetGatewaySet"], EC2),
    paged("ec2:DescribeFlowLogs", &["flowLogSet"], EC2),
    paged("ec2:DescribeImages", &["imagesSet"], EC2),
    paged("ec2:DescribeInstances", &["reservationSet"], EC2),
    paged("ec2:DescribeInternetGateways", &["internetGatewaySet"], EC2),
    paged("ec2:DescribeLaunchTemplateVersions", &["launchTemplateVersionSet"], EC2),
    paged("ec2:DescribeLaunchTemplates", &["launchTemplates"], EC2),
    paged("ec2:DescribeManagedPrefixLists", &["prefixListSet"], EC2),
    paged("ec2:DescribeNatGateways", &["natGatewaySet"], EC2),
    paged("ec2:DescribeNetworkAcls", &["networkAclSet"], EC2),
    paged("ec2:DescribeNetworkInterfaces", &["networkInterfaceSet"], EC2),
    paged("ec2:DescribeRouteTables", &["routeTableSet"], EC2),
    paged("ec2:DescribeSecurityGroupRules", &["securityGroupRuleSet"], EC2),
    paged("ec2:DescribeSecurityGroups", &["securityGroupInfo"], EC2),
    paged("ec2:DescribeSubnets", &["subnetSet"], EC2),
    paged("ec2:DescribeTags", &["tagSet"], EC2),
    paged("ec2:DescribeVolumes", &["volumeSet"], EC2),
    paged("ec2:DescribeVpcEndpoints", &["vpcEndpointSet"], EC2),
    paged("ec2:DescribeVpcs", &["vpcSet"], EC2),
    paged("rds:DescribeDBClusters", &["DescribeDBClustersResult/DBClusters"], RDS),
    paged("rds:DescribeDBEngineVersions", &["DescribeDBEngineVersionsResult/DBEngineVersions"], RDS),
    paged("rds:DescribeDBInstances", &["DescribeDBInstancesResult/DBInstances"], RDS),
    paged("rds:DescribeDBParameterGroups", &["DescribeDBParameterGroupsResult/DBParameterGroups"], RDS),
    paged("rds:DescribeDBParameters", &["DescribeDBParametersResult/Parameters"], RDS),
    paged("rds:DescribeDBSnapshots", &["DescribeDBSnapshotsResult/DBSnapshots"], RDS),
    paged("rds:DescribeDBSubnetGroups", &["DescribeDBSubnetGroupsResult/DBSubnetGroups"], RDS),
    paged("elasticache:DescribeCacheClusters", &["DescribeCacheClustersResult/CacheClusters"], RDS),
    paged(
        "elasticache:DescribeCacheParameterGroups",
        &["DescribeCacheParameterGroupsResult/CacheParameterGroups"],
        RDS,
    ),
    paged("elasticache:DescribeCacheSubnetGroups", &["DescribeCacheSubnetGroupsResult/CacheSubnetGroups"], RDS),
    paged("elasticache:DescribeReplicationGroups", &["DescribeReplicationGroupsResult/ReplicationGroups"], RDS),
    paged("elasticache:DescribeSnapshots", &["DescribeSnapshotsResult/Snapshots"], RDS),
    paged(
        "iam:GetAccountAuthorizationDetails",
        &[
            "GetAccountAuthorizationDetailsResult/UserDetailList",
            "GetAccountAuthorizationDetailsResult/GroupDetailList",
            "GetAccountAuthorizationDetailsResult/RoleDetailList",
            "GetAccountAuthorizationDetailsResult/Policies",
        ],
        IAM,
    ),
    paged("iam:ListAttachedRolePolicies", &["ListAttachedRolePoliciesResult/AttachedPolicies"], IAM),
    paged("iam:ListInstanceProfiles", &["ListInstanceProfilesResult/InstanceProfiles"], IAM),
    paged("iam:ListInstanceProfilesForRole", &["ListInstanceProfilesForRoleResult/InstanceProfiles"], IAM),
    paged("iam:ListPolicies", &["ListPoliciesResult/Policies"], IAM),
    paged("iam:ListPolicyVersions", &["ListPolicyVersionsResult/Versions"], IAM),
    paged("iam:ListRolePolicies", &["ListRolePoliciesResult/PolicyNames"], IAM),
    paged("iam:ListRoleTags", &["ListRoleTagsResult/Tags"], IAM),
    paged("iam:ListRoles", &["ListRolesResult/Roles"], IAM),
    paged("iam:ListUsers", &["ListUsersResult/Users"], IAM),
    paged("eks:ListAccessEntries", &["accessEntries"], EKS),
    paged("eks:ListAddons", &["addons"], EKS),
    paged("eks:ListAssociatedAccessPolicies", &["associatedAccessPolicies"], EKS),
    paged("eks:ListClusters", &["clusters"], EKS),
    paged("eks:ListFargateProfiles", &["fargateProfileNames"], EKS),
    paged("eks:ListNodegroups", &["nodegroups"], EKS),
    paged("eks:ListPodIdentityAssociations", &["associations"], EKS),
    paged("eks:ListUpdates", &["updateIds"], EKS),
    paged("eks:DescribeAddonVersions", &["addons"], EKS),
    paged("eks:DescribeClusterVersions", &["clusterVersions"], EKS),
    paged("kms:ListAliases", &["Aliases"], KMS),
    paged("kms:ListGrants", &["Grants"], KMS),
    paged("kms:ListKeys", &["Keys"], KMS),
    paged("kms:ListResourceTags", &["Tags"], KMS),
    paged("logs:DescribeLogGroups", &["logGroups"], LOGS),
    paged("secretsmanager:ListSecrets", &["SecretList"], NEXT),
    paged("ssm:DescribeParameters", &["Parameters"], NEXT),
    paged("ssm:GetParametersByPath", &["Parameters"], NEXT),
    paged("tagging:GetResources", &["ResourceTagMappingList"], TAGGING),
    paged("tagging:GetTagKeys", &["TagKeys"], TAGGING_KEYS),
    paged("tagging:GetTagValues", &["TagValues"], TAGGING_KEYS),
    paged("ecr:DescribeRepositories", &["repositories"], EKS),
];
