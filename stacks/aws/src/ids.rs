//! Ids and names that only fit where they belong.

flashinfra::id_type! {
    /// The id of a VPC: `vpc-…`.
    pub VpcId;
    /// The id of a subnet: `subnet-…`.
    pub SubnetId;
    /// The ARN of a subnet.
    pub SubnetArn;
    /// The id of a security group: `sg-…`.
    pub SecurityGroupId;
    /// The id of a managed prefix list: `pl-…`.
    pub PrefixListId;
    /// The name of an availability zone: `us-east-1a`.
    pub AvailabilityZone;
    /// The ARN of an IAM role.
    pub RoleArn;
    /// The ARN of an IAM policy.
    pub PolicyArn;
    /// The ARN of a KMS key.
    pub KmsKeyArn;
    /// The ARN of a secret in Secrets Manager.
    pub SecretArn;
    /// The ARN of a DB subnet group.
    pub DbSubnetGroupArn;
    /// The ARN of a DB instance.
    pub DbInstanceArn;
    /// The ARN of an EKS cluster.
    pub EksClusterArn;
    /// The URL of an OpenID Connect issuer.
    pub OidcIssuerUrl;
}

impl PolicyArn {
    /// A policy that AWS manages, by its name, with its path if it has one: `AmazonEKSClusterPolicy`,
    /// `service-role/AmazonRDSEnhancedMonitoringRole`. In the partition `aws`; elsewhere write the whole ARN.
    pub fn aws_managed(name: &str) -> Self {
        Self::new(format!("arn:aws:iam::aws:policy/{name}"))
    }
}
