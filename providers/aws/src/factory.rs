//! Makes AWS provider instances, and lists the kinds.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use flashinfra_plans::ProviderInstance;
use flashinfra_providers::retry::Paces;
use flashinfra_providers::{ClusterToken, Error, Factory, Needed, Permissions, Provider};
use flashinfra_stacks::schema::Schema;

use crate::acm_certificate::AcmCertificateKind;
use crate::adapter::Adapter;
use crate::availability_zones::AvailabilityZonesLookup;
use crate::backup_plan::BackupPlanKind;
use crate::backup_vault::BackupVaultKind;
use crate::caller_identity::CallerIdentityLookup;
use crate::clients::Clients;
use crate::cloudwatch_log_group::CloudwatchLogGroupKind;
use crate::db_instance::DbInstanceKind;
use crate::db_parameter_group::DbParameterGroupKind;
use crate::db_snapshot::DbSnapshotKind;
use crate::db_subnet_group::DbSubnetGroupKind;
use crate::ecr_repository::EcrRepositoryKind;
use crate::eip::EipKind;
use crate::eks_access_entry::EksAccessEntryKind;
use crate::eks_addon::EksAddonKind;
use crate::eks_cluster::EksClusterKind;
use crate::eks_node_group::EksNodeGroupKind;
use crate::eks_pod_identity_association::EksPodIdentityAssociationKind;
use crate::eks_token;
use crate::elasticache_parameter_group::ElasticacheParameterGroupKind;
use crate::elasticache_replication_group::ElasticacheReplicationGroupKind;
use crate::elasticache_subnet_group::ElasticacheSubnetGroupKind;
use crate::existing_vpc::ExistingVpcLookup;
use crate::iam_instance_profile::IamInstanceProfileKind;
use crate::iam_openid_connect_provider::IamOpenidConnectProviderKind;
use crate::iam_policy::IamPolicyKind;
use crate::iam_role::IamRoleKind;
use crate::internet_gateway::InternetGatewayKind;
use crate::kind::Kind;
use crate::kms_alias::KmsAliasKind;
use crate::kms_key::KmsKeyKind;
use crate::launch_template::LaunchTemplateKind;
use crate::lookup::Lookup;
use crate::nat_gateway::NatGatewayKind;
use crate::policy;
use crate::route_table::RouteTableKind;
use crate::route_table_association::RouteTableAssociationKind;
use crate::route53_record::Route53RecordKind;
use crate::route53_zone::Route53ZoneKind;
use crate::s3_bucket::S3BucketKind;
use crate::secretsmanager_secret::SecretsmanagerSecretKind;
use crate::security_group::SecurityGroupKind;
use crate::settings::Settings;
use crate::ssm_parameter_value::SsmParameterValueLookup;
use crate::subnet::SubnetKind;
use crate::vpc::VpcKind;
use crate::vpc_endpoint::VpcEndpointKind;

/// The kinds that the adapter serves.
const KINDS: &[&dyn Kind] = &[
    &AcmCertificateKind,
    &BackupPlanKind,
    &BackupVaultKind,
    &CloudwatchLogGroupKind,
    &DbInstanceKind,
    &DbParameterGroupKind,
    &DbSnapshotKind,
    &DbSubnetGroupKind,
    &EcrRepositoryKind,
    &EipKind,
    &EksAccessEntryKind,
    &EksAddonKind,
    &EksClusterKind,
    &ElasticacheParameterGroupKind,
    &ElasticacheReplicationGroupKind,
    &ElasticacheSubnetGroupKind,
    &EksNodeGroupKind,
    &EksPodIdentityAssociationKind,
    &IamInstanceProfileKind,
    &IamOpenidConnectProviderKind,
    &IamPolicyKind,
    &IamRoleKind,
    &InternetGatewayKind,
    &KmsAliasKind,
    &KmsKeyKind,
    &LaunchTemplateKind,
    &NatGatewayKind,
    &Route53RecordKind,
    &Route53ZoneKind,
    &RouteTableKind,
    &RouteTableAssociationKind,
    &SecretsmanagerSecretKind,
    &S3BucketKind,
    &SecurityGroupKind,
    &SubnetKind,
    &VpcKind,
    &VpcEndpointKind,
];

