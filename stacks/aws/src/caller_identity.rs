//! `aws.caller_identity`.

use flashinfra::{Computed, Lookup};

/// Who the credentials of the provider belong to. Costs no call: each run proves it anyway.
#[derive(Lookup)]
#[lookup(kind = "aws.caller_identity")]
pub struct CallerIdentity {
    /// The account, 12 digits.
    pub account: Computed<String>,
    /// The ARN of the role or user. That of an assumed role ends with the name of its session, which each pipeline run may choose anew:
    /// what takes it changes with it.
    pub arn: Computed<String>,
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: Computed<String>,
}
