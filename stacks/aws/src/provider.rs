//! The configuration of an AWS provider instance.

use flashinfra::{Input, Map};

/// Which account and region resources live in.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # use flashinfra::Stack;
/// # let mut stack = Stack::new("shop", "production");
/// stack.provider("aws", aws::Provider::region("eu-central-1").account("123456789012"));
/// stack.provider("virginia", aws::Provider::region("us-east-1").profile("edge"));
/// let role = "arn:aws:iam::210987654321:role/deployer";
/// stack.provider("backups", aws::Provider::region("eu-west-1").account("210987654321").assume_role(role));
/// ```
///
/// What is not said comes from the environment and the AWS profile, as for the `aws` command. Credentials are never part of
/// a stack.
#[derive(flashinfra::Provider)]
#[provider(name = "aws")]
pub struct Provider {
    /// The region: `eu-central-1`. When unset, `AWS_REGION` or the profile's.
    pub region: Option<Input<String>>,
    /// The account that the credentials have to lead to, 12 digits. Any other is refused before anything is read.
    pub account: Option<Input<String>>,
    /// The named profile of the AWS configuration files. When unset, `AWS_PROFILE` or the default one.
    pub profile: Option<Input<String>>,
    /// The ARN of a role to act as, in another account more often than not. The credentials that are found are used to assume it.
    pub assume_role: Option<Input<String>>,
    /// The external id that the role's trust policy asks for. It is no secret (IAM User Guide, "Access to AWS accounts owned by third
    /// parties").
    pub external_id: Option<Input<String>>,
    /// A URL to reach all services at, for servers that stand in for AWS. When unset, `AWS_ENDPOINT_URL` or AWS's own.
    pub endpoint: Option<Input<String>>,
    /// Tags for everything in this instance that can be tagged. They become part of each resource's `tags` when the stack is
    /// compiled, so that a plan shows them; a resource's own tag of the same key wins.
    pub default_tags: Option<Map<String>>,
}

impl Provider {
    /// The instance for a region.
    pub fn region(region: impl Into<String>) -> ProviderBuilder {
        Self::builder().region(region.into())
    }
}
