//! `aws.eks_access_entry`: DescribeAccessEntry for each, and ListAssociatedAccessPolicies where policies are declared.

use async_trait::async_trait;
use aws_sdk_eks::operation::create_access_entry::builders::CreateAccessEntryInputBuilder;
use aws_sdk_eks::types::{AccessEntry, AccessScope, AccessScopeType, AssociatedAccessPolicy};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase, Value};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::complete::complete;
use crate::eks::{self, or_absent, part_token};
use crate::error::Codes;
use crate::fields::{Fields, blocks, text, texts};
use crate::kind::{Kind, changes, current, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::EksAccessEntry::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException", "NotFoundException"],
    // EKS has one code for a principal that has an entry and for a busy cluster.
    already_exists: &["ResourceInUseException:already"],
};

/// The kind.
pub(crate) struct EksAccessEntryKind;

#[async_trait]
impl Kind for EksAccessEntryKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["eks:ListClusters", "eks:ListAccessEntries"],
            read_each: &["eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"],
            create: &["eks:CreateAccessEntry", "eks:AssociateAccessPolicy", "eks:TagResource"],
            update: &[
                "eks:UpdateAccessEntry",
                "eks:AssociateAccessPolicy",
                "eks:DisassociateAccessPolicy",
                "eks:TagResource",
                "eks:UntagResource",
            ],
            delete: &["eks:DeleteAccessEntry"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let with_policies = async |question: &Question| {
            let Some(mut object) = describe(aws, &question.id).await? else { return Ok(None) };
            if question.attributes.get("access_policies").is_some() {
                match policies(aws, &question.id).await {
                    Ok(policies) => {
                        object.attributes = object.attributes.with("access_policies", blocks_of(&policies));
                    }
                    Err(_) => object.unverified.push(Name::new_static("access_policies")),
                }
            }
            Ok(Some(object))
        };
        Ok(eks::read(questions, with_policies).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let list = async |cluster: String| {
            let pages = aws.read.eks.list_access_entries().cluster_name(&cluster).into_paginator().items().send();
            let listed = pages.collect::<Result<Vec<_>, _>>().await;
            match listed.map_err(CODES.read("eks:ListAccessEntries")) {
                Ok(principals) => Ok(principals.iter().map(|principal| eks::id(&cluster, principal)).collect()),
                // A cluster whose authentication mode is `CONFIG_MAP` has none.
                Err(error) if error.code == "InvalidRequestException" => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        };
        eks::find(aws, CODES, stack, list, async |id: Name| describe(aws, &id).await).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark, &request.token);
        call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:CreateAccessEntry"))?;
        let of = |name| text(attributes, name).unwrap_or_default();
        let id = eks::id(of("cluster_name"), of("principal_arn"));
        let change = PolicyChange::between(&[], &wanted(attributes));
        if change != PolicyChange::default() {
            complete(self, aws, &id, || change.send(aws, &id)).await?;
        }
        Ok(settled(self, aws, &id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let (cluster, principal) = eks::parts(&request.id)?;
        let live = current(self, aws, &request.id).await?;
        eks::update_tags(aws, CODES, eks::arn(&live)?, request).await?;
        if changes(request, "kubernetes_groups") || changes(request, "username") {
            let call = aws.write.eks.update_access_entry().cluster_name(cluster).principal_arn(principal);
            // Groups that are left out stay, an empty list takes them away.
            let groups = texts(attributes, "kubernetes_groups").unwrap_or_default();
            let call = call.set_kubernetes_groups(changes(request, "kubernetes_groups").then_some(groups));
            let name = text(attributes, "username").filter(|_| changes(request, "username"));
            let call = call.set_username(name.map(str::to_owned));
            let call = call.client_request_token(part_token(&request.token, "entry"));
            call.send().await.map_err(CODES.write("eks:UpdateAccessEntry"))?;
        }
        if changes(request, "access_policies") {
            let live = policies(aws, &request.id).await?;
            PolicyChange::between(&live, &wanted(attributes)).send(aws, &request.id).await?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let (cluster, principal) = eks::parts(&request.id)?;
        let call = aws.write.eks.delete_access_entry().cluster_name(cluster).principal_arn(principal);
        call.send().await.map_err(CODES.write("eks:DeleteAccessEntry"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let live = current(self, aws, id).await?;
        eks::mark(aws, CODES, eks::arn(&live)?, mark).await
    }
}

async fn describe(aws: &Clients, id: &str) -> Result<Option<Object>, Error> {
    let (cluster, principal) = eks::parts(id)?;
    let answer = aws.read.eks.describe_access_entry().cluster_name(cluster).principal_arn(principal).send().await;
    let answer = or_absent(answer.map_err(CODES.read("eks:DescribeAccessEntry")))?;
    Ok(answer.and_then(|answer| answer.access_entry.as_ref().and_then(to_object)))
}

/// An access policy, and the namespaces that it holds in; none for the whole cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Policy {
    arn: String,
    namespaces: Option<Vec<String>>,
}

impl Policy {
    fn of_response(policy: &AssociatedAccessPolicy) -> Option<Self> {
        let scope = policy.access_scope();
        let is_part = scope.and_then(AccessScope::r#type) == Some(&AccessScopeType::Namespace);
        let namespaces = scope.map(AccessScope::namespaces).unwrap_or_default().to_vec();
        Some(Self::new(policy.policy_arn()?, is_part.then_some(namespaces)))
    }

    fn new(arn: &str, namespaces: Option<Vec<String>>) -> Self {
        let sorted = |mut namespaces: Vec<String>| {
            namespaces.sort();
            namespaces
        };
        Self { arn: arn.to_owned(), namespaces: namespaces.map(sorted) }
    }

    fn to_block(&self) -> Map {
        let fields = Fields::new().text("policy_arn", Some(&self.arn));
        match &self.namespaces {
            Some(namespaces) => fields.texts("namespaces", namespaces.iter().map(String::as_str)).build(),
            None => fields.build(),
        }
    }

    fn scope(&self) -> AccessScope {
        let kind = if self.namespaces.is_some() { AccessScopeType::Namespace } else { AccessScopeType::Cluster };
        AccessScope::builder().r#type(kind).set_namespaces(self.namespaces.clone()).build()
    }
}

/// The policies that are declared.
fn wanted(attributes: &Map) -> Vec<Policy> {
    let declared = blocks(attributes, "access_policies").unwrap_or_default().into_iter();
    declared.filter_map(|block| Some(Policy::new(text(block, "policy_arn")?, texts(block, "namespaces")))).collect()
}

fn blocks_of(policies: &[Policy]) -> Value {
    let mut blocks: Vec<Value> = policies.iter().map(|policy| policy.to_block().into()).collect();
    blocks.sort();
    blocks.into()
}

async fn policies(aws: &Clients, id: &str) -> Result<Vec<Policy>, Error> {
    let (cluster, principal) = eks::parts(id)?;
    let call = aws.read.eks.list_associated_access_policies().cluster_name(cluster).principal_arn(principal);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CODES.read("eks:ListAssociatedAccessPolicies"))?;
        found.extend(page.associated_access_policies().iter().filter_map(Policy::of_response));
    }
    Ok(found)
}

/// What happens to an entry's policies. What is new comes first, so that nobody is locked out in between.
#[derive(Debug, Default, PartialEq, Eq)]
struct PolicyChange {
    /// Policies that are missing, or hold elsewhere: associating one again gives it another scope.
    associate: Vec<Policy>,
    /// ARNs of those that are to go.
    disassociate: Vec<String>,
}

impl PolicyChange {
    fn between(live: &[Policy], wanted: &[Policy]) -> Self {
        let associate = wanted.iter().filter(|policy| !live.contains(policy)).cloned().collect();
        let is_wanted = |arn: &str| wanted.iter().any(|policy| policy.arn == arn);
        let disassociate = live.iter().map(|policy| &policy.arn).filter(|arn| !is_wanted(arn)).cloned().collect();
        Self { associate, disassociate }
    }

    async fn send(&self, aws: &Clients, id: &str) -> Result<(), Error> {
        let (cluster, principal) = eks::parts(id)?;
        for policy in &self.associate {
            let call = aws.write.eks.associate_access_policy().cluster_name(cluster).principal_arn(principal);
            let call = call.policy_arn(&policy.arn).access_scope(policy.scope());
            call.send().await.map_err(CODES.write("eks:AssociateAccessPolicy"))?;
        }
        for arn in &self.disassociate {
            let call = aws.write.eks.disassociate_access_policy().cluster_name(cluster).principal_arn(principal);
            match call.policy_arn(arn).send().await.map_err(CODES.write("eks:DisassociateAccessPolicy")) {
                // It is off already.
                Err(error) if error.class == Class::NotFound => {}
                other => drop(other?),
            }
        }
        Ok(())
    }
}

/// A live entry in the schema's terms, without its policies.
fn to_object(entry: &AccessEntry) -> Option<Object> {
    let tags = eks::tags(entry.tags());
    let fields = Fields::new()
        .text("cluster_name", entry.cluster_name())
        .text("principal_arn", entry.principal_arn())
        .text("type", entry.r#type())
        .texts("kubernetes_groups", entry.kubernetes_groups().iter().map(String::as_str))
        .text("username", entry.username())
        .value("tags", Some(tags.attribute.into()))
        .text("arn", entry.access_entry_arn());
    Some(Object {
        id: eks::id(entry.cluster_name()?, entry.principal_arn()?),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateAccessEntry.
fn to_create(attributes: &Map, mark: &OwnerMark, token: &str) -> CreateAccessEntryInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateAccessEntryInputBuilder::default()
        .set_cluster_name(owned("cluster_name"))
        .set_principal_arn(owned("principal_arn"))
        .set_type(owned("type"))
        .set_kubernetes_groups(texts(attributes, "kubernetes_groups"))
        .set_username(owned("username"))
        .set_tags(Some(at_create(attributes, mark).into_iter().collect()))
        .client_request_token(token)
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, Value, map};

    use super::{
        AccessEntry, AccessScope, AccessScopeType, AssociatedAccessPolicy, Policy, PolicyChange, blocks_of, to_create,
        to_object, wanted,
    };

    fn mark() -> OwnerMark {
        OwnerMark {
            stack: "c5b0".into(),
            address: Address::parse("aws.eks_access_entry/admin").unwrap(),
            generation: 1,
        }
    }

    #[test]
    fn a_create_carries_everything_but_the_policies() {
        let groups: Vec<Value> = vec!["viewers".into()];
        let attributes =
            map! { "cluster_name" => "main", "principal_arn" => "arn:role", "kubernetes_groups" => groups };
        let request = to_create(&attributes, &mark(), "token").build().unwrap();
        assert_eq!((request.cluster_name(), request.principal_arn()), (Some("main"), Some("arn:role")));
        assert_eq!((request.kubernetes_groups(), request.username()), (["viewers".to_owned()].as_slice(), None));
        assert_eq!(request.tags().unwrap()["flashinfra"], "c5b0/1/aws.eks_access_entry/admin");
    }

    #[test]
    fn an_entry_is_named_by_cluster_and_principal() {
        let entry =
            AccessEntry::builder().cluster_name("main").principal_arn("arn:aws:iam::1:role/a/b").r#type("STANDARD");
        let object = to_object(&entry.tags("flashinfra", mark().to_text()).build()).unwrap();
        assert_eq!((&*object.id, object.owner), ("main/arn:aws:iam::1:role/a/b", Some(mark())));
    }

    #[test]
    fn policies_change_by_what_differs() {
        let policy = |arn: &str, namespaces: Option<&[&str]>| {
            Policy::new(arn, namespaces.map(|names| names.iter().map(ToString::to_string).collect()))
        };
        let live = [policy("admin", None), policy("edit", Some(&["a"])), policy("view", Some(&["b", "a"]))];
        let wanted = [policy("edit", Some(&["a", "b"])), policy("view", Some(&["a", "b"]))];
        let change = PolicyChange::between(&live, &wanted);
        assert_eq!(change.associate, [policy("edit", Some(&["a", "b"]))]);
        assert_eq!(change.disassociate, ["admin"]);
        assert_eq!(PolicyChange::between(&live, &live), PolicyChange::default());
    }

    #[test]
    fn a_policy_is_read_as_it_is_declared() {
        let scope = |kind| AccessScope::builder().r#type(kind);
        let everywhere = AssociatedAccessPolicy::builder().policy_arn("admin");
        let everywhere = everywhere.access_scope(scope(AccessScopeType::Cluster).build()).build();
        let somewhere = scope(AccessScopeType::Namespace).namespaces("shop").build();
        let somewhere = AssociatedAccessPolicy::builder().policy_arn("edit").access_scope(somewhere).build();
        let read: Vec<_> = [everywhere, somewhere].iter().filter_map(Policy::of_response).collect();
        let names: Vec<Value> = vec!["shop".into()];
        let declared: Vec<Value> = vec![
            map! { "policy_arn" => "admin" }.into(),
            map! { "policy_arn" => "edit", "namespaces" => names }.into(),
        ];
        assert_eq!(wanted(&map! { "access_policies" => declared.clone() }), read);
        let mut sorted = declared;
        sorted.sort();
        assert_eq!(blocks_of(&read), sorted.into());
    }
}
