//! The keys that data are encrypted with.

use flashinfra::{Input, Lifecycle, Stack, aws};

/// For how many days a deleted key can be saved.
const DELETION_WINDOW_DAYS: i64 = 7;

/// A key of the stack's own, under an alias that programs can use, unless the account has one for this already.
pub(crate) fn key(
    stack: &mut Stack,
    name: &str,
    role: &str,
    description: &str,
    given: Option<&aws::KmsKeyArn>,
    disposable: bool,
) -> Input<aws::KmsKeyArn> {
    if let Some(arn) = given {
        return Input::from(arn.clone());
    }
    let key = aws::KmsKey::builder()
        .description(description)
        .enable_key_rotation(true)
        .deletion_window_in_days(DELETION_WINDOW_DAYS)
        .tags([("Name", format!("{name}-{role}"))])
        .lifecycle(Lifecycle::new().protect(!disposable));
    let key = stack.add(role, key);
    stack.add(role, aws::KmsAlias::builder().name(format!("alias/{name}-{role}")).target_key_id(key.id()));
    Input::from(key.arn())
}
