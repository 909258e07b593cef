//! What the EC2 kinds share: reading by filters, tags.

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use flashinfra_plans::{Live, Object, OwnerMark};
use flashinfra_providers::{Error, Question, Update};
use sha2::{Digest, Sha256};

use crate::clients::Clients;
use crate::error::Codes;
use crate::kind::{answers, marked};
use crate::tags::{MARK, Pair, TagChange, Tags, mark_pair};

/// The most values that one filter of a describe takes (EC2 API reference, "List and filter").
const FILTER_VALUES: usize = 200;

/// Answers all questions about a kind whose describe takes a filter on ids, which is `by`.
pub(crate) async fn read<F>(
    by: &str,
    questions: &[Question],
    describe: impl Fn(Filter) -> F,
) -> Result<Vec<Live>, Error>
where
    F: Future<Output = Result<Vec<Object>, Error>>,
{
    let mut found = Vec::new();
    for filter in id_filters(by, questions) {
        found.extend(describe(filter).await?);
    }
    Ok(answers(questions, found))
}

/// Finds the objects of a kind that carry a mark of this stack, or of any.
pub(crate) async fn find<F>(stack: &str, describe: impl FnOnce(Filter) -> F) -> Result<Vec<(OwnerMark, Object)>, Error>
where
    F: Future<Output = Result<Vec<Object>, Error>>,
{
    Ok(marked(describe(mark_filter(stack)).await?, stack))
}

/// The filters that ask for the objects of all questions, one for each call. A filter, never a list of ids: one id that is
/// gone would fail the whole list.
pub(crate) fn id_filters(name: &str, questions: &[Question]) -> Vec<Filter> {
    let ids: Vec<&str> = questions.iter().map(|question| question.id.as_str()).collect();
    value_filters(name, &ids)
}

/// The filters that ask for what has one of these values, one for each call.
pub(crate) fn value_filters(name: &str, values: &[&str]) -> Vec<Filter> {
    let chunk = |values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Filter::builder().name(name).set_values(Some(values)).build()
    };
    values.chunks(FILTER_VALUES).map(chunk).collect()
}

/// The filter for objects that carry a mark of this stack, or of any: a `*` stands for any text.
pub(crate) fn mark_filter(stack: &str) -> Filter {
    Filter::builder().name(format!("tag:{MARK}")).values(format!("{stack}/*")).build()
}

/// Tags to be sent with a create.
pub(crate) fn tag_specification(resource: ResourceType, tags: Vec<Pair>) -> TagSpecification {
    TagSpecification::builder().resource_type(resource).set_tags(Some(tags.into_iter().map(tag).collect())).build()
}

/// The tags of a live object.
pub(crate) fn tags(tags: &[Tag]) -> Tags {
    Tags::read(tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default()))))
}

/// The name of an object that declares none: readable, and the same for the same generation of the same address, so that a create
/// that is sent twice is refused the second time.
pub(crate) fn generated_name(mark: &OwnerMark, readable_max: usize) -> String {
    let digest = Sha256::digest(mark.to_text().as_bytes());
    let unique: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let readable: String = mark.address.name().chars().take(readable_max).collect();
    format!("{readable}-{unique}")
}

/// Does what an update says about `tags`.
pub(crate) async fn update_tags(aws: &Clients, codes: Codes, update: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(update);
    if !set.is_empty() {
        let call = aws.write.ec2.create_tags().resources(update.id.as_str());
        let call = call.set_tags(Some(set.into_iter().map(tag).collect()));
        call.send().await.map_err(codes.write("ec2:CreateTags"))?;
    }
    if !remove.is_empty() {
        let keys = remove.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        let call = aws.write.ec2.delete_tags().resources(update.id.as_str()).set_tags(Some(keys));
        call.send().await.map_err(codes.write("ec2:DeleteTags"))?;
    }
    Ok(())
}

/// Rewrites the owner mark.
pub(crate) async fn mark(aws: &Clients, codes: Codes, id: &str, mark: &OwnerMark) -> Result<(), Error> {
    let call = aws.write.ec2.create_tags().resources(id).tags(tag(mark_pair(mark)));
    call.send().await.map_err(codes.write("ec2:CreateTags"))?;
    Ok(())
}

fn tag((key, value): Pair) -> Tag {
    Tag::builder().key(key).value(value).build()
}
