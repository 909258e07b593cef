//! Counts every call that is sent, by operation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use flashinfra_plans::Name;
use flashinfra_providers::Calls;

/// The counter that all clients of one provider instance share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<Mutex<BTreeMap<Name, u64>>>);

impl Counter {
    /// The calls so far.
    pub(crate) fn calls(&self) -> Calls {
        Calls(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn count(&self, operation: Name) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }
}

#[dyn_dispatch_hint]
impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "flashinfra call counter"
    }

    // Once per attempt, so that what the SDK retries is counted as what it costs.
    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = config.load::<Metadata>() {
            self.count(format!("{}:{}", prefix(call.service()), call.name()).into());
        }
        Ok(())
    }
}

/// A service as it is called in IAM actions: `ec2:DescribeVpcs`.
fn prefix(service: &str) -> String {
    match service {
        "CloudWatch Logs" => "logs".to_owned(),
        "Resource Groups Tagging API" => "tag".to_owned(),
        other => other.to_ascii_lowercase().replace(' ', ""),
    }
}
