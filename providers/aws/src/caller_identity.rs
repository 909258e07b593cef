//! `aws.caller_identity`: what proving the place said already (GetCallerIdentity).

use async_trait::async_trait;
use flashinfra_plans::Live;
use flashinfra_providers::{Error, Question};
use flashinfra_stacks::Lookup as _;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::fields::Fields;
use crate::lookup::{Lookup, found};

const SCHEMA: &Schema = flashinfra_stacks_aws::CallerIdentity::SCHEMA;

/// The kind.
pub(crate) struct CallerIdentityLookup;

#[async_trait]
impl Lookup for CallerIdentityLookup {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> &'static [&'static str] {
        &["sts:GetCallerIdentity"]
    }

    async fn answer(&self, aws: &Clients, asked: &[Question]) -> Result<Vec<Live>, Error> {
        let identity = aws.identity().await?;
        let fields = Fields::new()
            .text("account", Some(&identity.account))
            .text("arn", Some(&identity.arn))
            .text("partition", Some(identity.partition()));
        Ok(vec![found(&identity.account, fields.build()); asked.len()])
    }
}
