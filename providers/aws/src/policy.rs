//! IAM policy documents.

use flashinfra_providers::Needed;
use serde_json::{Value, json};

/// The identity policy that allows this, in the form that `aws iam create-policy --policy-document` takes. It names no resources:
/// ids that a plan has to make are not known beforehand.
pub(crate) fn document(needed: &Needed) -> Value {
    let statement = |sid: &str, actions: Vec<&str>| {
        (!actions.is_empty()).then(|| json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*" }))
    };
    let read = statement("FlashinfraRead", needed.read.iter().copied().collect());
    let write = statement("FlashinfraWrite", needed.write.difference(&needed.read).copied().collect());
    json!({ "Version": "2012-10-17", "Statement": read.into_iter().chain(write).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use flashinfra_providers::Needed;
    use serde_json::json;

    use super::document;

    #[test]
    fn reading_and_writing_are_statements_of_their_own() {
        let read = ["ec2:DescribeVpcs"].into();
        let needed = Needed { read, write: ["ec2:CreateVpc", "ec2:CreateTags"].into() };
        let expected = json!({
            "Version": "2012-10-17",
            "Statement": [
                { "Sid": "FlashinfraRead", "Effect": "Allow", "Action": ["ec2:DescribeVpcs"], "Resource": "*" },
                {
                    "Sid": "FlashinfraWrite", "Effect": "Allow", "Action": ["ec2:CreateTags", "ec2:CreateVpc"],
                    "Resource": "*",
                },
            ],
        });
        assert_eq!(document(&needed), expected);
        let nothing = Needed { write: [].into(), ..needed };
        assert_eq!(document(&nothing)["Statement"].as_array().map(Vec::len), Some(1));
    }
}
