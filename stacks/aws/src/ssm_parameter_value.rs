//! `aws.ssm_parameter_value`.

use flashinfra::{Computed, Input, Lookup};

use crate::ids::ImageId;

/// The value of a parameter in Systems Manager's Parameter Store: one of the account's, or one that AWS publishes, such as the newest
/// image of a product (`/aws/service/…`).
///
/// A `SecureString` is refused, since answers stand in plans: take it from the source of a secret.
#[derive(Lookup)]
#[lookup(kind = "aws.ssm_parameter_value")]
pub struct SsmParameterValue {
    /// The name, with `:` and a version or a label behind it for another than the latest.
    pub name: Input<String>,
    /// The value, as text; a `StringList` has commas between its entries.
    pub value: Computed<String>,
    /// The value as the id of an image, when it is one.
    pub image_id: Computed<ImageId>,
    /// The version of the parameter.
    pub version: Computed<i64>,
}
