//! The SDK's clients of one provider instance: one HTTP stack, reads that are retried, writes that never are.

use std::sync::Arc;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider as Tls, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use flashinfra_providers::error::chain;
use flashinfra_providers::retry::Paces;
use flashinfra_providers::{Class, Error};
use futures_util::stream::{self, StreamExt};
use tokio::sync::OnceCell;

use crate::calls::Counter;
use crate::error::Codes;
use crate::pace::Pace;
use crate::settings::Settings;

/// How long a connection may take to open. AWS's endpoints answer within a second; a longer wait would only hide an
/// endpoint that is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long one attempt may take, from first byte to last. Describes of a full page take seconds; nothing here takes minutes,
/// since slow work is answered as accepted.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(40);

/// How often a read is sent at most. Reading twice is harmless.
const READ_ATTEMPTS: u32 = 4;

/// How long a read may take, with its attempts, their pauses and the waiting for a turn where a service throttles. Below the two minutes
/// that the engine gives a call, so that what it hears is the reason and not that there was no answer.
const READ_TIMEOUT: Duration = Duration::from_secs(100);

/// The pause between two looks at an object of a server on this machine.
pub(crate) const LOCAL_PAUSE: Duration = Duration::from_millis(200);

/// How many calls of a fan-out are under way at once. EC2's describes refill at 20 a second and IAM's reads are slower;
/// eight keep below both with round trips of half a second.
const FAN_OUT: usize = 8;

/// Makes calls that fan out, a few at a time; the answers stand in the calls' order.
pub(crate) async fn fan_out<F: Future>(calls: Vec<F>) -> Vec<F::Output> {
    stream::iter(calls).buffered(FAN_OUT).collect().await
}

/// The clients of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    /// For reads: retried by the SDK, at the pace of their service.
    pub(crate) read: Services,
    /// For writes: sent once. The engine retries, and only what was surely not done.
    pub(crate) write: Services,
    /// What was sent so far.
    pub(crate) counter: Counter,
    config: SdkConfig,
    /// The identity behind the credentials, once something asked for it.
    identity: Arc<OnceCell<Identity>>,
    /// The named profile, where there is one.
    profile: Option<String>,
    /// The role to act as, where there is one.
    role: Option<String>,
}

/// Who the credentials lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The account, 12 digits.
    pub(crate) account: String,
    /// The ARN of the role or user.
    pub(crate) arn: String,
}

impl Identity {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub(crate) fn partition(&self) -> &str {
        self.arn.split(':').nth(1).unwrap_or("aws")
    }
}

/// One client per service.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) acm: aws_sdk_acm::Client,
    pub(crate) backup: aws_sdk_backup::Client,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) ecr: aws_sdk_ecr::Client,
    pub(crate) eks: aws_sdk_eks::Client,
    pub(crate) elasticache: aws_sdk_elasticache::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) rds: aws_sdk_rds::Client,
    pub(crate) secretsmanager: aws_sdk_secretsmanager::Client,
    pub(crate) route53: aws_sdk_route53::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) tagging: aws_sdk_resourcegroupstagging::Client,
}

impl Clients {
    /// Clients as the settings, the environment and the AWS profile say.
    ///
    /// # Errors
    /// When nothing names a region.
    pub(crate) async fn open(
        settings: &Settings,
        credentials: Option<SharedCredentialsProvider>,
        paces: &Arc<Paces>,
    ) -> Result<Self, Error> {
        let http = aws_smithy_http_client::Builder::new().tls_provider(Tls::Rustls(CryptoMode::AwsLc)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint) = &settings.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(credentials) = credentials {
            loader = loader.credentials_provider(credentials);
        }
        Self::of(acting_as(settings, loader.load().await).await, settings, paces)
    }

