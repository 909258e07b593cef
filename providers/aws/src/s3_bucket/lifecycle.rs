//! Rules about objects that grow old, from and to S3's form.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, Transition,
    TransitionStorageClass,
};
use flashinfra_plans::{Map, Name, Value};

use super::tags::to_tags;
use crate::fields::{Fields, block, blocks, flag, int32, integer, text};

/// A live rule.
pub(super) fn from_rule(rule: &LifecycleRule) -> Map {
    let filter = Filter::read(rule);
    let expiration = rule.expiration();
    let noncurrent = rule.noncurrent_version_expiration().map(|expiration| {
        let fields = Fields::new()
            .integer("noncurrent_days", expiration.noncurrent_days())
            .integer("newer_noncurrent_versions", expiration.newer_noncurrent_versions());
        fields.build().into()
    });
    let transitions = rule.transitions().iter().map(|transition| {
        let class = transition.storage_class().map(TransitionStorageClass::as_str);
        Fields::new().integer("transition_in_days", transition.days()).text("storage_class", class).build()
    });
    let noncurrent_transitions = rule.noncurrent_version_transitions().iter().map(|transition| {
        let class = transition.storage_class().map(TransitionStorageClass::as_str);
        let fields = Fields::new().integer("transition_in_days", transition.noncurrent_days());
        fields
            .text("storage_class", class)
            .integer("newer_noncurrent_versions", transition.newer_noncurrent_versions())
            .build()
    });
    let abort = rule.abort_incomplete_multipart_upload().and_then(|abort| abort.days_after_initiation());
    let marker = expiration.and_then(LifecycleExpiration::expired_object_delete_marker);
    Fields::new()
        .text("id", rule.id())
        .text("status", Some(rule.status().as_str()))
        .text("prefix", filter.prefix.as_deref())
        .value("tag_filters", filter.tag_map())
        .integer("object_size_greater_than", filter.greater_than)
        .integer("object_size_less_than", filter.less_than)
        .integer("expiration_in_days", expiration.and_then(LifecycleExpiration::days).filter(|days| *days > 0))
        .flag("expired_object_delete_marker", marker)
        .value("noncurrent_version_expiration", noncurrent)
        .integer("abort_incomplete_multipart_upload_days", abort)
        .blocks("transitions", transitions)
        .blocks("noncurrent_version_transitions", noncurrent_transitions)
        .build()
}

/// A rule to be sent. It has its status, which is all that building one can lack.
pub(super) fn to_rule(rule: &Map) -> Option<LifecycleRule> {
    let days = int32(rule, "expiration_in_days");
    let marker = flag(rule, "expired_object_delete_marker").filter(|is_removed| *is_removed);
    let expiration = (days.is_some() || marker.is_some())
        .then(|| LifecycleExpiration::builder().set_days(days).set_expired_object_delete_marker(marker).build());
    let class = |block: &Map| text(block, "storage_class").map(TransitionStorageClass::from);
    let transition = |block: &Map| {
        Transition::builder().set_days(int32(block, "transition_in_days")).set_storage_class(class(block)).build()
    };
    let noncurrent_transition = |block: &Map| {
        NoncurrentVersionTransition::builder()
            .set_noncurrent_days(int32(block, "transition_in_days"))
            .set_storage_class(class(block))
            .set_newer_noncurrent_versions(int32(block, "newer_noncurrent_versions"))
            .build()
    };
    let noncurrent = block(rule, "noncurrent_version_expiration").map(|expiration| {
        NoncurrentVersionExpiration::builder()
            .set_noncurrent_days(int32(expiration, "noncurrent_days"))
            .set_newer_noncurrent_versions(int32(expiration, "newer_noncurrent_versions"))
            .build()
    });
    let abort = int32(rule, "abort_incomplete_multipart_upload_days")
        .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let list = |name| blocks(rule, name).filter(|blocks| !blocks.is_empty());
    LifecycleRule::builder()
        .set_id(text(rule, "id").map(str::to_owned))
        .status(text(rule, "status").map_or(ExpirationStatus::Enabled, ExpirationStatus::from))
        .filter(Filter::declared(rule).to_filter())
        .set_expiration(expiration)
        .set_transitions(list("transitions").map(|list| list.into_iter().map(transition).collect()))
        .set_noncurrent_version_expiration(noncurrent)
        .set_noncurrent_version_transitions(
            list("noncurrent_version_transitions").map(|list| list.into_iter().map(noncurrent_transition).collect()),
        )
        .set_abort_incomplete_multipart_upload(abort)
        .build()
        .ok()
}

/// Which objects a rule is for. S3 has one form for one condition and another for several.
#[derive(Default)]
struct Filter {
    prefix: Option<String>,
    tags: Vec<(String, String)>,
    greater_than: Option<i64>,
    less_than: Option<i64>,
}

impl Filter {
    fn read(rule: &LifecycleRule) -> Self {
        let pairs = |tags: &[Tag]| tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        let Some(filter) = rule.filter() else { return Self::default() };
        match filter.and() {
            Some(and) => Self {
                prefix: and.prefix().map(str::to_owned),
                tags: pairs(and.tags()),
                greater_than: and.object_size_greater_than(),
                less_than: and.object_size_less_than(),
            },
            None => Self {
                prefix: filter.prefix().map(str::to_owned),
                tags: pairs(filter.tag().map_or(&[], std::slice::from_ref)),
                greater_than: filter.object_size_greater_than(),
                less_than: filter.object_size_less_than(),
            },
        }
    }

    fn declared(rule: &Map) -> Self {
        let tags = block(rule, "tag_filters").into_iter().flat_map(Map::iter);
        Self {
            prefix: text(rule, "prefix").filter(|prefix| !prefix.is_empty()).map(str::to_owned),
            tags: tags.filter_map(|(key, value)| Some((key.to_string(), value.as_text()?.to_owned()))).collect(),
            greater_than: integer(rule, "object_size_greater_than"),
            less_than: integer(rule, "object_size_less_than"),
        }
    }

    fn to_filter(&self) -> LifecycleRuleFilter {
        let conditions = usize::from(self.prefix.is_some())
            + self.tags.len()
            + usize::from(self.greater_than.is_some())
            + usize::from(self.less_than.is_some());
        let tags = to_tags(self.tags.clone());
        if conditions > 1 {
            let and = LifecycleRuleAndOperator::builder()
                .set_prefix(self.prefix.clone())
                .set_tags(Some(tags).filter(|tags| !tags.is_empty()))
                .set_object_size_greater_than(self.greater_than)
                .set_object_size_less_than(self.less_than)
                .build();
            return LifecycleRuleFilter::builder().and(and).build();
        }
        // A filter without any condition is for all objects, and is written as the empty prefix.
        let prefix = if conditions == 0 { Some(String::new()) } else { self.prefix.clone() };
        LifecycleRuleFilter::builder()
            .set_prefix(prefix)
            .set_tag(tags.into_iter().next())
            .set_object_size_greater_than(self.greater_than)
            .set_object_size_less_than(self.less_than)
            .build()
    }

    fn tag_map(&self) -> Option<Value> {
        let tags: Map =
            self.tags.iter().map(|(key, value)| (Name::from(key.as_str()), Value::from(value.as_str()))).collect();
        (!self.tags.is_empty()).then(|| tags.into())
    }
}
