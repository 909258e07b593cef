//! `aws.elasticache_parameter_group`: DescribeCacheParameterGroups takes no filter, so one is read by name and several from the
//! list of all. Tags are a call for each, and so are parameters, for groups that set some.

use async_trait::async_trait;
use aws_sdk_elasticache::operation::create_cache_parameter_group::builders::CreateCacheParameterGroupInputBuilder;
use aws_sdk_elasticache::types::{CacheParameterGroup, Parameter, ParameterNameValue};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase, Value};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::elasticache::{self, PAGE};
use crate::error::Codes;
use crate::fields::{Fields, MapChange, block, text};
use crate::kind::{DESCRIPTION, Kind, answers, changes, marked, settled};
use crate::named::{self, all_read, in_lower_case, only};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::ElasticacheParameterGroup::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["CacheParameterGroupNotFound", "CacheParameterGroupNotFoundFault"],
    already_exists: &["CacheParameterGroupAlreadyExists", "CacheParameterGroupAlreadyExistsFault"],
};

/// The most parameters that one call sets or resets (ElastiCache API reference, ModifyCacheParameterGroup).
const PARAMETERS_MAX: usize = 20;

/// The kind.
pub(crate) struct ElasticacheParameterGroupKind;

#[async_trait]
impl Kind for ElasticacheParameterGroupKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["elasticache:DescribeCacheParameterGroups"],
            read_each: &["elasticache:DescribeCacheParameters", "elasticache:ListTagsForResource"],
            create: &[
                "elasticache:CreateCacheParameterGroup",
                "elasticache:ModifyCacheParameterGroup",
                "elasticache:AddTagsToResource",
            ],
            update: &[
                "elasticache:ModifyCacheParameterGroup",
                "elasticache:ResetCacheParameterGroup",
                "elasticache:AddTagsToResource",
                "elasticache:RemoveTagsFromResource",
            ],
            delete: &["elasticache:DeleteCacheParameterGroup"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let questions = in_lower_case(questions);
        let asked = |group: &Object| questions.iter().find(|question| question.id == group.id);
        let mut groups = describe(aws, only(&questions)).await?;
        groups.retain(|group| asked(group).is_some());
        let with_parameters = groups.into_iter().map(|group| {
            let wanted = asked(&group).and_then(|question| block(&question.attributes, "parameters"));
            async move {
                match wanted {
                    Some(wanted) => with_parameters(aws, group, wanted).await,
                    None => group,
                }
            }
        });
        let groups = fan_out(with_parameters.collect()).await;
        let tagged = elasticache::with_tags(aws, CODES, groups).await;
        Ok(answers(&questions, tagged.into_iter().map(|(group, _)| group)))
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let mut groups = describe(aws, None).await?;
        // AWS's own, one for each family, take no tags.
        groups.retain(|group| !group.id.starts_with("default."));
        Ok(marked(all_read(elasticache::with_tags(aws, CODES, groups).await)?, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.elasticache).await.map_err(CODES.write("elasticache:CreateCacheParameterGroup"))?;
        let name = text(attributes, "name").unwrap_or_default().to_lowercase();
        let Change { set, .. } = Change::between(&Map::default(), attributes);
        if !set.is_empty() {
            complete(self, aws, &name, || modify(aws, &name, &set)).await?;
        }
        Ok(settled(self, aws, &name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        elasticache::update_tags(aws, CODES, &arn(aws, &request.id).await?, request).await?;
        if changes(request, "parameters") {
            let Change { set, reset } = Change::between(&request.before, &request.inputs.attributes);
            modify(aws, &request.id, &set).await?;
            for names in reset.chunks(PARAMETERS_MAX) {
                let call = aws.write.elasticache.reset_cache_parameter_group();
                let call = call.cache_parameter_group_name(request.id.as_str());
                let call = call.set_parameter_name_values(Some(names.to_vec()));
                call.send().await.map_err(CODES.write("elasticache:ResetCacheParameterGroup"))?;
            }
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.elasticache.delete_cache_parameter_group().cache_parameter_group_name(request.id.as_str());
        call.send().await.map_err(CODES.write("elasticache:DeleteCacheParameterGroup"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        elasticache::mark(aws, CODES, &arn(aws, id).await?, mark).await
    }
}

/// The groups of the account, or the one of this name if it is there; without parameters and tags.
async fn describe(aws: &Clients, only: Option<&str>) -> Result<Vec<Object>, Error> {
    let call = aws.read.elasticache.describe_cache_parameter_groups().max_records(PAGE);
    let call = call.set_cache_parameter_group_name(only.map(str::to_owned));
    let groups = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match groups.map_err(CODES.read("elasticache:DescribeCacheParameterGroups")) {
        Ok(groups) => Ok(groups.iter().filter_map(from_response).collect()),
        Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A group with its parameters, or with them unverified.
async fn with_parameters(aws: &Clients, mut group: Object, wanted: &Map) -> Object {
    let call = aws.read.elasticache.describe_cache_parameters().cache_parameter_group_name(group.id.as_str());
    let parameters = call.max_records(PAGE).into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    match parameters.map_err(CODES.read("elasticache:DescribeCacheParameters")) {
        Ok(parameters) => {
            let set = parameters.iter().filter_map(|parameter| as_set(parameter, wanted)).collect::<Map>();
            group.attributes = group.attributes.with("parameters", set.into());
        }
        Err(_) => group.unverified.push(Name::new_static("parameters")),
    }
    group
}

/// A parameter that somebody has set. One that is set to what the engine has anyway counts when it is wanted so: ElastiCache may
/// call the engine its source.
fn as_set(parameter: &Parameter, wanted: &Map) -> Option<(Name, Value)> {
    let (name, value) = (parameter.parameter_name()?, parameter.parameter_value()?);
    let is_wanted = text(wanted, name) == Some(value);
    (parameter.source() == Some("user") || is_wanted).then(|| (name.into(), value.into()))
}

/// ModifyCacheParameterGroup, as often as it takes.
async fn modify(aws: &Clients, id: &str, set: &[ParameterNameValue]) -> Result<(), Error> {
    for parameters in set.chunks(PARAMETERS_MAX) {
        let call = aws.write.elasticache.modify_cache_parameter_group().cache_parameter_group_name(id);
        let call = call.set_parameter_name_values(Some(parameters.to_vec()));
        call.send().await.map_err(CODES.write("elasticache:ModifyCacheParameterGroup"))?;
    }
    Ok(())
}

async fn arn(aws: &Clients, id: &str) -> Result<String, Error> {
    named::arn(describe(aws, Some(id)).await?.pop(), "cache parameter group", id)
}

/// A live group in the schema's terms, without parameters and tags.
fn from_response(group: &CacheParameterGroup) -> Option<Object> {
    let name = group.cache_parameter_group_name()?.to_lowercase();
    let fields = Fields::new()
        .text("name", Some(&name))
        .text("family", group.cache_parameter_group_family())
        .text("description", group.description())
        .text("arn", group.arn());
    Some(Object {
        id: name.as_str().into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// CreateCacheParameterGroup.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateCacheParameterGroupInputBuilder {
    CreateCacheParameterGroupInputBuilder::default()
        .set_cache_parameter_group_name(text(attributes, "name").map(str::to_owned))
        .set_cache_parameter_group_family(text(attributes, "family").map(str::to_owned))
        .description(text(attributes, "description").unwrap_or(DESCRIPTION))
        .set_tags(Some(elasticache::to_tags(at_create(attributes, mark))))
}

/// What a change of `parameters` takes.
#[derive(Debug, Default, PartialEq)]
struct Change {
    set: Vec<ParameterNameValue>,
    reset: Vec<ParameterNameValue>,
}

impl Change {
    /// What has to be set that is not so yet, and what goes back to the engine's default since it is set no longer.
    fn between(before: &Map, after: &Map) -> Self {
        let MapChange { set, remove } = MapChange::between(block(before, "parameters"), block(after, "parameters"));
        let parameter = |name: String| ParameterNameValue::builder().parameter_name(name);
        let set = set.into_iter().map(|(name, value)| parameter(name).parameter_value(value).build());
        Self { set: set.collect(), reset: remove.into_iter().map(|name| parameter(name).build()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, Map, OwnerMark, map};

    use super::{Change, Parameter, as_set, to_create};

    #[test]
    fn a_create_carries_family_and_mark() {
        let address = Address::parse("aws.elasticache_parameter_group/main").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let request = to_create(&map! { "name" => "main", "family" => "redis7" }, &mark).build().unwrap();
        assert_eq!(request.cache_parameter_group_family(), Some("redis7"));
        assert_eq!(request.description(), Some("Made by flashinfra"));
        assert_eq!(request.tags()[0].value(), Some("c5b0/1/aws.elasticache_parameter_group/main"));
    }

    #[test]
    fn a_change_sets_what_differs_and_resets_what_is_no_longer_set() {
        let parameters = |parameters: Map| map! { "parameters" => parameters };
        let before = parameters(map! { "timeout" => "60", "databases" => "16", "maxmemory-policy" => "noeviction" });
        let after = parameters(map! { "timeout" => "90", "databases" => "16" });
        let Change { set, reset } = Change::between(&before, &after);
        let set: Vec<_> = set.iter().map(|one| (one.parameter_name(), one.parameter_value())).collect();
        assert_eq!(set, [(Some("timeout"), Some("90"))]);
        let reset: Vec<_> = reset.iter().map(|one| (one.parameter_name(), one.parameter_value())).collect();
        assert_eq!(reset, [(Some("maxmemory-policy"), None)]);
        assert_eq!(Change::between(&before, &Map::default()).reset.len(), 3);
    }

    #[test]
    fn what_the_engine_has_anyway_is_set_by_nobody_unless_it_is_wanted_so() {
        let parameter =
            |source: &str| Parameter::builder().parameter_name("timeout").parameter_value("0").source(source).build();
        let set = Some(("timeout".into(), "0".into()));
        assert_eq!(as_set(&parameter("user"), &Map::default()), set);
        assert_eq!(as_set(&parameter("system"), &Map::default()), None);
        assert_eq!(as_set(&parameter("system"), &map! { "timeout" => "0" }), set);
        assert_eq!(as_set(&parameter("system"), &map! { "timeout" => "60" }), None);
    }
}
