//! `aws.iam_openid_connect_provider`.

use flashinfra::{Computed, Input, List, Map, Resource};

use crate::ids::{OidcIssuerUrl, OidcProviderArn};

/// An issuer of identity tokens that the account trusts: with it, service accounts of a cluster assume roles (IRSA).
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # fn example(stack: &mut flashinfra::Stack, cluster: &aws::EksClusterHandle) {
/// let issuer = aws::IamOpenidConnectProvider::builder().url(cluster.oidc_issuer()).client_id_list(["sts.amazonaws.com"]);
/// stack.add("cluster", issuer);
/// # }
/// ```
#[derive(Resource)]
#[resource(
    kind = "aws.iam_openid_connect_provider",
    identity = Named("url"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    // IAM user guide, "Changes that I make are not always immediately visible".
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 120),
    typical(create = 1, update = 1, delete = 1),
    // Another change at the same time; the issuer of this very run's cluster does not answer yet (IAM API reference,
    // CreateOpenIDConnectProvider).
    wait_codes("ConcurrentModification", "OpenIdIdpCommunicationError")
)]
pub struct IamOpenidConnectProvider {
    /// The URL of the issuer, `https://…` without a `/` at its end, unique in the account.
    #[attr(replace)]
    pub url: Input<OidcIssuerUrl>,
    /// For whom tokens may be issued: `sts.amazonaws.com` for the service accounts of a cluster. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub client_id_list: Option<List<String>>,
    /// The SHA-1 fingerprints of the issuer's certificate authorities, 40 hex digits each. IAM finds them out when unset, and
    /// does not mind them where it trusts the authority anyway, as for EKS.
    #[attr(set, exclusive, either)]
    pub thumbprint_list: Option<List<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<OidcProviderArn>,
}
