//! `aws.eks_pod_identity_association`: DescribePodIdentityAssociation for each, since lists tell no role.

use async_trait::async_trait;
use aws_sdk_eks::operation::create_pod_identity_association::builders::CreatePodIdentityAssociationInputBuilder;
use aws_sdk_eks::types::PodIdentityAssociation;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::eks::{self, or_absent, part_token};
use crate::error::Codes;
use crate::fields::{Fields, flag, text};
use crate::kind::{Kind, changes, current, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::EksPodIdentityAssociation::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException", "NotFoundException"],
    // EKS has one code for a service account that has one and for a busy cluster.
    already_exists: &["ResourceInUseException:already"],
};

/// The kind.
pub(crate) struct EksPodIdentityAssociationKind;

#[async_trait]
impl Kind for EksPodIdentityAssociationKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["eks:ListClusters", "eks:ListPodIdentityAssociations"],
            read_each: &["eks:DescribePodIdentityAssociation"],
            create: &["eks:CreatePodIdentityAssociation", "eks:TagResource", "iam:GetRole", "iam:PassRole"],
            update: &[
                "eks:UpdatePodIdentityAssociation",
                "eks:TagResource",
                "eks:UntagResource",
                "iam:GetRole",
                "iam:PassRole",
            ],
            delete: &["eks:DeletePodIdentityAssociation"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        Ok(eks::read(questions, |question| describe(aws, &question.id)).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let list = async |cluster: String| {
            let call = aws.read.eks.list_pod_identity_associations().cluster_name(&cluster);
            let listed = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
            let listed = listed.map_err(CODES.read("eks:ListPodIdentityAssociations"))?;
            Ok(listed.iter().filter_map(|found| Some(eks::id(&cluster, found.association_id()?))).collect())
        };
        eks::find(aws, CODES, stack, list, async |id: Name| describe(aws, &id).await).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark, &request.token);
        let answer = call.send_with(&aws.write.eks).await;
        let answer = answer.map_err(CODES.write("eks:CreatePodIdentityAssociation"))?;
        let object = answer.association().and_then(to_object);
        let id = object.ok_or_else(|| CODES.nameless("eks:CreatePodIdentityAssociation"))?.id;
        Ok(settled(self, aws, &id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let live = current(self, aws, &request.id).await?;
        eks::update_tags(aws, CODES, eks::arn(&live)?, request).await?;
        if ["role_arn", "target_role_arn", "disable_session_tags"].iter().any(|name| changes(request, name)) {
            let (cluster, association) = eks::parts(&request.id)?;
            let changed = |name| text(attributes, name).filter(|_| changes(request, name)).map(str::to_owned);
            let tags = flag(attributes, "disable_session_tags").filter(|_| changes(request, "disable_session_tags"));
            let call = aws.write.eks.update_pod_identity_association().cluster_name(cluster);
            let call = call.association_id(association).set_disable_session_tags(tags);
            let call = call.set_role_arn(changed("role_arn")).set_target_role_arn(changed("target_role_arn"));
            let call = call.client_request_token(part_token(&request.token, "role"));
            call.send().await.map_err(CODES.write("eks:UpdatePodIdentityAssociation"))?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let (cluster, association) = eks::parts(&request.id)?;
        let call = aws.write.eks.delete_pod_identity_association().cluster_name(cluster).association_id(association);
        call.send().await.map_err(CODES.write("eks:DeletePodIdentityAssociation"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let live = current(self, aws, id).await?;
        eks::mark(aws, CODES, eks::arn(&live)?, mark).await
    }
}

async fn describe(aws: &Clients, id: &str) -> Result<Option<Object>, Error> {
    let (cluster, association) = eks::parts(id)?;
    let call = aws.read.eks.describe_pod_identity_association().cluster_name(cluster).association_id(association);
    let answer = or_absent(call.send().await.map_err(CODES.read("eks:DescribePodIdentityAssociation")))?;
    Ok(answer.and_then(|answer| answer.association.as_ref().and_then(to_object)))
}

/// A live association in the schema's terms.
fn to_object(association: &PodIdentityAssociation) -> Option<Object> {
    let tags = eks::tags(association.tags());
    let fields = Fields::new()
        .text("cluster_name", association.cluster_name())
        .text("namespace", association.namespace())
        .text("service_account", association.service_account())
        .text("role_arn", association.role_arn())
        .text("target_role_arn", association.target_role_arn())
        .flag("disable_session_tags", association.disable_session_tags())
        .value("tags", Some(tags.attribute.into()))
        .text("arn", association.association_arn())
        .text("association_id", association.association_id())
        .text("external_id", association.external_id());
    // An add-on that manages its own association says so.
    let owner = association.owner_arn().filter(|arn| !arn.is_empty());
    Some(Object {
        id: eks::id(association.cluster_name()?, association.association_id()?),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by.or_else(|| owner.map(Name::from)),
    })
}

/// CreatePodIdentityAssociation.
fn to_create(attributes: &Map, mark: &OwnerMark, token: &str) -> CreatePodIdentityAssociationInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreatePodIdentityAssociationInputBuilder::default()
        .set_cluster_name(owned("cluster_name"))
        .set_namespace(owned("namespace"))
        .set_service_account(owned("service_account"))
        .set_role_arn(owned("role_arn"))
        .set_target_role_arn(owned("target_role_arn"))
        .set_disable_session_tags(flag(attributes, "disable_session_tags"))
        .set_tags(Some(at_create(attributes, mark).into_iter().collect()))
        .client_request_token(token)
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, map};

    use super::{PodIdentityAssociation, to_create, to_object};

    fn mark() -> OwnerMark {
        let address = Address::parse("aws.eks_pod_identity_association/api").unwrap();
        OwnerMark { stack: "c5b0".into(), address, generation: 1 }
    }

    #[test]
    fn a_create_carries_everything() {
        let attributes = map! {
            "cluster_name" => "main", "namespace" => "shop", "service_account" => "api", "role_arn" => "arn:role",
        };
        let request = to_create(&attributes, &mark(), "token").build().unwrap();
        assert_eq!((request.namespace(), request.service_account()), (Some("shop"), Some("api")));
        assert_eq!((request.role_arn(), request.target_role_arn()), (Some("arn:role"), None));
        assert_eq!(request.tags().unwrap()["flashinfra"], "c5b0/1/aws.eks_pod_identity_association/api");
    }

    #[test]
    fn an_association_of_an_add_on_is_the_add_ons() {
        let live = PodIdentityAssociation::builder().cluster_name("main").association_id("a-1");
        let ours = to_object(&live.clone().tags("flashinfra", mark().to_text()).owner_arn("").build()).unwrap();
        assert_eq!((&*ours.id, ours.owner, ours.managed_by), ("main/a-1", Some(mark()), None));
        let theirs = to_object(&live.owner_arn("arn:addon").build()).unwrap();
        assert_eq!(theirs.managed_by.as_deref(), Some("arn:addon"));
    }
}
