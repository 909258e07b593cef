//! Typed definitions of AWS resources, one file per kind. Pure: no SDK and no call.
//!
//! ```
//! # extern crate flashinfra_stacks as flashinfra;
//! # use flashinfra_stacks_aws as aws;
//! # fn main() -> Result<(), Vec<flashinfra::Problem>> {
//! use flashinfra::{Stack, cidr};
//!
//! let mut stack = Stack::new("shop", "production");
//! stack.provider("aws", aws::Provider::region("eu-central-1").account("123456789012"));
//! let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")).enable_dns_hostnames(true));
//! let database = aws::SecurityGroup::builder()
//!     .vpc_id(vpc.id())
//!     .description("PostgreSQL from inside")
//!     .ingress([aws::Rule::tcp(5432).from_cidr(cidr!("10.0.0.0/16"))]);
//! stack.add("database", database);
//! # stack.compile().map(|_| ())
//! # }
//! ```
//!
//! What exists already and belongs to others is looked up:
//!
//! ```
//! # extern crate flashinfra_stacks as flashinfra;
//! # use flashinfra_stacks_aws as aws;
//! # fn main() -> Result<(), Vec<flashinfra::Problem>> {
//! use flashinfra::{Stack, cidr};
//!
//! let mut stack = Stack::new("shop", "production");
//! let zones = stack.lookup("zones", aws::AvailabilityZones::builder());
//! let shared = stack.lookup("shared", aws::ExistingVpc::builder().tags([("team", "network")]));
//! let subnet = aws::Subnet::builder().vpc_id(shared.id()).cidr_block(cidr!("10.0.9.0/24"));
//! stack.add("a", subnet.availability_zone(zones.names().at(0)));
//! # stack.compile().map(|_| ())
//! # }
//! ```
//!
//! The adapter of a kind is the file of the same name in `providers/aws`.

extern crate flashinfra_stacks as flashinfra;

mod acm_certificate;
mod availability_zones;
mod backup_plan;
mod backup_vault;
mod caller_identity;
mod cloudwatch_log_group;
mod db_instance;
mod db_parameter_group;
mod db_snapshot;
mod db_subnet_group;
mod ecr_repository;
mod eip;
mod eks_access_entry;
mod eks_addon;
mod eks_cluster;
mod eks_node_group;
mod eks_pod_identity_association;
mod elasticache_parameter_group;
mod elasticache_replication_group;
mod elasticache_subnet_group;
mod existing_vpc;
mod iam_instance_profile;
mod iam_openid_connect_provider;
mod iam_policy;
mod iam_role;
mod ids;
mod internet_gateway;
mod kms_alias;
mod kms_key;
mod launch_template;
mod nat_gateway;
mod provider;
mod route53_record;
mod route53_zone;
mod route_table;
mod route_table_association;
mod s3_bucket;
mod secretsmanager_secret;
mod security_group;
mod ssm_parameter_value;
mod subnet;
mod vpc;
mod vpc_endpoint;

use flashinfra::{Lookup, Resource, Schema};

