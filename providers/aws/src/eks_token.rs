//! Tokens for the Kubernetes API of EKS clusters: what `aws eks get-token` makes, without `aws`.
//!
//! A token is a request to STS, GetCallerIdentity, that is signed and not sent: the cluster sends it, and is told who signed it.
//! The cluster's name is signed along, so that a token for one cluster is none for another. The SDK presigns no such request.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::base64;
use aws_smithy_types::date_time::{DateTime, Format};
use flashinfra_providers::error::chain;
use flashinfra_providers::{Class, ClusterToken, Error, Sensitive};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::clients::Clients;

/// How a cluster knows such a token.
const PREFIX: &str = "k8s-aws-v1.";

/// The header that carries the cluster's name, and is signed along.
const CLUSTER_HEADER: &str = "x-k8s-aws-id";

/// For how long STS takes the request, as `aws eks get-token` asks for.
const URL_LIFE: Duration = Duration::from_secs(60);

/// For how long a cluster takes the token: 15 minutes after it was signed, one of which is kept for clocks that differ
/// (aws-iam-authenticator, `pkg/token`).
const TOKEN_LIFE: Duration = Duration::from_secs(14 * 60);

/// What stands as it is in a query that is signed (IAM user guide, "Create a signed AWS API request").
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A token for the cluster of this name in the clients' region, from now on.
///
/// # Errors
/// When there are no credentials.
pub(crate) async fn token(aws: &Clients, cluster: &str, now: SystemTime) -> Result<ClusterToken, Error> {
    let url = presigned(&aws.credentials().await?, aws.region(), cluster, now).await?;
    // Whole seconds: kubectl reads no others.
    let expires = DateTime::from_secs(DateTime::from(now + TOKEN_LIFE).secs());
    let expires = expires.fmt(Format::DateTime).map_err(|error| unsigned(&error))?;
    Ok(ClusterToken { token: Sensitive::new(format!("{PREFIX}{}", url_safe(&url))), expires: expires.into() })
}

/// The URL of a GetCallerIdentity that names the cluster. It goes to STS in the region, whatever endpoint the stack names: it is the
/// cluster that sends it.
async fn presigned(credentials: &Credentials, region: &str, cluster: &str, now: SystemTime) -> Result<String, Error> {
    let params = Params::builder().region(region).build().map_err(|error| unsigned(&error))?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(|error| unsigned(&*error))?;
    let url = format!("{}/?Action=GetCallerIdentity&Version=2011-06-15", endpoint.url().trim_end_matches('/'));
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(URL_LIFE);
    let identity = Identity::from(credentials.clone());
    let signing = SigningParams::builder().identity(&identity).region(region).name("sts").time(now).settings(settings);
    let signing = signing.build().map_err(|error| unsigned(&error))?.into();
    let headers = std::iter::once((CLUSTER_HEADER, cluster));
    let request = SignableRequest::new("GET", url.as_str(), headers, SignableBody::Bytes(&[]));
    let signed = request.and_then(|request| sign(request, &signing)).map_err(|error| unsigned(&error))?;
    let (signed, _) = signed.into_parts();
    let added = signed.params().iter().map(|(name, value)| (name, utf8_percent_encode(value, UNRESERVED)));
    Ok(added.fold(url.clone(), |url, (name, value)| format!("{url}&{name}={value}")))
}

/// Base64 for URLs, without padding.
fn url_safe(text: &str) -> String {
    base64::encode(text).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

fn unsigned(error: &(dyn std::error::Error + 'static)) -> Error {
    Error::new(Class::FixInput, format!("the token could not be signed: {}", chain(error)))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    use aws_credential_types::Credentials;
    use flashinfra_test_support::python;

    use super::{PREFIX, presigned, url_safe};

    /// Makes the same URL with botocore, as `aws eks get-token` does, at a time of its own choosing.
    const BOTOCORE: &str = r#"
import datetime, sys
import botocore.auth, botocore.session

key, secret, token, region, cluster, seconds = sys.argv[1:]
now = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).replace(tzinfo=None)
botocore.auth.get_current_datetime = lambda *_, **__: now
session = botocore.session.Session()
session.set_credentials(key, secret, token or None)
client = session.create_client("sts", region)

def keep_name(params, context, **_):
    if "ClusterName" in params:
        context["cluster"] = params.pop("ClusterName")

def send_name(request, **_):
    if "cluster" in request.context:
        request.headers["x-k8s-aws-id"] = request.context["cluster"]

client.meta.events.register("provide-client-params.sts.GetCallerIdentity", keep_name)
client.meta.events.register("before-sign.sts.GetCallerIdentity", send_name)
url = client.generate_presigned_url("get_caller_identity", Params={"ClusterName": cluster}, ExpiresIn=60, HttpMethod="GET")
print(url, end="")
"#;

    const KEY: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPx";

    /// Host and parameters of a URL, the latter in an order of their own.
    fn parts(url: &str) -> Vec<&str> {
        let (host, query) = url.split_once("/?").unwrap();
        let mut parameters: Vec<_> = query.split('&').collect();
        parameters.sort_unstable();
        [vec![host], parameters].concat()
    }

    #[tokio::test]
    async fn a_token_is_what_botocore_signs() {
        const SECONDS: u64 = 1_774_000_000;
        for (token, region) in [("", "us-east-1"), ("a+b/c==", "eu-central-1"), ("t", "cn-north-1")] {
            let session = (!token.is_empty()).then(|| token.to_owned());
            let credentials = Credentials::new(KEY, SECRET, session, None, "tests");
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS);
            let ours = presigned(&credentials, region, "shop-production", now).await.unwrap();
            let output = Command::new(python("botocore", "moto[server]"))
                .args(["-c", BOTOCORE, KEY, SECRET, token, region, "shop-production", &SECONDS.to_string()])
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let theirs = String::from_utf8(output.stdout).unwrap();
            assert_eq!(parts(&ours), parts(&theirs), "\n{ours}\n{theirs}");
        }
    }

    #[test]
    fn a_token_needs_no_padding_and_no_escapes() {
        assert_eq!(url_safe("https://a/?b"), "aHR0cHM6Ly9hLz9i");
        assert_eq!(url_safe("~~~?~"), "fn5-P34");
        assert!(PREFIX.ends_with('.'));
    }
}
