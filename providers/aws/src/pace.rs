//! One token bucket for all reads of a service in a region, which minds `Retry-After`.
//!
//! The SDK has such a bucket as well, its adaptive mode. But that one knows of no `Retry-After`, it hands out a retry as five or ten
//! requests, and it is shared by whatever happens to run in the process. This is the engine's own, which writes keep to as well.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use flashinfra_providers::retry::Paces;

/// How long a read waits for its turn. Who would have to wait longer is told so at once: a plan that stands still for minutes and
/// says nothing is worse than one that names what it could not read.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The pace of one service in one region. Clones are the same.
#[derive(Clone)]
pub(crate) struct Pace {
    paces: Arc<Paces>,
    /// `ec2/us-east-1`
    service: Arc<str>,
}

impl Pace {
    pub(crate) fn new(paces: &Arc<Paces>, service: &str, region: &str) -> Self {
        Self { paces: Arc::clone(paces), service: format!("{service}/{region}").into() }
    }

    /// The client, each of whose requests waits for its turn.
    pub(crate) fn keep(&self, http: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Kept { pace: self.clone(), http })
    }

    /// Waits for a turn.
    async fn turn(&self) -> Result<(), Throttled> {
        let wait = self.paces.take(&self.service, now());
        if wait > PATIENCE {
            return Err(Throttled { service: Arc::clone(&self.service), wait });
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pace").field(&self.service).finish()
    }
}

/// The runtime's clock, which tests can turn.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// A request that was not sent, because its turn is too far away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} throttles, and its next turn is {} s away", wait.as_secs())]
pub(crate) struct Throttled {
    service: Arc<str>,
    wait: Duration,
}

/// When the request was sent that a response answers.
#[derive(Clone, Copy, Debug)]
struct Sent(Instant);

/// A client that keeps to a pace.
#[derive(Clone, Debug)]
struct Kept<T> {
    pace: Pace,
    http: T,
}

impl HttpClient for Kept<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let http = self.http.http_connector(settings, components);
        SharedHttpConnector::new(Kept { pace: self.pace.clone(), http })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.http.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.http.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.http.connector_metadata()
    }
}

impl HttpConnector for Kept<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { pace, http } = self.clone();
        HttpConnectorFuture::new(async move {
            pace.turn().await.map_err(|throttled| ConnectorError::other(throttled.into(), None))?;
            let sent = Sent(now());
            let mut response = http.call(request).await?;
            response.add_extension(sent);
            Ok(response)
        })
    }
}

/// Hears what became of each request, after the SDK's own classifiers, which know the codes that mean throttling.
impl ClassifyRetry for Pace {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        self.classify_retry_v2(context, &RetryAction::NoActionIndicated)
    }

    fn classify_retry_v2(&self, context: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        let asked = retry_after(response.headers());
        // A service that says when is too busy, whatever it calls that.
        if is_throttling(previous) || asked.is_some() && matches!(response.status().as_u16(), 429 | 503) {
            let sent = response.extension::<Sent>().map_or_else(now, |sent| sent.0);
            self.paces.throttled(&self.service, sent, now(), asked);
        } else {
            self.paces.answered(&self.service, now());
        }
        match asked {
            Some(asked) if asked > PATIENCE => RetryAction::RetryForbidden,
            Some(_) | None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "flashinfra pace"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

fn is_throttling(action: &RetryAction) -> bool {
    matches!(action, RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. }))
}

/// How long a service asks to be left alone, in seconds or until a date (RFC 9110, section 10.2.3). A date is compared with the
/// answer's own, so that clocks that differ do no harm.
pub(crate) fn retry_after(headers: &Headers) -> Option<Duration> {
    let asked = headers.get("retry-after")?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| SystemTime::try_from(DateTime::from_str(text, Format::HttpDate).ok()?).ok();
    let answered = headers.get("date").and_then(date).unwrap_or_else(SystemTime::now);
    Some(date(asked)?.duration_since(answered).unwrap_or_default())
}

#[cfg(test)]
mod tests;
