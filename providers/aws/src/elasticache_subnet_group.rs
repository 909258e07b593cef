//! `aws.elasticache_subnet_group`: DescribeCacheSubnetGroups takes no filter, so one is read by name and several from the list of
//! all. Tags are a call for each.

use async_trait::async_trait;
use aws_sdk_elasticache::operation::create_cache_subnet_group::builders::CreateCacheSubnetGroupInputBuilder;
use aws_sdk_elasticache::operation::modify_cache_subnet_group::builders::ModifyCacheSubnetGroupInputBuilder;
use aws_sdk_elasticache::types::{CacheSubnetGroup, Subnet};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::elasticache::{self, PAGE};
use crate::error::Codes;
use crate::fields::{Fields, text, texts};
use crate::kind::{DESCRIPTION, Kind, answers, changes, marked, settled};
use crate::named::{all_read, in_lower_case, only};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::ElasticacheSubnetGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["CacheSubnetGroupNotFoundFault", "CacheSubnetGroupNotFound"],
    already_exists: &["CacheSubnetGroupAlreadyExists", "CacheSubnetGroupAlreadyExistsFault"],
};

/// The kind.
pub(crate) struct ElasticacheSubnetGroupKind;

#[async_trait]
impl Kind for ElasticacheSubnetGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["elasticache:DescribeCacheSubnetGroups"],
            read_each: &["elasticache:ListTagsForResource"],
            create: &["elasticache:CreateCacheSubnetGroup", "elasticache:AddTagsToResource"],
            update: &[
                "elasticache:ModifyCacheSubnetGroup",
                "elasticache:AddTagsToResource",
                "elasticache:RemoveTagsFromResource",
            ],
            delete: &["elasticache:DeleteCacheSubnetGroup"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let questions = in_lower_case(questions);
        let mut groups = describe(aws, only(&questions)).await?;
        groups.retain(|group| questions.iter().any(|question| question.id == group.id));
        let tagged = elasticache::with_tags(aws, CODES, groups).await;
        Ok(answers(&questions, tagged.into_iter().map(|(group, _)| group)))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let groups = describe(aws, None).await?;
        Ok(marked(all_read(elasticache::with_tags(aws, CODES, groups).await)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.elasticache).await.map_err(CODES.write("elasticache:CreateCacheSubnetGroup"))?;
        let name = text(attributes, "name").unwrap_or_default().to_lowercase();
        Ok(settled(self, aws, &name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        elasticache::update_tags(aws, CODES, &arn(aws, &request.id).await?, request).await?;
        if changes(request, "subnet_ids") || changes(request, "description") {
            let call = to_modify(&request.id, &request.inputs.attributes);
            call.send_with(&aws.write.elasticache).await.map_err(CODES.write("elasticache:ModifyCacheSubnetGroup"))?;
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.elasticache.delete_cache_subnet_group().cache_subnet_group_name(request.id.as_str());
        call.send().await.map_err(CODES.write("elasticache:DeleteCacheSubnetGroup"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        elasticache::mark(aws, CODES, &arn(aws, id).await?, mark).await
    }
}

/// The groups of the account, or the one of this name if it is there; without their tags.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<Object>, Error> {
    let call = aws.read.elasticache.describe_cache_subnet_groups().max_records(PAGE);
    let call = call.set_cache_subnet_group_name(only.map(str::to_owned));
    let groups = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match groups.map_err(CODES.read("elasticache:DescribeCacheSubnetGroups")) {
        Ok(groups) => Ok(groups.iter().filter_map(from_response).collect()),
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    let group = describe(aws, Some(id)).await?.pop();
    let arn = group.as_ref().and_then(|group| text(&group.attributes, "arn")).map(str::to_owned);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no cache subnet group `{id}`")))
}

/// A live group in the schema's terms, without its tags.
fn from_response(group: &CacheSubnetGroup) -> Option<Object> {
    let name = group.cache_subnet_group_name()?.to_lowercase();
    let fields = Fields::new()
        .text("name", Some(&name))
        .text("description", group.cache_subnet_group_description())
        .texts("subnet_ids", group.subnets().iter().filter_map(Subnet::subnet_identifier))
        .text("arn", group.arn())
        .text("vpc_id", group.vpc_id());
    Some(Object {
        id: name.as_str().into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// CreateCacheSubnetGroup.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateCacheSubnetGroupInputBuilder {
    CreateCacheSubnetGroupInputBuilder::default()
        .set_cache_subnet_group_name(text(attributes, "name").map(str::to_owned))
        .cache_subnet_group_description(text(attributes, "description").unwrap_or(DESCRIPTION))
        .set_subnet_ids(texts(attributes, "subnet_ids"))
        .set_tags(Some(elasticache::to_tags(at_create(attributes, mark))))
}

/// ModifyCacheSubnetGroup, with the subnets as a whole.
fn to_modify(id: &str, attributes: &Map) -> ModifyCacheSubnetGroupInputBuilder {
    ModifyCacheSubnetGroupInputBuilder::default()
        .cache_subnet_group_name(id)
        .set_cache_subnet_group_description(text(attributes, "description").map(str::to_owned))
        .set_subnet_ids(texts(attributes, "subnet_ids"))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, Value, map};

    use super::{CacheSubnetGroup, Subnet, from_response, to_create, to_modify};

    fn ids(ids: &[&str]) -> Vec<Value> {
        ids.iter().copied().map(Value::from).collect()
    }

    #[test]
    fn a_create_carries_subnets_and_mark() {
        let address = Address::parse("aws.elasticache_subnet_group/main").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let attributes = map! { "name" => "main", "subnet_ids" => ids(&["subnet-1", "subnet-2"]) };
        let request = to_create(&attributes, &mark).build().unwrap();
        assert_eq!(request.cache_subnet_group_name(), Some("main"));
        assert_eq!(request.cache_subnet_group_description(), Some("Made by flashinfra"));
        assert_eq!(request.subnet_ids(), ["subnet-1", "subnet-2"]);
        assert_eq!(request.tags()[0].value(), Some("c5b0/1/aws.elasticache_subnet_group/main"));
    }

    #[test]
    fn a_change_sends_the_subnets_as_a_whole() {
        let request = to_modify("main", &map! { "subnet_ids" => ids(&["subnet-3"]) }).build().unwrap();
        assert_eq!(request.subnet_ids(), ["subnet-3"]);
        assert_eq!(request.cache_subnet_group_description(), None);
    }

    #[test]
    fn a_group_is_read_in_the_schemas_terms() {
        let subnet = |id: &str| Subnet::builder().subnet_identifier(id).build();
        let group = CacheSubnetGroup::builder()
            .cache_subnet_group_name("Main")
            .subnets(subnet("subnet-2"))
            .subnets(subnet("subnet-1"))
            .vpc_id("vpc-1")
            .build();
        let object = from_response(&group).unwrap();
        let expected = map! { "name" => "main", "subnet_ids" => ids(&["subnet-1", "subnet-2"]), "vpc_id" => "vpc-1" };
        assert_eq!((object.id.as_str(), object.attributes), ("main", expected));
    }
}
