//! Where the images of the application are.

use flashinfra::{Lifecycle, Stack, aws, json};

/// For how many days an image stays that has lost its tag.
const UNTAGGED_DAYS: i64 = 14;

pub(crate) fn repository(stack: &mut Stack, name: &str, disposable: bool) -> aws::EcrRepositoryHandle {
    let expiry = json!({ "rules": [{
        "rulePriority": 1,
        "description": "images that nothing names any more",
        "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": UNTAGGED_DAYS },
        "action": { "type": "expire" },
    }] });
    // A tag names one image for good: there is no `latest` that means another one tomorrow.
    let repository = aws::EcrRepository::builder()
        .name(format!("{name}/flashmm"))
        .image_tag_mutability("IMMUTABLE")
        .scan_on_push(true)
        .lifecycle_policy(expiry)
        .force_delete(disposable)
        .lifecycle(Lifecycle::new().protect(!disposable));
    stack.add("flashmm", repository)
}