    /// Clients of a configuration.
    ///
    /// # Errors
    /// When nothing names a region.
    pub(crate) fn of(config: SdkConfig, settings: &Settings, paces: &Arc<Paces>) -> Result<Self, Error> {
        if config.region().is_none() {
            let message = "no AWS region is set: give the provider one (`aws::Provider::region(\"us-east-1\")`), or set \
                           AWS_REGION, or `region` in the AWS profile";
            return Err(Error::new(Class::FixInput, message));
        }
        let counter = Counter::default();
        let timeouts = || TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
        // An attempt of a read has waited for its turn before: its time runs from when it is sent.
        let reads = timeouts().read_timeout(ATTEMPT_TIMEOUT).operation_timeout(READ_TIMEOUT).build();
        let reads = config.to_builder().timeout_config(reads);
        let reads = reads.retry_config(RetryConfig::standard().with_max_attempts(READ_ATTEMPTS)).build();
        let writes = timeouts().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let writes = config.to_builder().timeout_config(writes).retry_config(RetryConfig::disabled()).build();
        let (read, write) = (Services::new(&reads, &counter, Some(paces)), Services::new(&writes, &counter, None));
        let profile = settings.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok());
        let (identity, role) = (Arc::default(), settings.assume_role.clone());
        Ok(Self { read, write, counter, config, identity, profile, role })
    }

    /// The region that all of this happens in.
    pub(crate) fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }

    /// Who the credentials lead to, asked for now.
    ///
    /// # Errors
    /// When STS does not tell.
    pub(crate) async fn prove_identity(&self) -> Result<Identity, Error> {
        let identity = self.read.sts.get_caller_identity().send().await;
        let identity = identity.map_err(Codes::of_no_kind().read("sts:GetCallerIdentity"))?;
        let (Some(account), Some(arn)) = (identity.account, identity.arn) else {
            return Err(Error::new(Class::AskPerson, "sts:GetCallerIdentity told neither account nor ARN"));
        };
        let identity = Identity { account, arn };
        // A second proof tells nothing new, since an instance keeps its credentials for life.
        let _ = self.identity.set(identity.clone());
        Ok(identity)
    }

    /// Who the credentials lead to, for the ARNs that are made of it.
    ///
    /// # Errors
    /// As above, when nothing asked before.
    pub(crate) async fn identity(&self) -> Result<&Identity, Error> {
        self.identity.get_or_try_init(|| self.prove_identity()).await
    }

    /// Whether all of it goes to a server on this machine, which stands in for AWS and answers at once.
    pub(crate) fn is_local(&self) -> bool {
        self.config.endpoint_url().is_some_and(is_loopback)
    }

    /// Where all services are reached, when that is not AWS's own endpoints.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// Looks for credentials, so that their absence is told in its own words and not as a failed call.
    ///
    /// # Errors
    /// When there are none; the message says where they were looked for.
    pub(crate) async fn find_credentials(&self) -> Result<(), Error> {
        self.credentials().await.map(drop)
    }

    /// The credentials of all calls, to sign something else with.
    ///
    /// # Errors
    /// As above.
    pub(crate) async fn credentials(&self) -> Result<Credentials, Error> {
        let found = match self.config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await,
            None => Err(CredentialsError::not_loaded_no_source()),
        };
        found.map_err(|error| Error::new(Class::AskPerson, self.no_credentials(&error)))
    }

    fn no_credentials(&self, error: &CredentialsError) -> String {
        let profile = match &self.profile {
            Some(profile) => format!("profile `{profile}` of ~/.aws"),
            None => "~/.aws".to_owned(),
        };
        let tried = format!(
            "the environment (AWS_ACCESS_KEY_ID), {profile}, a web identity token, and the metadata of a container or \
             instance"
        );
        match error {
            // The chain of what each source lacks says no more than that.
            CredentialsError::CredentialsNotLoaded(_) => format!("there are no AWS credentials in {tried}"),
            error => {
                let reason = chain(error).split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some(role) = &self.role {
                    return format!("the role {role} cannot be assumed with the credentials from {tried}: {reason}");
                }
                format!("no usable AWS credentials were found in {tried}: {reason}")
            }
        }
    }
}

impl Services {
    /// With paces, calls keep to the one of their service and region.
    fn new(config: &SdkConfig, counter: &Counter, paces: Option<&Arc<Paces>>) -> Self {
        let region = config.region().map_or("", Region::as_ref);
        macro_rules! client {
            ($sdk:ident, $service:literal $(, $setting:ident = $value:expr)?) => {{
                let mut builder = $sdk::config::Builder::from(config).interceptor(counter.clone());
                if let Some(http) = config.http_client()
                    && let Some(paces) = paces
                {
                    let pace = Pace::new(paces, $service, region);
                    builder = builder.http_client(pace.keep(http)).retry_classifier(pace);
                }
                $(builder = builder.$setting($value);)?
                $sdk::Client::from_conf(builder.build())
            }};
        }
        Self {
            acm: client!(aws_sdk_acm, "acm"),
            backup: client!(aws_sdk_backup, "backup"),
            ec2: client!(aws_sdk_ec2, "ec2"),
            ecr: client!(aws_sdk_ecr, "ecr"),
            eks: client!(aws_sdk_eks, "eks"),
            elasticache: client!(aws_sdk_elasticache, "elasticache"),
            iam: client!(aws_sdk_iam, "iam"),
            kms: client!(aws_sdk_kms, "kms"),
            logs: client!(aws_sdk_cloudwatchlogs, "logs"),
            rds: client!(aws_sdk_rds, "rds"),
            secretsmanager: client!(aws_sdk_secretsmanager, "secretsmanager"),
            route53: client!(aws_sdk_route53, "route53"),
            // A server that stands in for AWS has no host name for each bucket.
            s3: client!(aws_sdk_s3, "s3", force_path_style = config.endpoint_url().is_some()),
            ssm: client!(aws_sdk_ssm, "ssm"),
            sts: client!(aws_sdk_sts, "sts"),
            tagging: client!(aws_sdk_resourcegroupstagging, "tag"),
        }
    }
}

/// The configuration with the credentials of the role that the settings name. They are fetched with the first call, and again before they
/// run out.
async fn acting_as(settings: &Settings, config: SdkConfig) -> SdkConfig {
    let Some(role) = &settings.assume_role else { return config };
    let mut assumed = AssumeRoleProvider::builder(role).configure(&config).session_name("flashinfra");
    if let Some(id) = &settings.external_id {
        assumed = assumed.external_id(id);
    }
    let credentials = SharedCredentialsProvider::new(assumed.build().await);
    config.into_builder().credentials_provider(credentials).build()
}

/// The partition of a region: what ARNs begin with.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Whether a URL leads to this machine.
fn is_loopback(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?']).next().unwrap_or_default();
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|host| authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_local() {
        for url in ["http://127.0.0.1:5000", "http://localhost", "https://localhost:8443/aws", "http://[::1]:5000"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["https://ec2.us-east-1.amazonaws.com", "http://localhost.example.com", "http://10.0.0.1:5000"] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
