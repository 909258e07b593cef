//! Makes AWS provider instances, and lists the kinds.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use flashinfra_plans::ProviderInstance;
use flashinfra_providers::{Error, Factory, Provider};
use flashinfra_stacks::schema::Schema;

use crate::adapter::Adapter;
use crate::clients::Clients;
use crate::db_instance::DbInstanceKind;
use crate::db_subnet_group::DbSubnetGroupKind;
use crate::eip::EipKind;
use crate::eks_cluster::EksClusterKind;
use crate::iam_role::IamRoleKind;
use crate::internet_gateway::InternetGatewayKind;
use crate::kind::Kind;
use crate::nat_gateway::NatGatewayKind;
use crate::route_table::RouteTableKind;
use crate::route_table_association::RouteTableAssociationKind;
use crate::security_group::SecurityGroupKind;
use crate::settings::Settings;
use crate::subnet::SubnetKind;
use crate::vpc::VpcKind;

/// The kinds that the adapter serves.
const KINDS: [&dyn Kind; 12] = [
    &DbInstanceKind,
    &DbSubnetGroupKind,
    &EipKind,
    &EksClusterKind,
    &IamRoleKind,
    &InternetGatewayKind,
    &NatGatewayKind,
    &RouteTableKind,
    &RouteTableAssociationKind,
    &SecurityGroupKind,
    &SubnetKind,
    &VpcKind,
];

/// The factory of the provider type `aws`.
#[derive(Clone, Debug, Default)]
pub struct AwsFactory {
    credentials: Option<SharedCredentialsProvider>,
}

impl AwsFactory {
    /// A factory whose instances look for credentials where the `aws` command does.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same factory with credentials from a source of the program's own.
    #[must_use]
    pub fn with_credentials(self, source: impl ProvideCredentials + 'static) -> Self {
        Self { credentials: Some(SharedCredentialsProvider::new(source)) }
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

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        let settings = Settings::read(&instance.config)?;
        let clients = Clients::open(&settings, self.credentials.clone()).await?;
        Ok(Arc::new(Adapter::new(clients, settings.account)))
    }
}

/// The adapter of one kind.
pub(crate) fn kind(name: &str) -> Option<&'static dyn Kind> {
    KINDS.into_iter().find(|kind| kind.schema().kind == name)
}