pub use acm_certificate::{AcmCertificate, AcmCertificateBuilder, AcmCertificateHandle};
pub use availability_zones::{AvailabilityZones, AvailabilityZonesBuilder, AvailabilityZonesHandle};
pub use backup_plan::{
    BackupConditions, BackupConditionsBuilder, BackupCopy, BackupCopyBuilder, BackupLifecycle, BackupLifecycleBuilder,
    BackupPlan, BackupPlanBuilder, BackupPlanHandle, BackupRule, BackupRuleBuilder, BackupSelection,
    BackupSelectionBuilder, BackupTag, BackupTagBuilder,
};
pub use backup_vault::{BackupVault, BackupVaultBuilder, BackupVaultHandle};
pub use caller_identity::{CallerIdentity, CallerIdentityBuilder, CallerIdentityHandle};
pub use cloudwatch_log_group::{CloudwatchLogGroup, CloudwatchLogGroupBuilder, CloudwatchLogGroupHandle};
pub use db_instance::{DbInstance, DbInstanceBuilder, DbInstanceHandle, DbRestore, DbRestoreBuilder};
pub use db_parameter_group::{DbParameterGroup, DbParameterGroupBuilder, DbParameterGroupHandle};
pub use db_snapshot::{DbSnapshot, DbSnapshotBuilder, DbSnapshotHandle};
pub use db_subnet_group::{DbSubnetGroup, DbSubnetGroupBuilder, DbSubnetGroupHandle};
pub use ecr_repository::{EcrRepository, EcrRepositoryBuilder, EcrRepositoryHandle};
pub use eip::{Eip, EipBuilder, EipHandle};
pub use eks_access_entry::{
    EksAccessEntry, EksAccessEntryBuilder, EksAccessEntryHandle, EksAccessPolicy, EksAccessPolicyBuilder,
};
pub use eks_addon::{EksAddon, EksAddonBuilder, EksAddonHandle};
pub use eks_cluster::{
    EksAccess, EksAccessBuilder, EksCluster, EksClusterBuilder, EksClusterHandle, EksNetwork, EksNetworkBuilder,
    EksVpc, EksVpcBuilder,
};
pub use eks_node_group::{
    EksLaunchTemplate, EksLaunchTemplateBuilder, EksNodeGroup, EksNodeGroupBuilder, EksNodeGroupHandle, EksNodeUpdate,
    EksNodeUpdateBuilder, EksScaling, EksScalingBuilder, EksTaint, EksTaintBuilder,
};
pub use eks_pod_identity_association::{
    EksPodIdentityAssociation, EksPodIdentityAssociationBuilder, EksPodIdentityAssociationHandle,
};
pub use elasticache_parameter_group::{
    ElasticacheParameterGroup, ElasticacheParameterGroupBuilder, ElasticacheParameterGroupHandle,
};
pub use elasticache_replication_group::{
    ElasticacheReplicationGroup, ElasticacheReplicationGroupBuilder, ElasticacheReplicationGroupHandle,
};
pub use elasticache_subnet_group::{
    ElasticacheSubnetGroup, ElasticacheSubnetGroupBuilder, ElasticacheSubnetGroupHandle,
};
pub use existing_vpc::{ExistingVpc, ExistingVpcBuilder, ExistingVpcHandle};
pub use iam_instance_profile::{IamInstanceProfile, IamInstanceProfileBuilder, IamInstanceProfileHandle};
pub use iam_openid_connect_provider::{
    IamOpenidConnectProvider, IamOpenidConnectProviderBuilder, IamOpenidConnectProviderHandle,
};
pub use iam_policy::{IamPolicy, IamPolicyBuilder, IamPolicyHandle};
pub use iam_role::{IamRole, IamRoleBuilder, IamRoleHandle, trust_pods, trust_service};
pub use ids::{
    AccessPolicyArn, AcmCertificateArn, AllocationId, AvailabilityZone, BackupPlanArn, BackupVaultArn,
    CacheParameterGroupArn, CacheSubnetGroupArn, DbInstanceArn, DbParameterGroupArn, DbParameterGroupName,
    DbSnapshotArn, DbSubnetGroupArn, EcrRepositoryArn, EgressOnlyGatewayId, EksAccessEntryArn, EksAddonArn,
    EksClusterArn, EksNodeGroupArn, ImageId, InstanceProfileArn, InternetGatewayId, KmsAliasArn, KmsKeyArn, KmsKeyId,
    LaunchTemplateId, LogGroupArn, NatGatewayId, NetworkInterfaceId, OidcIssuerUrl, OidcProviderArn,
    PeeringConnectionId, PodIdentityAssociationArn, PolicyArn, PrefixListId, ReplicationGroupArn, RoleArn,
    Route53ZoneArn, Route53ZoneId, RouteTableAssociationId, RouteTableId, S3BucketArn, SecretArn, SecurityGroupId,
    SnapshotId, SubnetArn, SubnetId, TransitGatewayId, VpcEndpointId, VpcId, VpnGatewayId,
};
pub use internet_gateway::{InternetGateway, InternetGatewayBuilder, InternetGatewayHandle};
pub use kms_alias::{KmsAlias, KmsAliasBuilder, KmsAliasHandle};
pub use kms_key::{KmsKey, KmsKeyBuilder, KmsKeyHandle};
pub use launch_template::{
    BlockDevice, BlockDeviceBuilder, LaunchTemplate, LaunchTemplateBuilder, LaunchTemplateHandle, MetadataOptions,
    MetadataOptionsBuilder,
};
pub use nat_gateway::{NatGateway, NatGatewayBuilder, NatGatewayHandle};
pub use provider::{Provider, ProviderBuilder};
pub use route_table::{Destination, Route, RouteBuilder, RouteTable, RouteTableBuilder, RouteTableHandle};
pub use route_table_association::{RouteTableAssociation, RouteTableAssociationBuilder, RouteTableAssociationHandle};
pub use route53_record::{
    Route53Alias, Route53AliasBuilder, Route53GeoLocation, Route53GeoLocationBuilder, Route53Record,
    Route53RecordBuilder, Route53RecordHandle,
};
pub use route53_zone::{Route53Vpc, Route53VpcBuilder, Route53Zone, Route53ZoneBuilder, Route53ZoneHandle};
pub use s3_bucket::{
    S3Bucket, S3BucketBuilder, S3BucketHandle, S3Encryption, S3EncryptionBuilder, S3LifecycleRule,
    S3LifecycleRuleBuilder, S3NoncurrentVersionExpiration, S3NoncurrentVersionExpirationBuilder,
    S3NoncurrentVersionTransition, S3NoncurrentVersionTransitionBuilder, S3ObjectLockRetention,
    S3ObjectLockRetentionBuilder, S3PublicAccessBlock, S3PublicAccessBlockBuilder, S3Replication, S3ReplicationBuilder,
    S3ReplicationDestination, S3ReplicationDestinationBuilder, S3ReplicationRule, S3ReplicationRuleBuilder,
    S3Transition, S3TransitionBuilder,
};
pub use secretsmanager_secret::{SecretsmanagerSecret, SecretsmanagerSecretBuilder, SecretsmanagerSecretHandle};
pub use security_group::{PortRule, Rule, RuleBuilder, SecurityGroup, SecurityGroupBuilder, SecurityGroupHandle};
pub use ssm_parameter_value::{SsmParameterValue, SsmParameterValueBuilder, SsmParameterValueHandle};
pub use subnet::{Subnet, SubnetBuilder, SubnetHandle};
pub use vpc::{Vpc, VpcBuilder, VpcHandle};
pub use vpc_endpoint::{VpcEndpoint, VpcEndpointBuilder, VpcEndpointHandle};

