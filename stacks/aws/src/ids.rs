//! Ids and names that only fit where they belong.

flashinfra::id_type! {
    /// The id of a VPC: `vpc-…`.
    pub VpcId = "vpc-";
    /// The id of a subnet: `subnet-…`.
    pub SubnetId = "subnet-";
    /// The ARN of a subnet.
    pub SubnetArn = "arn:*:ec2:*:*:subnet/";
    /// The id of a security group: `sg-…`.
    pub SecurityGroupId = "sg-";
    /// The id of an internet gateway: `igw-…`.
    pub InternetGatewayId = "igw-";
    /// The id of an elastic IP: `eipalloc-…`.
    pub AllocationId = "eipalloc-";
    /// The id of a NAT gateway: `nat-…`.
    pub NatGatewayId = "nat-";
    /// The id of a route table: `rtb-…`.
    pub RouteTableId = "rtb-";
    /// The id of a subnet's association with a route table: `rtbassoc-…`.
    pub RouteTableAssociationId = "rtbassoc-";
    /// The id of an egress-only internet gateway: `eigw-…`.
    pub EgressOnlyGatewayId = "eigw-";
    /// The id of a virtual private gateway: `vgw-…`.
    pub VpnGatewayId = "vgw-";
    /// The id of a transit gateway: `tgw-…`.
    pub TransitGatewayId = "tgw-";
    /// The id of a VPC peering connection: `pcx-…`.
    pub PeeringConnectionId = "pcx-";
    /// The id of a network interface: `eni-…`.
    pub NetworkInterfaceId = "eni-";
    /// The id of a VPC endpoint: `vpce-…`.
    pub VpcEndpointId = "vpce-";
    /// The id of a launch template: `lt-…`.
    pub LaunchTemplateId = "lt-";
    /// The id of an image: `ami-…`, or `resolve:ssm:` and a parameter that holds one.
    pub ImageId;
    /// The id of a snapshot of a disk: `snap-…`.
    pub SnapshotId = "snap-";
    /// The ARN of an instance profile.
    pub InstanceProfileArn = "arn:*:iam::*:instance-profile/";
    /// The id of a managed prefix list: `pl-…`.
    pub PrefixListId = "pl-";
    /// The name of an availability zone: `us-east-1a`.
    pub AvailabilityZone;
    /// The ARN of an IAM role.
    pub RoleArn = "arn:*:iam::*:role/";
    /// The ARN of an IAM policy.
    pub PolicyArn = "arn:*:iam::*:policy/";
    /// The id of a KMS key.
    pub KmsKeyId;
    /// The ARN of an alias of a KMS key.
    pub KmsAliasArn = "arn:*:kms:*:*:alias/";
    /// The ARN of an OpenID Connect provider.
    pub OidcProviderArn = "arn:*:iam::*:oidc-provider/";
    /// The ARN of a KMS key.
    pub KmsKeyArn = "arn:*:kms:*:*:";
    /// The ARN of a log group in CloudWatch Logs.
    pub LogGroupArn = "arn:*:logs:*:*:log-group:";
    /// The id of a Route 53 zone: `Z…`.
    pub Route53ZoneId;
    /// The ARN of a Route 53 zone.
    pub Route53ZoneArn = "arn:*:route53:::hostedzone/";
    /// The ARN of an ACM certificate.
    pub AcmCertificateArn = "arn:*:acm:*:*:certificate/";
    /// The ARN of a backup vault.
    pub BackupVaultArn = "arn:*:backup:*:*:backup-vault:";
    /// The ARN of a backup plan.
    pub BackupPlanArn = "arn:*:backup:*:*:backup-plan:";
    /// The ARN of an S3 bucket.
    pub S3BucketArn = "arn:*:s3:::";
    /// The ARN of a secret in Secrets Manager.
    pub SecretArn = "arn:*:secretsmanager:*:*:secret:";
    /// The name of a DB parameter group: one of a stack's own, or `default.postgres16`.
    pub DbParameterGroupName;
    /// The ARN of a DB parameter group.
    pub DbParameterGroupArn = "arn:*:rds:*:*:pg:";
    /// The ARN of a DB subnet group.
    pub DbSubnetGroupArn = "arn:*:rds:*:*:subgrp:";
    /// The ARN of a DB snapshot.
    pub DbSnapshotArn = "arn:*:rds:*:*:snapshot:";
    /// The ARN of a DB instance.
    pub DbInstanceArn = "arn:*:rds:*:*:db:";
    /// The ARN of the subnet group of a cache.
    pub CacheSubnetGroupArn = "arn:*:elasticache:*:*:subnetgroup:";
    /// The ARN of the parameter group of a cache.
    pub CacheParameterGroupArn = "arn:*:elasticache:*:*:parametergroup:";
    /// The ARN of a replication group.
    pub ReplicationGroupArn = "arn:*:elasticache:*:*:replicationgroup:";
    /// The ARN of a repository of images.
    pub EcrRepositoryArn = "arn:*:ecr:*:*:repository/";
    /// The ARN of an EKS cluster.
    pub EksClusterArn = "arn:*:eks:*:*:cluster/";
    /// The ARN of an EKS node group.
    pub EksNodeGroupArn = "arn:*:eks:*:*:nodegroup/";
    /// The ARN of an EKS add-on.
    pub EksAddonArn = "arn:*:eks:*:*:addon/";
    /// The ARN of an EKS access entry.
    pub EksAccessEntryArn = "arn:*:eks:*:*:access-entry/";
    /// The ARN of an EKS access policy.
    pub AccessPolicyArn = "arn:*:eks::aws:cluster-access-policy/";
    /// The ARN of an EKS pod identity association.
    pub PodIdentityAssociationArn = "arn:*:eks:*:*:podidentityassociation/";
    /// The URL of an OpenID Connect issuer.
    pub OidcIssuerUrl = "https://";
}

impl PolicyArn {
    /// A policy that AWS manages, by its name, with its path if it has one: `AmazonEKSClusterPolicy`,
    /// `service-role/AmazonRDSEnhancedMonitoringRole`. In the partition `aws`; elsewhere write the whole ARN.
    pub fn aws_managed(name: &str) -> Self {
        Self::new(format!("arn:aws:iam::aws:policy/{name}"))
    }
}

impl AccessPolicyArn {
    /// A policy of EKS, by its name: `AmazonEKSClusterAdminPolicy`. In the partition `aws`; elsewhere write the whole ARN.
    pub fn eks(name: &str) -> Self {
        Self::new(format!("arn:aws:eks::aws:cluster-access-policy/{name}"))
    }
}
