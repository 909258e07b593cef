//! `aws.eks_cluster`: DescribeCluster for each, since ListClusters tells names only.

mod request;
mod response;

use async_trait::async_trait;
use aws_sdk_eks::types::ClusterStatus;
use flashinfra_plans::{Live, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::eks::updates::{self, Of};
use crate::eks::{self, part_token};
use crate::error::Codes;
use crate::kind::{Kind, changes, current, marked, settled};
use crate::named;
use request::Part;

const SCHEMA: &Schema = flashinfra_stacks_aws::EksCluster::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["ResourceNotFoundException", "NotFoundException"],
    // EKS has one code for a taken name and for a busy cluster.
    already_exists: &["ResourceInUseException:already exists"],
};

/// The kind.
pub(crate) struct EksClusterKind;

#[async_trait]
impl Kind for EksClusterKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["eks:ListClusters"],
            read_each: &["eks:DescribeCluster"],
            create: &[
                "eks:CreateCluster",
                "eks:TagResource",
                "iam:PassRole",
                "iam:CreateServiceLinkedRole",
                "kms:DescribeKey",
                "kms:CreateGrant",
            ],
            update: &[
                "eks:UpdateClusterConfig",
                "eks:ListUpdates",
                "eks:DescribeUpdate",
                "eks:UpdateClusterVersion",
                "eks:AssociateEncryptionConfig",
                "eks:TagResource",
                "eks:UntagResource",
                "kms:DescribeKey",
                "kms:CreateGrant",
            ],
            delete: &["eks:DeleteCluster"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async move {
            match describe(aws, &question.id).await {
                Ok(Some(object)) => Live::Present(object),
                Ok(None) => Live::Absent,
                Err(error) => Live::Unreadable { reason: error.to_string().into() },
            }
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let names = aws.read.eks.list_clusters().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let names = names.map_err(CODES.read("eks:ListClusters"))?;
        let found = fan_out(names.iter().map(|name| describe(aws, name)).collect()).await;
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(marked(found.into_iter().flatten(), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let call = request::to_create(&request.inputs.attributes, &request.mark, &request.token);
        call.send_with(&aws.write.eks).await.map_err(CODES.write("eks:CreateCluster"))?;
        Ok(Outcome::Accepted(request.inputs.text("name").unwrap_or_default().into()))
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        if changes(request, "tags") {
            eks::update_tags(aws, CODES, &arn(aws, &request.id).await?, request).await?;
        }
        if request.changed.iter().all(|name| name == "tags") {
            return Ok(settled(self, aws, &request.id, &request.inputs.attributes).await);
        }
        // EKS takes one part at a time, so each call of this sends the first part that live still lacks.
        let live = current(self, aws, &request.id).await?;
        if live.phase == Phase::Failed {
            let message = format!("EKS cluster `{}` has failed, and EKS changes nothing on it", request.id);
            return Err(Error::new(Class::AskPerson, message));
        }
        if live.phase != Phase::Ready {
            return Err(Error::new(Class::Wait, format!("EKS cluster `{}` is busy with another change", request.id)));
        }
        let mut parts = request::parts(request, &live.attributes)?.into_iter();
        let Some(part) = parts.next() else {
            return Ok(settled(self, aws, &request.id, &request.inputs.attributes).await);
        };
        send(aws, request, &part).await?;
        match parts.next() {
            None => Ok(Outcome::Accepted(request.id.clone())),
            Some(next) => {
                let message = format!(
                    "EKS cluster `{}`: {} is being changed, {} comes next",
                    request.id,
                    part.name(),
                    next.name()
                );
                Err(Error::new(Class::Wait, message))
            }
        }
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.eks.delete_cluster().name(request.id.as_str());
        call.send().await.map_err(CODES.write("eks:DeleteCluster"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        eks::mark(aws, CODES, &arn(aws, id).await?, mark).await
    }

    async fn explain(&self, aws: &Clients, id: &str) -> Option<String> {
        updates::failure(aws, id, Of::default()).await
    }
}

async fn describe(aws: &Clients, name: &str) -> Result<Option<Object>, Error> {
    let answer = aws.read.eks.describe_cluster().name(name).send().await;
    match answer.map_err(CODES.read("eks:DescribeCluster")) {
        Ok(answer) => Ok(answer.cluster().and_then(response::to_object)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn arn(aws: &Clients, name: &str) -> Result<String, Error> {
    named::arn(describe(aws, name).await?, "EKS cluster", name)
}

/// Sends one part of an update.
async fn send(aws: &Clients, request: &Update, part: &Part) -> Result<(), Error> {
    // Each part is a request of its own, so each has a token of its own.
    let token = part_token(&request.token, part.name());
    let eks = &aws.write.eks;
    match part {
        Part::Version(version) => {
            let call = eks.update_cluster_version().name(request.id.as_str()).version(version);
            let call = call.client_request_token(&token);
            call.send().await.map_err(CODES.write("eks:UpdateClusterVersion"))?;
        }
        Part::Encryption(key) => {
            let call = eks.associate_encryption_config().cluster_name(request.id.as_str());
            let call = call.encryption_config(request::encryption(key)).client_request_token(&token);
            call.send().await.map_err(CODES.write("eks:AssociateEncryptionConfig"))?;
        }
        Part::Access(_)
        | Part::Endpoint(_)
        | Part::Logging(_)
        | Part::Protection(_)
        | Part::Subnets(_)
        | Part::Support(_) => {
            let call = request::to_update(&request.id, part, &token);
            call.send_with(eks).await.map_err(CODES.write("eks:UpdateClusterConfig"))?;
        }
    }
    Ok(())
}

/// The phase of a status.
fn phase(status: Option<&ClusterStatus>) -> Phase {
    match status {
        Some(ClusterStatus::Active) => Phase::Ready,
        Some(ClusterStatus::Creating | ClusterStatus::Pending) => Phase::Creating,
        Some(ClusterStatus::Deleting) => Phase::Deleting,
        Some(ClusterStatus::Failed) => Phase::Failed,
        // `UPDATING` and whatever EKS adds.
        _ => Phase::Updating,
    }
}

#[cfg(test)]
mod tests;
