//! `aws.acm_certificate`.

use std::collections::BTreeMap;

use flashinfra::{Computed, Input, List, Map, Resource};

use crate::ids::AcmCertificateArn;

/// A certificate that ACM issues and renews, once DNS records prove that its names are ours.
///
/// It counts as made when those records are known, not when it is issued: the records are other resources, which need it to be
/// there first. ACM issues it minutes after they are, and only then do load balancers and distributions take it. One that
/// ACM gave up on (72 hours without proof), revoked or let expire is replaced.
///
/// Other names take another certificate. A listener goes on using the old one when the new one is made first: `create_before_delete()`.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # fn example(stack: &mut flashinfra::Stack, zone: &aws::Route53ZoneHandle) {
/// let certificate = stack.add("shop", aws::AcmCertificate::builder().domain_name("shop.example.com"));
/// let name = certificate.validation_record_names().key("shop.example.com");
/// let value = certificate.validation_record_values().key("shop.example.com");
/// stack.add("proof", aws::Route53Record::in_zone(zone.id(), name, "CNAME").ttl(300).records([value]));
/// # }
/// ```
#[derive(Resource)]
#[resource(
    kind = "aws.acm_certificate",
    carrier = TagAtCreate,
    // ACM remembers the token for an hour (ACM API reference, RequestCertificate).
    create_once = Token,
    settle_seconds = 60,
    timeouts(create = 300, update = 120, delete = 1200),
    typical(create = 5, update = 1, delete = 2),
    // A listener still uses it; another change of its tags is going on (ACM API reference, DeleteCertificate).
    wait_codes("ResourceInUseException", "ConflictException")
)]
pub struct AcmCertificate {
    /// The name: `shop.example.com`, or `*.example.com` for all names one level below.
    #[attr(replace, compare = DomainName)]
    pub domain_name: Input<String>,
    /// Further names.
    #[attr(set, replace, compare = DomainName)]
    pub subject_alternative_names: Option<List<String>>,
    /// How names are proven: `DNS`, or `EMAIL` to their owners. `DNS` when unset.
    #[attr(replace, either)]
    pub validation_method: Option<Input<String>>,
    /// `RSA_2048`, `EC_prime256v1`, `EC_secp384r1`. `RSA_2048` when unset.
    #[attr(replace, either)]
    pub key_algorithm: Option<Input<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<AcmCertificateArn>,
    /// The names of the `CNAME` records that prove each domain, by domain. `*.example.com` and `example.com` have the same one.
    pub validation_record_names: Computed<BTreeMap<String, String>>,
    /// The values of those records, by domain.
    pub validation_record_values: Computed<BTreeMap<String, String>>,
}
