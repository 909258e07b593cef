//! S3, and what speaks like it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use object_store::aws::{AmazonS3Builder, AwsCredential, resolve_bucket_region};
use object_store::{CredentialProvider, ObjectStore};
use tokio::sync::Mutex;

use super::{OpenError, client, one_try, settings};
use crate::environment::Environment;
use crate::url::Location;

/// How long before their end credentials are fetched anew: longer than a request with its tries takes.
const RENEW_BEFORE: Duration = Duration::from_secs(300);

/// Where a bucket is when nothing says so and it cannot be found out.
const REGION: &str = "us-east-1";

pub(super) async fn connect(
    location: &Location,
    bucket: &str,
    environment: &Environment,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| environment.get(name));
    let endpoint = first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
    let mut builder = AmazonS3Builder::new()
        .with_retry(one_try())
        .with_client_options(client(endpoint))
        // The request that deletes many objects at once is the one that servers like S3 lack most often.
        .with_disable_bulk_delete(true);
    for (name, value) in environment.starting_with("AWS_") {
        // Others are for the SDK, and read by it.
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    let mut region = first(["AWS_REGION", "AWS_DEFAULT_REGION"]).map(str::to_owned);
    let has_keys = environment.get("AWS_ACCESS_KEY_ID").is_some() && environment.get("AWS_SECRET_ACCESS_KEY").is_some();
    if !has_keys {
        let config = sdk().await;
        region = region.or_else(|| config.region().map(ToString::to_string));
        let provider = config.credentials_provider().ok_or_else(|| settings(location, "there are no credentials"))?;
        builder = builder.with_credentials(Arc::new(Chain { provider, current: Mutex::default() }));
    }
    let region = match (region, endpoint) {
        (Some(region), _) => region,
        (None, Some(_)) => REGION.into(),
        (None, None) => resolve_bucket_region(bucket, &client(None)).await.unwrap_or_else(|_| REGION.into()),
    };
    let store =
        builder.with_region(region).with_bucket_name(bucket).build().map_err(|error| settings(location, error))?;
    Ok(Arc::new(store))
}

/// What the environment, profiles, single sign-on, roles and instance metadata of this process say, as every AWS tool
/// reads them.
async fn sdk() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}

/// The SDK's chain of credential sources, for the store.
#[derive(Debug)]
struct Chain {
    provider: SharedCredentialsProvider,
    current: Mutex<Option<(Arc<AwsCredential>, Option<SystemTime>)>>,
}

#[async_trait]
impl CredentialProvider for Chain {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut current = self.current.lock().await;
        if let Some((credential, ends)) = &*current
            && ends.is_none_or(|ends| ends > SystemTime::now() + RENEW_BEFORE)
        {
            return Ok(credential.clone());
        }
        let found = self
            .provider
            .provide_credentials()
            .await
            .map_err(|error| object_store::Error::Unauthenticated { path: String::new(), source: Box::new(error) })?;
        let credential = Arc::new(AwsCredential {
            key_id: found.access_key_id().into(),
            secret_key: found.secret_access_key().into(),
            token: found.session_token().map(Into::into),
        });
        *current = Some((credential.clone(), found.expiry()));
        Ok(credential)
    }
}
