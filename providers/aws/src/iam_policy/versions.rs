//! The versions of a policy: a new document is a new version, and IAM keeps five.

use aws_sdk_iam::types::{Policy, PolicyVersion};
use flashinfra_plans::compare::is_live;
use flashinfra_plans::{Map, map};
use flashinfra_providers::{Class, Error};

use super::{CODES, SCHEMA, describe};
use crate::clients::Clients;
use crate::fields::text;
use crate::iam::{PAGE, decoded};

/// How many versions IAM keeps (IAM user guide, "IAM and AWS STS quotas").
const VERSIONS_MAX: usize = 5;

/// The document that is in force.
pub(super) async fn document(aws: &Clients, arn: &str, policy: &Policy) -> Result<String, Error> {
    let version = policy.default_version_id().unwrap_or("v1");
    let call = aws.read.iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = call.send().await.map_err(CODES.read("iam:GetPolicyVersion"))?;
    let document = answer.policy_version().and_then(PolicyVersion::document).map(decoded);
    document.ok_or_else(|| Error::new(Class::Retry, format!("IAM tells no document of {arn} {version}")))
}

/// Makes the wanted document the one in force, unless it is: a reply that was lost makes no second version.
pub(super) async fn put(aws: &Clients, arn: &str, wanted: &Map) -> Result<(), Error> {
    let live = document(aws, arn, &describe(aws, arn).await?).await?;
    if is_live(SCHEMA, "policy_document", wanted, &map! { "policy_document" => live }) {
        return Ok(());
    }
    let versions = list(aws, arn).await?;
    if versions.len() >= VERSIONS_MAX
        && let Some(oldest) = oldest(&versions)
    {
        delete(aws, arn, oldest).await?;
    }
    let call = aws.write.iam.create_policy_version().policy_arn(arn).set_as_default(true);
    let call = call.set_policy_document(text(wanted, "policy_document").map(str::to_owned));
    call.send().await.map_err(CODES.write("iam:CreatePolicyVersion"))?;
    Ok(())
}

/// Deletes all versions that are not in force: IAM deletes no policy that has others.
pub(super) async fn delete_all(aws: &Clients, arn: &str) -> Result<(), Error> {
    for version in list(aws, arn).await?.iter().filter(|version| !version.is_default_version()) {
        delete(aws, arn, version.version_id().unwrap_or_default()).await?;
    }
    Ok(())
}

async fn list(aws: &Clients, arn: &str) -> Result<Vec<PolicyVersion>, Error> {
    let mut pages = aws.read.iam.list_policy_versions().policy_arn(arn).max_items(PAGE).into_paginator().send();
    let mut versions = Vec::new();
    while let Some(page) = pages.next().await {
        versions.extend(page.map_err(CODES.read("iam:ListPolicyVersions"))?.versions.unwrap_or_default());
    }
    Ok(versions)
}

async fn delete(aws: &Clients, arn: &str, version: &str) -> Result<(), Error> {
    let call = aws.write.iam.delete_policy_version().policy_arn(arn).version_id(version);
    match call.send().await.map_err(CODES.write("iam:DeletePolicyVersion")) {
        // Gone already, which is what is wanted.
        Err(error) if error.class == Class::NotFound => Ok(()),
        other => other.map(drop),
    }
}

/// The oldest version that is not in force. Versions are numbered on and on: `v10` is newer than `v9`.
fn oldest(versions: &[PolicyVersion]) -> Option<&str> {
    let number = |id: &str| id.trim_start_matches('v').parse::<u64>().unwrap_or(u64::MAX);
    let others = versions.iter().filter(|version| !version.is_default_version()).filter_map(PolicyVersion::version_id);
    others.min_by_key(|id| number(id))
}

#[cfg(test)]
mod tests {
    use super::{PolicyVersion, oldest};

    #[test]
    fn the_oldest_version_goes_unless_it_is_in_force() {
        let version = |id: &str, default| PolicyVersion::builder().version_id(id).is_default_version(default).build();
        let versions = [version("v10", false), version("v9", false), version("v2", true), version("v11", false)];
        assert_eq!(oldest(&versions), Some("v9"));
        assert_eq!(oldest(&[version("v1", true)]), None);
    }
}