/// The schemas of all lookups, sorted by kind.
pub const LOOKUPS: &[&Schema] =
    &[AvailabilityZones::SCHEMA, CallerIdentity::SCHEMA, ExistingVpc::SCHEMA, SsmParameterValue::SCHEMA];

/// The schemas of all kinds, sorted by kind.
pub const SCHEMAS: &[&Schema] = &[
    AcmCertificate::SCHEMA,
    BackupPlan::SCHEMA,
    BackupVault::SCHEMA,
    CloudwatchLogGroup::SCHEMA,
    DbInstance::SCHEMA,
    DbParameterGroup::SCHEMA,
    DbSnapshot::SCHEMA,
    DbSubnetGroup::SCHEMA,
    EcrRepository::SCHEMA,
    Eip::SCHEMA,
    EksAccessEntry::SCHEMA,
    EksAddon::SCHEMA,
    EksCluster::SCHEMA,
    ElasticacheParameterGroup::SCHEMA,
    ElasticacheReplicationGroup::SCHEMA,
    ElasticacheSubnetGroup::SCHEMA,
    EksNodeGroup::SCHEMA,
    EksPodIdentityAssociation::SCHEMA,
    IamInstanceProfile::SCHEMA,
    IamOpenidConnectProvider::SCHEMA,
    IamPolicy::SCHEMA,
    IamRole::SCHEMA,
    InternetGateway::SCHEMA,
    KmsAlias::SCHEMA,
    KmsKey::SCHEMA,
    LaunchTemplate::SCHEMA,
    NatGateway::SCHEMA,
    Route53Record::SCHEMA,
    Route53Zone::SCHEMA,
    RouteTable::SCHEMA,
    RouteTableAssociation::SCHEMA,
    SecretsmanagerSecret::SCHEMA,
    S3Bucket::SCHEMA,
    SecurityGroup::SCHEMA,
    Subnet::SCHEMA,
    Vpc::SCHEMA,
    VpcEndpoint::SCHEMA,
];