/// The lookups that the adapter answers.
const LOOKUPS: &[&dyn Lookup] =
    &[&AvailabilityZonesLookup, &CallerIdentityLookup, &ExistingVpcLookup, &SsmParameterValueLookup];

/// The factory of the provider type `aws`.
#[derive(Clone, Debug, Default)]
pub struct AwsFactory {
    credentials: Option<SharedCredentialsProvider>,
    /// How fast each service of each region is read, by whichever instance.
    paces: Arc<Paces>,
}

impl AwsFactory {
    /// A factory whose instances look for credentials where the `aws` command does.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same factory with credentials from a source of the program's own.
    #[must_use]
    pub fn with_credentials(self, source: impl ProvideCredentials + 'static) -> Self {
        Self { credentials: Some(SharedCredentialsProvider::new(source)), ..self }
    }
}

#[async_trait]
impl Factory for AwsFactory {
    fn provider(&self) -> &'static str {
        "aws"
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        KINDS.iter().map(|kind| kind.schema()).collect()
    }

    fn lookups(&self) -> Vec<&'static Schema> {
        LOOKUPS.iter().map(|lookup| lookup.schema()).collect()
    }

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        let settings = Settings::read(&instance.config)?;
        let clients = Clients::open(&settings, self.credentials.clone(), &self.paces).await?;
        Ok(Arc::new(Adapter::new(clients, settings.account)))
    }

    async fn cluster_token(&self, instance: &ProviderInstance, cluster: &str) -> Result<Option<ClusterToken>, Error> {
        let settings = Settings::read(&instance.config)?;
        let clients = Clients::open(&settings, self.credentials.clone(), &self.paces).await?;
        eks_token::token(&clients, cluster, SystemTime::now()).await.map(Some)
    }

    fn permissions(&self, name: &str) -> Option<Permissions> {
        let of_lookup = |lookup: &dyn Lookup| Permissions { read: lookup.permissions(), ..Permissions::default() };
        kind(name).map(Kind::permissions).or_else(|| lookup(name).map(of_lookup))
    }

    fn policy(&self, needed: &Needed) -> Option<String> {
        Some(format!("{:#}", policy::document(needed)))
    }
}

/// What the kinds of services other than EC2 begin with. EC2's bear no name of theirs.
const SERVICES: &[(&str, &str)] = &[
    ("aws.cloudwatch_log_", "logs"),
    ("aws.db_", "rds"),
    ("aws.ecr_", "ecr"),
    ("aws.eks_", "eks"),
    ("aws.elasticache_", "elasticache"),
    ("aws.iam_", "iam"),
    ("aws.kms_", "kms"),
    ("aws.secretsmanager_", "secretsmanager"),
    ("aws.acm_", "acm"),
    ("aws.backup_", "backup"),
    ("aws.route53_", "route53"),
    ("aws.s3_", "s3"),
    ("aws.ssm_", "ssm"),
    ("aws.caller_", "sts"),
];

/// The service of a kind, as it is called in AWS's API.
pub(crate) fn service(kind: &str) -> &'static str {
    SERVICES.iter().find(|(start, _)| kind.starts_with(start)).map_or("ec2", |(_, service)| service)
}

/// The adapter of one kind.
pub(crate) fn kind(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|kind| kind.schema().kind == name)
}

/// The adapter of one lookup.
pub(crate) fn lookup(name: &str) -> Option<&'static dyn Lookup> {
    LOOKUPS.iter().copied().find(|lookup| lookup.schema().kind == name)
}

#[cfg(test)]
mod tests {
    use super::{KINDS, service};

    #[test]
    fn the_service_of_each_kind_is_the_one_that_it_talks_to() {
        // Every file of a kind names its operations with their service: `rds:CreateDBInstance`.
        for kind in KINDS {
            let name = kind.schema().kind.strip_prefix("aws.").unwrap();
            let file = format!("{}/src/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            let source = std::fs::read_to_string(file).unwrap();
            let first = source.split(".write(\"").nth(1).unwrap_or_else(|| panic!("{name} writes nothing"));
            assert_eq!(first.split(':').next(), Some(service(&kind.schema().kind)), "{name}");
        }
    }
}
