//! `aws.eks_node_group`: DescribeNodegroup for each, since ListNodegroups tells names only.

mod request;
mod response;

use async_trait::async_trait;
use flashinfra_plans::{Live, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::eks::updates::{self, Of};
use crate::eks::{self, or_absent};
use crate::error::Codes;
use crate::fields::{text, texts};
use crate::kind::{Kind, current, settled};
use request::Part;

const SCHEMA: &Schema = flashinfra_stacks_aws::EksNodeGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException", "NotFoundException"],
    // EKS has one code for a taken name and for what is busy.
    already_exists: &["ResourceInUseException:already exists"],
};

/// The kind.
pub(crate) struct EksNodeGroupKind;

#[async_trait]
impl Kind for EksNodeGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["eks:ListClusters", "eks:ListNodegroups"],
            read_each: &["eks:DescribeNodegroup"],
            create: &[
                "eks:CreateNodegroup",
                "eks:TagResource",
                "iam:PassRole",
                "iam:GetRole",
                "iam:ListAttachedRolePolicies",
                "iam:CreateServiceLinkedRole",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:RunInstances",
            ],
            update: &[
                "eks:UpdateNodegroupConfig",
                "eks:ListUpdates",
                "eks:DescribeUpdate",
                "eks:UpdateNodegroupVersion",
                "eks:TagResource",
                "eks:UntagResource",
                "iam:PassRole",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:RunInstances",
            ],
            delete: &["eks:DeleteNodegroup"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        Ok(eks::read(questions, |question| describe(aws, &question.id)).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let list = async |cluster: String| {
            let pages = aws.read.eks.list_nodegroups().cluster_name(&cluster).into_paginator().items().send();
            let names = pages.collect::<Result<Vec<_>, _>>().await.map_err(CODES.read("eks:ListNodegroups"))?;
            Ok(names.iter().map(|name| eks::id(&cluster, name)).collect())
        };
        eks::find(aws, CODES, stack, list, async |id: Name| describe(aws, &id).await).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = request::to_create(attributes, &request.mark, &request.token);
        call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:CreateNodegroup"))?;
        let name = request::name(attributes, &request.mark);
        Ok(Outcome::Accepted(eks::id(text(attributes, "cluster_name").unwrap_or_default(), &name)))
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let live = current(self, aws, &request.id).await?;
        eks::update_tags(aws, CODES, eks::arn(&live)?, request).await?;
        // EKS takes either configuration or version, so each call of this sends the first part that live still lacks.
        let mut parts = request::parts(request, &live.attributes)?.into_iter();
        let Some(part) = parts.next() else {
            return Ok(settled(self, aws, &request.id, &request.inputs.attributes).await);
        };
        match live.phase {
            Phase::Ready => {}
            Phase::Failed => return Err(failed(&live)),
            Phase::Creating | Phase::Updating | Phase::Deleting => {
                return Err(Error::new(Class::Wait, format!("node group {} is busy with another change", request.id)));
            }
        }
        match part {
            Part::Config(call) => {
                call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:UpdateNodegroupConfig"))?;
            }
            Part::Version(call) => {
                call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:UpdateNodegroupVersion"))?;
            }
        }
        match parts.next() {
            None => Ok(Outcome::Accepted(request.id.clone())),
            Some(_) => {
                let message =
                    format!("node group {}: its configuration is being changed, its version comes next", request.id);
                Err(Error::new(Class::Wait, message))
            }
        }
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let (cluster, name) = eks::parts(&request.id)?;
        let call = aws.write.eks.delete_nodegroup().cluster_name(cluster).nodegroup_name(name);
        call.send().await.map_err(CODES.write("eks:DeleteNodegroup"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let live = current(self, aws, id).await?;
        eks::mark(aws, CODES, eks::arn(&live)?, mark).await
    }

    async fn explain(&self, aws: &Clients, id: &str) -> Option<String> {
        let (cluster, name) = eks::parts(id).ok()?;
        updates::failure(aws, cluster, Of { nodegroup: Some(name.to_owned()), ..Of::default() }).await
    }
}

async fn describe(aws: &Clients, id: &str) -> Result<Option<Object>, Error> {
    let (cluster, name) = eks::parts(id)?;
    let answer = aws.read.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name).send().await;
    let answer = or_absent(answer.map_err(CODES.read("eks:DescribeNodegroup")))?;
    Ok(answer.and_then(|answer| answer.nodegroup.as_ref().and_then(response::to_object)))
}

/// The error of a change of what has failed, with what EKS says is wrong.
fn failed(live: &Object) -> Error {
    let issues = texts(&live.attributes, "health_issues").unwrap_or_default().join("; ");
    let why = if issues.is_empty() { "EKS does not say why".to_owned() } else { issues };
    Error::new(Class::AskPerson, format!("node group {} has failed, and EKS changes nothing on it: {why}", live.id))
}

#[cfg(test)]
mod tests;
