//! `aws.iam_instance_profile`: GetInstanceProfile for each, since lists tell no tags.

use async_trait::async_trait;
use aws_sdk_iam::operation::create_instance_profile::builders::CreateInstanceProfileInputBuilder;
use aws_sdk_iam::types::InstanceProfile;
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::iam::{self, PAGE, to_tags};
use crate::kind::{Kind, changes, current, marked, settled};
use crate::tags::{TagChange, at_create, mark_pair};

const SCHEMA: &Schema = flashinfra_stacks_aws::IamInstanceProfile::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // IAM has one code for profiles and roles that are not there; the message says which.
    not_found: &["NoSuchEntity:Instance Profile", "NoSuchEntity:Instance profile"],
    already_exists: &["EntityAlreadyExists"],
};

/// The kind.
pub(crate) struct IamInstanceProfileKind;

#[async_trait]
impl Kind for IamInstanceProfileKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["iam:ListInstanceProfiles"],
            read_each: &["iam:GetInstanceProfile"],
            create: &[
                "iam:CreateInstanceProfile",
                "iam:TagInstanceProfile",
                "iam:AddRoleToInstanceProfile",
                "iam:PassRole",
            ],
            update: &[
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:PassRole",
                "iam:TagInstanceProfile",
                "iam:UntagInstanceProfile",
            ],
            delete: &["iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async move {
            match describe(aws, &question.id).await {
                Ok(Some(profile)) => Live::Present(from_response(&profile)),
                Ok(None) => Live::Absent,
                Err(error) => Live::Unreadable { reason: error.to_string().into() },
            }
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let call = aws.read.iam.list_instance_profiles().max_items(PAGE);
        let listed = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let listed = listed.map_err(CODES.read("iam:ListInstanceProfiles"))?;
        let found =
            fan_out(listed.iter().map(|profile| describe(aws, profile.instance_profile_name())).collect()).await;
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(marked(found.iter().flatten().map(from_response), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let name = text(attributes, "name").unwrap_or_default();
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.iam).await.map_err(CODES.write("iam:CreateInstanceProfile"))?;
        complete(self, aws, name, || take_role(aws, name, None, text(attributes, "role"))).await?;
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let name = request.id.as_str();
        let TagChange { set, remove } = TagChange::of(request);
        if !set.is_empty() {
            let call = aws.write.iam.tag_instance_profile().instance_profile_name(name);
            let call = call.set_tags(Some(to_tags(set)));
            call.send().await.map_err(CODES.write("iam:TagInstanceProfile"))?;
        }
        if !remove.is_empty() {
            let call = aws.write.iam.untag_instance_profile().instance_profile_name(name);
            let call = call.set_tag_keys(Some(remove));
            call.send().await.map_err(CODES.write("iam:UntagInstanceProfile"))?;
        }
        if changes(request, "role") {
            let live = current(self, aws, name).await?;
            take_role(aws, name, text(&live.attributes, "role"), text(attributes, "role")).await?;
        }
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let name = request.id.as_str();
        // IAM deletes no profile that has a role.
        let live = current(self, aws, name).await?;
        take_role(aws, name, text(&live.attributes, "role"), None).await?;
        let call = aws.write.iam.delete_instance_profile().instance_profile_name(name);
        call.send().await.map_err(CODES.write("iam:DeleteInstanceProfile"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let call = aws.write.iam.tag_instance_profile().instance_profile_name(id);
        let call = call.set_tags(Some(to_tags([mark_pair(mark)])));
        call.send().await.map_err(CODES.write("iam:TagInstanceProfile"))?;
        Ok(())
    }
}

async fn describe(aws: &Clients, name: &str) -> Result<Option<InstanceProfile>, Error> {
    let answer = aws.read.iam.get_instance_profile().instance_profile_name(name).send().await;
    match answer.map_err(CODES.read("iam:GetInstanceProfile")) {
        Ok(answer) => Ok(answer.instance_profile),
        // The call names nothing but the profile, so whatever is not there is the profile.
        Err(error) if error.class == Class::NotFound || error.code == "NoSuchEntity" => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts another role into a profile, which holds one at most: the old one has to be out first.
async fn take_role(aws: &Clients, name: &str, live: Option<&str>, wanted: Option<&str>) -> Result<(), Error> {
    if live == wanted {
        return Ok(());
    }
    let iam = &aws.write.iam;
    if let Some(role) = live {
        let call = iam.remove_role_from_instance_profile().instance_profile_name(name).role_name(role);
        match call.send().await.map_err(CODES.write("iam:RemoveRoleFromInstanceProfile")) {
            // It is out already, or gone altogether.
            Err(error) if error.code == "NoSuchEntity" && error.class != Class::NotFound => {}
            other => drop(other?),
        }
    }
    if let Some(role) = wanted {
        let call = iam.add_role_to_instance_profile().instance_profile_name(name).role_name(role);
        call.send().await.map_err(CODES.write("iam:AddRoleToInstanceProfile"))?;
    }
    Ok(())
}

/// A live profile in the schema's terms.
fn from_response(profile: &InstanceProfile) -> Object {
    let tags = iam::tags(profile.tags());
    let fields = Fields::new()
        .text("name", Some(profile.instance_profile_name()))
        .text("path", Some(profile.path()))
        .text("role", profile.roles().first().map(|role| role.role_name()))
        .value("tags", Some(tags.attribute.into()))
        .text("arn", Some(profile.arn()))
        .text("unique_id", Some(profile.instance_profile_id()));
    Object {
        id: profile.instance_profile_name().into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    }
}

/// CreateInstanceProfile.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateInstanceProfileInputBuilder {
    CreateInstanceProfileInputBuilder::default()
        .set_instance_profile_name(text(attributes, "name").map(str::to_owned))
        .set_path(text(attributes, "path").map(str::to_owned))
        .set_tags(Some(to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::{InstanceProfile, Role, Tag};
    use aws_smithy_types::DateTime;
    use flashinfra_plans::{Address, OwnerMark, map};

    use super::{from_response, to_create};

    fn mark() -> OwnerMark {
        let address = Address::parse("aws.iam_instance_profile/nodes").unwrap();
        OwnerMark { stack: "c5b0".into(), address, generation: 1 }
    }

    #[test]
    fn a_create_carries_everything_but_the_role() {
        let request = to_create(&map! { "name" => "nodes", "role" => "nodes" }, &mark()).build().unwrap();
        assert_eq!((request.instance_profile_name(), request.path()), (Some("nodes"), None));
        assert_eq!(request.tags()[0].value(), "c5b0/1/aws.iam_instance_profile/nodes");
    }

    #[test]
    fn a_profile_is_read_in_the_schemas_terms() {
        let day = DateTime::from_secs(0);
        let role = Role::builder().role_name("nodes").path("/").role_id("AROA1").arn("arn:role").create_date(day);
        let profile = InstanceProfile::builder()
            .instance_profile_name("nodes")
            .path("/shop/")
            .arn("arn:profile")
            .instance_profile_id("AIPA1")
            .create_date(day)
            .roles(role.build().unwrap())
            .tags(Tag::builder().key("flashinfra").value(mark().to_text()).build().unwrap())
            .build()
            .unwrap();
        let object = from_response(&profile);
        assert_eq!((&*object.id, object.owner), ("nodes", Some(mark())));
        let expected = map! {
            "name" => "nodes", "path" => "/shop/", "role" => "nodes", "arn" => "arn:profile", "unique_id" => "AIPA1",
            "tags" => map! {},
        };
        assert_eq!(object.attributes, expected);
    }
}
