//! The AWS adapter: SDK calls only, one file per kind, each beside the definition of the same name in `stacks/aws`.
//!
//! - **Reads** ask for all objects of a kind at once: a paged describe with a filter on their ids where the service has
//!   one. What fans out: DNS attributes of a VPC (DescribeVpcAttribute, only those that the stack sets), roles (GetRole,
//!   ListAttachedRolePolicies, ListRolePolicies and a GetRolePolicy for each, as far as the stack sets them; from eleven roles on the account's
//!   authorization details in pages), policies (GetPolicy, GetPolicyVersion), instance profiles, OpenID Connect providers, tags of DB
//!   subnet and parameter groups and of log groups (ListTagsForResource), what parameter groups set (DescribeDBParameters), log groups
//!   while they are few (DescribeLogGroups), EKS clusters and what is inside of them (DescribeCluster, DescribeNodegroup, DescribeAddon,
//!   DescribeAccessEntry and ListAssociatedAccessPolicies, DescribePodIdentityAssociation), KMS keys (DescribeKey, ListResourceTags, and a call each for
//!   rotation and policy where the stack sets them), buckets (GetBucketTagging, and a call for each part that the stack sets), zones
//!   (GetHostedZone), certificates (DescribeCertificate, ListTagsForCertificate), tags of backup vaults (ListTags), backup plans
//!   (GetBackupPlan, ListTags, and where the stack selects anything ListBackupSelections and a GetBackupSelection for each) and the
//!   records of a zone (ListResourceRecordSets for all of them).
//!   Reads are retried by the SDK, at most four attempts, at the pace of their service and region.
//! - **Lookups** are reads as well: zones of the region, the caller, parameters ten at a time, VPCs of others.
//! - **Writes** are sent once: the SDK's retries are off, and the engine retries what was surely not done.
//! - **The owner mark** is the tag `flashinfra`, sent with the create itself for every kind that takes tags (associations of
//!   route tables and aliases of keys do not), and no part of the `tags` attribute.
//! - **A create of several calls** (a VPC and its DNS attributes, a group and its rules, a table and its routes, a role and its
//!   policies) goes on after a throttled call for a minute; when it fails for good it answers "unknown": the object exists
//!   with our mark, the engine finds it, and the next plan shows what is still to be changed on it.
//! - **A test server proves neither** quotas, permissions and timing, nor rules across services.

mod acm_certificate;
mod adapter;
mod availability_zones;
mod backup;
mod backup_plan;
mod backup_vault;
mod caller_identity;
mod calls;
mod clients;
mod cloudwatch_log_group;
mod complete;
mod db_instance;
mod db_parameter_group;
mod db_snapshot;
mod db_subnet_group;
mod ec2;
mod ecr_repository;
mod eip;
mod eks;
mod eks_access_entry;
mod eks_addon;
mod eks_cluster;
mod eks_node_group;
mod eks_pod_identity_association;
mod eks_token;
mod elasticache;
mod elasticache_parameter_group;
mod elasticache_replication_group;
mod elasticache_subnet_group;
mod error;
mod existing_vpc;
mod factory;
mod fields;
mod iam;
mod iam_instance_profile;
mod iam_openid_connect_provider;
mod iam_policy;
mod iam_role;
mod internet_gateway;
mod kind;
mod kms_alias;
mod kms_key;
mod launch_template;
mod lookup;
mod named;
mod nat_gateway;
mod pace;
mod policy;
mod rds;
mod route53;
mod route53_record;
mod route53_zone;
mod route_table;
mod route_table_association;
mod s3_bucket;
mod secretsmanager_secret;
mod security_group;
mod settings;
mod ssm_parameter_value;
mod subnet;
mod tags;
mod vpc;
mod vpc_endpoint;

pub use aws_sdk_sts::config::{Credentials, ProvideCredentials};
pub use factory::AwsFactory;
