//! `aws.kms_key`: DescribeKey and ListResourceTags for each key, and a call for rotation and one for the policy where the stack
//! sets them.

use async_trait::async_trait;
use aws_sdk_kms::operation::create_key::builders::CreateKeyInputBuilder;
use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState, KeyUsageType, Tag};
use aws_smithy_types::date_time::Format;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update, is_sought};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, flag, int32, text};
use crate::kind::{Kind, changes, marked, settled};
use crate::tags::{Pair, TagChange, Tags, at_create, mark_pair, tagged};

const SCHEMA: &Schema = flashinfra_stacks_aws::KmsKey::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // A key whose deletion is scheduled already needs no deleting.
    not_found: &["NotFoundException", "KMSInvalidStateException:is pending deletion"],
    already_exists: &[],
};

/// The most that ListKeys puts on one page.
const PAGE: i32 = 1000;

/// The name that KMS has for the policy of a key.
const POLICY: &str = "default";

/// For how many days a key can be saved when nothing says so (KMS API reference, ScheduleKeyDeletion).
const WINDOW_DAYS: i32 = 30;

/// The kind.
pub(crate) struct KmsKeyKind;

#[async_trait]
impl Kind for KmsKeyKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["kms:ListKeys"],
            read_each: &["kms:DescribeKey", "kms:ListResourceTags", "kms:GetKeyRotationStatus", "kms:GetKeyPolicy"],
            create: &["kms:CreateKey", "kms:TagResource", "kms:EnableKeyRotation", "kms:DisableKey"],
            update: &[
                "kms:UpdateKeyDescription",
                "kms:PutKeyPolicy",
                "kms:EnableKeyRotation",
                "kms:DisableKeyRotation",
                "kms:EnableKey",
                "kms:DisableKey",
                "kms:TagResource",
                "kms:UntagResource",
            ],
            delete: &["kms:ScheduleKeyDeletion"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async {
            one(aws, question).await.unwrap_or_else(|error| Live::Unreadable { reason: error.to_string().into() })
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let keys = aws.read.kms.list_keys().limit(PAGE).into_paginator().items().send();
        let keys: Vec<_> = keys.collect::<Result<_, _>>().await.map_err(CODES.read("kms:ListKeys"))?;
        let found = keys.iter().filter_map(|key| key.key_id()).map(|id| async move {
            let owner = match tags(aws, id).await {
                Ok(tags) => tags.owner.filter(|mark| is_sought(mark, stack)),
                // The keys of others may be closed to us, ours are not; and one may have gone since it was listed.
                Err(error) if matches!(error.class, Class::AskPerson | Class::NotFound) => None,
                Err(error) => return Err(error),
            };
            if owner.is_none() {
                return Ok(None);
            }
            let question = Question { kind: SCHEMA.kind.as_ref().into(), id: id.into(), attributes: Map::default() };
            Ok(match one(aws, &question).await? {
                Live::Present(object) => Some(Object { owner, ..object }),
                Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
            })
        });
        let found: Result<Vec<Option<Object>>, Error> = fan_out(found.collect()).await.into_iter().collect();
        Ok(marked(found?.into_iter().flatten(), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let is_rotated = is_rotated(attributes)? == Some(true);
        let created = to_create(attributes, &request.mark).send_with(&aws.write.kms).await;
        let created = created.map_err(CODES.write("kms:CreateKey"))?;
        let Some(id) = created.key_metadata().map(KeyMetadata::key_id) else {
            return Err(CODES.nameless("kms:CreateKey"));
        };
        let is_disabled = flag(attributes, "enabled") == Some(false);
        if is_rotated || is_disabled {
            complete(self, aws, id, || async {
                // Rotation first: a key that cannot be used takes no change of it.
                if is_rotated {
                    rotate(aws, id, attributes).await?;
                }
                if is_disabled { enable(aws, id, false).await } else { Ok(()) }
            })
            .await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let (id, attributes) = (request.id.as_str(), &request.inputs.attributes);
        let wanted = flag(attributes, "enabled").filter(|_| changes(request, "enabled"));
        // A key that cannot be used takes no change of its rotation, so it is switched on before and off after that.
        if wanted == Some(true) {
            enable(aws, id, true).await?;
        }
        update_tags(aws, request).await?;
        if changes(request, "description") {
            let description = text(attributes, "description").unwrap_or_default();
            let call = aws.write.kms.update_key_description().key_id(id).description(description);
            call.send().await.map_err(CODES.write("kms:UpdateKeyDescription"))?;
        }
        if let Some(policy) = text(attributes, "policy").filter(|_| changes(request, "policy")) {
            let call = aws.write.kms.put_key_policy().key_id(id).policy_name(POLICY).policy(policy);
            call.send().await.map_err(CODES.write("kms:PutKeyPolicy"))?;
        }
        if changes(request, "enable_key_rotation") || changes(request, "rotation_period_in_days") {
            rotate(aws, id, attributes).await?;
        }
        if wanted == Some(false) {
            enable(aws, id, false).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let days = int32(&request.arguments, "deletion_window_in_days").unwrap_or(WINDOW_DAYS);
        let call = aws.write.kms.schedule_key_deletion().key_id(request.id.as_str()).pending_window_in_days(days);
        call.send().await.map_err(CODES.write("kms:ScheduleKeyDeletion"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        tag(aws, id, vec![mark_pair(mark)]).await
    }
}

/// One key, with as many calls as what is declared or was last applied needs.
async fn one(aws: &Clients, question: &Question) -> Result<Live, Error> {
    let id = question.id.as_str();
    let described = match aws.read.kms.describe_key().key_id(id).send().await.map_err(CODES.read("kms:DescribeKey")) {
        Ok(described) => described,
        Err(error) if error.class == Class::NotFound => return Ok(Live::Absent),
        Err(error) => return Err(error),
    };
    let Some(key) = described.key_metadata() else { return Ok(Live::Absent) };
    if matches!(key.key_state(), Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)) {
        return Ok(Live::Tombstone { note: note(key) });
    }
    let (mut object, _) = tagged(from_response(key), tags(aws, id).await);
    let mut fields = Fields::new();
    let is_asked = |name: &str| question.attributes.get(name).is_some();
    if is_asked("enable_key_rotation") || is_asked("rotation_period_in_days") {
        match aws.read.kms.get_key_rotation_status().key_id(id).send().await {
            Ok(status) => {
                fields = fields
                    .flag("enable_key_rotation", Some(status.key_rotation_enabled()))
                    .integer("rotation_period_in_days", status.rotation_period_in_days());
            }
            Err(_) => object.unverified.extend(ROTATION.map(Name::new_static)),
        }
    }
    if is_asked("policy") {
        match aws.read.kms.get_key_policy().key_id(id).policy_name(POLICY).send().await {
            Ok(answer) => fields = fields.text("policy", answer.policy()),
            Err(_) => object.unverified.push(Name::new_static("policy")),
        }
    }
    let attributes = std::mem::take(&mut object.attributes);
    object.attributes =
        fields.build().iter().fold(attributes, |map, (name, value)| map.with(name.clone(), value.clone()));
    Ok(Live::Present(object))
}

const ROTATION: [&str; 2] = ["enable_key_rotation", "rotation_period_in_days"];

async fn tags(aws: &Clients, id: &str) -> Result<Tags, Error> {
    let call = aws.read.kms.list_resource_tags().key_id(id).into_paginator().items().send();
    let tags: Vec<Tag> = call.collect::<Result<_, _>>().await.map_err(CODES.read("kms:ListResourceTags"))?;
    Ok(Tags::read(tags.iter().map(|tag| (tag.tag_key(), tag.tag_value()))))
}

/// Whether a key is to be rotated, if anything says so: a period says it as well, and makes no sense without.
fn is_rotated(attributes: &Map) -> Result<Option<bool>, Error> {
    match (flag(attributes, "enable_key_rotation"), int32(attributes, "rotation_period_in_days")) {
        (Some(false), Some(_)) => {
            let message = "`rotation_period_in_days` is for a key that is rotated, and `enable_key_rotation` is false";
            Err(Error::new(Class::FixInput, message))
        }
        (None, Some(_)) => Ok(Some(true)),
        (declared, _) => Ok(declared),
    }
}

/// Sets rotation as declared: EnableKeyRotation takes the period, and comes to the same when done again.
async fn rotate(aws: &Clients, id: &str, attributes: &Map) -> Result<(), Error> {
    let kms = &aws.write.kms;
    match is_rotated(attributes)? {
        Some(true) => {
            let call = kms.enable_key_rotation().key_id(id);
            let call = call.set_rotation_period_in_days(int32(attributes, "rotation_period_in_days"));
            call.send().await.map(drop).map_err(CODES.write("kms:EnableKeyRotation"))
        }
        Some(false) => {
            let call = kms.disable_key_rotation().key_id(id);
            call.send().await.map(drop).map_err(CODES.write("kms:DisableKeyRotation"))
        }
        None => Ok(()),
    }
}

async fn enable(aws: &Clients, id: &str, wanted: bool) -> Result<(), Error> {
    let kms = &aws.write.kms;
    match wanted {
        true => kms.enable_key().key_id(id).send().await.map(drop).map_err(CODES.write("kms:EnableKey")),
        false => kms.disable_key().key_id(id).send().await.map(drop).map_err(CODES.write("kms:DisableKey")),
    }
}

async fn update_tags(aws: &Clients, update: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(update);
    if !set.is_empty() {
        tag(aws, &update.id, set).await?;
    }
    if !remove.is_empty() {
        let call = aws.write.kms.untag_resource().key_id(update.id.as_str()).set_tag_keys(Some(remove));
        call.send().await.map_err(CODES.write("kms:UntagResource"))?;
    }
    Ok(())
}

async fn tag(aws: &Clients, id: &str, pairs: Vec<Pair>) -> Result<(), Error> {
    let call = aws.write.kms.tag_resource().key_id(id).set_tags(Some(to_tags(pairs)));
    call.send().await.map_err(CODES.write("kms:TagResource"))?;
    Ok(())
}

fn to_tags(pairs: Vec<Pair>) -> Vec<Tag> {
    let tag = |(key, value)| Tag::builder().tag_key(key).tag_value(value).build().ok();
    pairs.into_iter().filter_map(tag).collect()
}

/// What is told of a key whose deletion is scheduled.
fn note(key: &KeyMetadata) -> Name {
    let date = key.deletion_date().and_then(|date| date.fmt(Format::DateTime).ok());
    let when = date.map(|date| format!(" for {date}")).unwrap_or_default();
    format!("its deletion is scheduled{when}; until then CancelKeyDeletion saves it").into()
}

/// A live key in the schema's terms, as far as DescribeKey tells.
fn from_response(key: &KeyMetadata) -> Object {
    let fields = Fields::new()
        .text("description", key.description())
        .text("key_spec", key.key_spec().map(KeySpec::as_str))
        .text("key_usage", key.key_usage().map(KeyUsageType::as_str))
        .flag("multi_region", key.multi_region())
        .flag("enabled", Some(key.enabled()))
        .text("id", Some(key.key_id()))
        .text("arn", key.arn());
    let phase = match key.key_state() {
        Some(KeyState::Creating) => Phase::Creating,
        Some(KeyState::Updating) => Phase::Updating,
        _ => Phase::Ready,
    };
    let attributes = fields.build();
    Object { id: key.key_id().into(), phase, attributes, unverified: Vec::new(), owner: None, managed_by: None }
}

/// CreateKey.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateKeyInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateKeyInputBuilder::default()
        .set_description(owned("description"))
        .set_policy(owned("policy"))
        .set_key_spec(text(attributes, "key_spec").map(KeySpec::from))
        .set_key_usage(text(attributes, "key_usage").map(KeyUsageType::from))
        .set_multi_region(flag(attributes, "multi_region"))
        .set_tags(Some(to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use flashinfra_plans::{Address, map};

    use super::{Class, KeyMetadata, KeyState, OwnerMark, Phase, from_response, is_rotated, note, to_create};

    #[test]
    fn a_create_carries_tags_and_mark() {
        let address = Address::parse("aws.kms_key/data").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let attributes = map! { "description" => "databases", "tags" => map! { "Name" => "data" } };
        let request = to_create(&attributes, &mark).build().unwrap();
        assert_eq!((request.description(), request.key_spec(), request.policy()), (Some("databases"), None, None));
        let tags: Vec<_> = request.tags().iter().map(|tag| (tag.tag_key(), tag.tag_value())).collect();
        assert_eq!(tags, [("Name", "data"), ("flashinfra", "c5b0/1/aws.kms_key/data")]);
    }

    #[test]
    fn a_key_is_read_in_the_schemas_terms() {
        let key = KeyMetadata::builder().key_id("1b2c").description("").enabled(true).key_state(KeyState::Creating);
        let object = from_response(&key.build().unwrap());
        assert_eq!((&*object.id, object.phase), ("1b2c", Phase::Creating));
        assert_eq!(object.attributes, map! { "enabled" => true, "id" => "1b2c" });
    }

    #[test]
    fn a_period_says_that_a_key_is_rotated() {
        assert_eq!(is_rotated(&map! { "description" => "data" }), Ok(None));
        assert_eq!(is_rotated(&map! { "rotation_period_in_days" => 90 }), Ok(Some(true)));
        assert_eq!(is_rotated(&map! { "enable_key_rotation" => false }), Ok(Some(false)));
        let both = map! { "enable_key_rotation" => false, "rotation_period_in_days" => 90 };
        assert_eq!(is_rotated(&both).unwrap_err().class, Class::FixInput);
    }

    #[test]
    fn a_key_that_can_be_saved_says_until_when() {
        let key = KeyMetadata::builder().key_id("1b2c").deletion_date(DateTime::from_secs(1_796_371_200));
        let told = "its deletion is scheduled for 2026-12-04T08:00:00Z; until then CancelKeyDeletion saves it";
        assert_eq!(note(&key.build().unwrap()), told);
    }
}
