//! `aws.eks_addon`: DescribeAddon for each, since ListAddons tells names only.

use async_trait::async_trait;
use aws_sdk_eks::operation::create_addon::builders::CreateAddonInputBuilder;
use aws_sdk_eks::operation::update_addon::builders::UpdateAddonInputBuilder;
use aws_sdk_eks::types::{Addon, AddonIssue, AddonIssueCode, AddonStatus, ResolveConflicts};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::eks::updates::{self, Of};
use crate::eks::{self, or_absent, part_token};
use crate::error::Codes;
use crate::fields::{Fields, flag, text};
use crate::kind::{Kind, changes, current, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::EksAddon::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException", "NotFoundException"],
    // EKS has one code for a taken name and for what is busy.
    already_exists: &["ResourceInUseException:already exists"],
};

/// The kind.
pub(crate) struct EksAddonKind;

#[async_trait]
impl Kind for EksAddonKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["eks:ListClusters", "eks:ListAddons"],
            read_each: &["eks:DescribeAddon"],
            create: &["eks:CreateAddon", "eks:TagResource", "iam:PassRole"],
            update: &[
                "eks:UpdateAddon",
                "eks:ListUpdates",
                "eks:DescribeUpdate",
                "eks:TagResource",
                "eks:UntagResource",
                "iam:PassRole",
            ],
            delete: &["eks:DeleteAddon"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        Ok(eks::read(questions, |question| describe(aws, &question.id)).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let list = async |cluster: String| {
            let pages = aws.read.eks.list_addons().cluster_name(&cluster).into_paginator().items().send();
            let names = pages.collect::<Result<Vec<_>, _>>().await.map_err(CODES.read("eks:ListAddons"))?;
            Ok(names.iter().map(|name| eks::id(&cluster, name)).collect())
        };
        eks::find(aws, CODES, stack, list, async |id: Name| describe(aws, &id).await).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark, &request.token);
        call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:CreateAddon"))?;
        let of = |name| text(attributes, name).unwrap_or_default();
        Ok(Outcome::Accepted(eks::id(of("cluster_name"), of("name"))))
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let live = current(self, aws, &request.id).await?;
        eks::update_tags(aws, CODES, eks::arn(&live)?, request).await?;
        if !CONFIG.iter().any(|name| changes(request, name)) {
            return Ok(settled(self, aws, &request.id, attributes).await);
        }
        if live.phase != Phase::Ready {
            return Err(Error::new(Class::Wait, format!("add-on {} is busy with another change", request.id)));
        }
        let call = to_update(request)?;
        call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:UpdateAddon"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let (cluster, name) = eks::parts(&request.id)?;
        let call = aws.write.eks.delete_addon().cluster_name(cluster).addon_name(name);
        let call = call.preserve(flag(&request.arguments, "preserve").unwrap_or(false));
        call.send().await.map_err(CODES.write("eks:DeleteAddon"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let live = current(self, aws, id).await?;
        eks::mark(aws, CODES, eks::arn(&live)?, mark).await
    }

    async fn explain(&self, aws: &Clients, id: &str) -> Option<String> {
        let (cluster, name) = eks::parts(id).ok()?;
        updates::failure(aws, cluster, Of { addon: Some(name.to_owned()), ..Of::default() }).await
    }
}

/// What UpdateAddon changes.
const CONFIG: [&str; 3] = ["addon_version", "configuration_values", "service_account_role_arn"];

async fn describe(aws: &Clients, id: &str) -> Result<Option<Object>, Error> {
    let (cluster, name) = eks::parts(id)?;
    let answer = aws.read.eks.describe_addon().cluster_name(cluster).addon_name(name).send().await;
    let answer = or_absent(answer.map_err(CODES.read("eks:DescribeAddon")))?;
    Ok(answer.and_then(|answer| answer.addon.as_ref().and_then(to_object)))
}

/// A live add-on in the schema's terms.
fn to_object(addon: &Addon) -> Option<Object> {
    let tags = eks::tags(addon.tags());
    let issues: Vec<String> = addon.health().into_iter().flat_map(|health| health.issues()).map(issue).collect();
    let fields = Fields::new()
        .text("cluster_name", addon.cluster_name())
        .text("name", addon.addon_name())
        .text("addon_version", addon.addon_version())
        .text("configuration_values", addon.configuration_values())
        .text("service_account_role_arn", addon.service_account_role_arn())
        .value("tags", Some(tags.attribute.into()))
        .text("arn", addon.addon_arn())
        .texts("health_issues", issues.iter().map(String::as_str));
    Some(Object {
        id: eks::id(addon.cluster_name()?, addon.addon_name()?),
        phase: phase(addon.status()),
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

fn issue(issue: &AddonIssue) -> String {
    eks::issue(issue.code().map(AddonIssueCode::as_str), issue.message(), issue.resource_ids())
}

/// The phase of a status.
fn phase(status: Option<&AddonStatus>) -> Phase {
    match status {
        // A degraded add-on is there and takes changes: `coredns` is degraded as long as no node is there to run it. One whose
        // update failed is as it was before, and deleting it to make it anew would take the network from every pod.
        Some(AddonStatus::Active | AddonStatus::Degraded | AddonStatus::UpdateFailed) => Phase::Ready,
        Some(AddonStatus::Creating) => Phase::Creating,
        Some(AddonStatus::Deleting) => Phase::Deleting,
        Some(AddonStatus::CreateFailed | AddonStatus::DeleteFailed) => Phase::Failed,
        // `UPDATING` and whatever EKS adds.
        _ => Phase::Updating,
    }
}

/// CreateAddon.
fn to_create(attributes: &Map, mark: &OwnerMark, token: &str) -> CreateAddonInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateAddonInputBuilder::default()
        .set_cluster_name(owned("cluster_name"))
        .set_addon_name(owned("name"))
        .set_addon_version(owned("addon_version"))
        .set_configuration_values(owned("configuration_values"))
        .set_resolve_conflicts(conflicts(attributes))
        .set_service_account_role_arn(owned("service_account_role_arn"))
        .set_tags(Some(at_create(attributes, mark).into_iter().collect()))
        .client_request_token(token)
}

/// UpdateAddon with what changed. Settings that are declared no more become none: `{}`.
fn to_update(request: &Update) -> Result<UpdateAddonInputBuilder, Error> {
    let attributes = &request.inputs.attributes;
    let (cluster, name) = eks::parts(&request.id)?;
    let changed = |name| text(attributes, name).filter(|_| changes(request, name)).map(str::to_owned);
    let cleared = changes(request, "configuration_values") && attributes.get("configuration_values").is_none();
    let settings = changed("configuration_values").or_else(|| cleared.then(|| "{}".to_owned()));
    Ok(UpdateAddonInputBuilder::default()
        .cluster_name(cluster)
        .addon_name(name)
        .set_addon_version(changed("addon_version"))
        .set_configuration_values(settings)
        .set_resolve_conflicts(conflicts(attributes))
        // What is left out of an update is taken away from the add-on, role included.
        .set_service_account_role_arn(text(attributes, "service_account_role_arn").map(str::to_owned))
        .client_request_token(part_token(&request.token, "addon")))
}

fn conflicts(attributes: &Map) -> Option<ResolveConflicts> {
    text(attributes, "resolve_conflicts").map(ResolveConflicts::from)
}

#[cfg(test)]
mod tests {
    use aws_sdk_eks::types::{AddonHealth, AddonStatus};
    use flashinfra_plans::{Address, Map, OwnerMark, Phase, Value, map};
    use flashinfra_providers::{Inputs, Update};

    use super::{Addon, AddonIssue, AddonIssueCode, ResolveConflicts, phase, to_create, to_object, to_update};

    fn mark() -> OwnerMark {
        OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.eks_addon/cni").unwrap(), generation: 1 }
    }

    fn update(changed: &[&str], attributes: Map) -> Update {
        Update {
            kind: "aws.eks_addon".into(),
            id: "main/vpc-cni".into(),
            mark: mark(),
            changed: changed.iter().copied().map(Into::into).collect(),
            before: map! {},
            inputs: Inputs { attributes, ..Inputs::default() },
            token: "t".into(),
        }
    }

    #[test]
    fn a_create_carries_everything() {
        let attributes = map! {
            "cluster_name" => "main", "name" => "vpc-cni", "addon_version" => "v1.19.2-eksbuild.1",
            "configuration_values" => "{}", "resolve_conflicts" => "OVERWRITE", "service_account_role_arn" => "arn:role",
        };
        let request = to_create(&attributes, &mark(), "token").build().unwrap();
        assert_eq!((request.cluster_name(), request.addon_name()), (Some("main"), Some("vpc-cni")));
        assert_eq!(request.addon_version(), Some("v1.19.2-eksbuild.1"));
        assert_eq!(request.resolve_conflicts(), Some(&ResolveConflicts::Overwrite));
        assert_eq!(request.service_account_role_arn(), Some("arn:role"));
        assert_eq!(request.tags().unwrap()["flashinfra"], "c5b0/1/aws.eks_addon/cni");
    }

    #[test]
    fn an_update_sends_what_changed_and_keeps_the_role() {
        let attributes = map! {
            "cluster_name" => "main", "name" => "vpc-cni", "addon_version" => "v2", "configuration_values" => "{\"a\":1}",
            "service_account_role_arn" => "arn:role",
        };
        let request = to_update(&update(&["addon_version"], attributes)).unwrap().build().unwrap();
        assert_eq!((request.cluster_name(), request.addon_name()), (Some("main"), Some("vpc-cni")));
        assert_eq!((request.addon_version(), request.configuration_values()), (Some("v2"), None));
        assert_eq!(request.service_account_role_arn(), Some("arn:role"));
        let cleared = to_update(&update(&["configuration_values"], map! {})).unwrap().build().unwrap();
        assert_eq!(cleared.configuration_values(), Some("{}"));
    }

    #[test]
    fn an_add_on_says_what_is_wrong_with_it() {
        let issue = AddonIssue::builder()
            .code(AddonIssueCode::InsufficientNumberOfReplicas)
            .message("no nodes")
            .resource_ids("coredns")
            .build();
        let addon = Addon::builder()
            .cluster_name("main")
            .addon_name("coredns")
            .status(AddonStatus::Degraded)
            .health(AddonHealth::builder().issues(issue).build())
            .tags("flashinfra", mark().to_text())
            .build();
        let object = to_object(&addon).unwrap();
        assert_eq!((&*object.id, object.phase, object.owner), ("main/coredns", Phase::Ready, Some(mark())));
        let issues: Vec<Value> = vec!["InsufficientNumberOfReplicas: no nodes (coredns)".into()];
        assert_eq!(object.attributes.get("health_issues"), Some(&issues.into()));
    }

    #[test]
    fn an_update_that_failed_throws_no_add_on_away() {
        assert_eq!(phase(Some(&AddonStatus::UpdateFailed)), Phase::Ready);
        assert_eq!(phase(Some(&AddonStatus::CreateFailed)), Phase::Failed);
        assert_eq!(phase(Some(&AddonStatus::DeleteFailed)), Phase::Failed);
        assert_eq!(phase(Some(&AddonStatus::Updating)), Phase::Updating);
    }
}
