//! What the kinds share whose service tells of one by its name or of all, and of tags in a call for each: those of RDS and
//! ElastiCache.

use flashinfra_plans::Object;
use flashinfra_providers::{Class, Error, Question};

use crate::fields::text;

/// The questions with their names as the service keeps them, whichever way they were written.
pub(crate) fn in_lower_case(questions: &[Question]) -> Vec<Question> {
    let lower = |question: &Question| Question { id: question.id.to_lowercase().into(), ..question.clone() };
    questions.iter().map(lower).collect()
}

/// The one name that is asked for; none when there are several, which only the list of all tells of.
pub(crate) fn only(questions: &[Question]) -> Option<&str> {
    match questions {
        [question] => Some(question.id.as_str()),
        _ => None,
    }
}

/// The objects of a search. One whose tags could not be read may be sought: without it the answer would say that it is not there.
pub(crate) fn all_read(objects: Vec<(Object, Option<Error>)>) -> Result<Vec<Object>, Error> {
    let read = objects.into_iter().filter_map(|(object, unread)| match unread {
        None => Some(Ok(object)),
        Some(error) => (error.class != Class::NotFound).then_some(Err(error)),
    });
    read.collect()
}

/// The ARN of what was found under a name, for calls that take nothing else.
///
/// # Errors
/// [`Class::NotFound`] when nothing was found, which is called `what` there.
pub(crate) fn arn(found: Option<Object>, what: &str, name: &str) -> Result<String, Error> {
    let arn = found.as_ref().and_then(|object| text(&object.attributes, "arn")).map(str::to_owned);
    arn.ok_or_else(|| Error::new(Class::NotFound, format!("there is no {what} `{name}`")))
}

/// The functions about tags of a service that hangs them on ARNs, which RDS and ElastiCache do alike, with types of their own: `$sdk` is
/// the client, the other names are those of its operations.
macro_rules! tags_on_arns {
    ($sdk:ident, $tag:ty, $list:literal, $add:literal, $remove:literal) => {
        /// Tags to be sent.
        pub(crate) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<$tag> {
            pairs.into_iter().map(|(key, value)| <$tag>::builder().key(key).value(value).build()).collect()
        }

        /// The tags of a live object.
        pub(crate) fn tags(tags: &[$tag]) -> Tags {
            Tags::read(tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default()))))
        }

        /// Each object with the tags of its ARN, and why they could not be read, if they could not.
        pub(crate) async fn with_tags(
            aws: &Clients,
            codes: Codes,
            objects: Vec<Object>,
        ) -> Vec<(Object, Option<Error>)> {
            let tagged = objects.into_iter().map(|object| async move {
                let arn = text(&object.attributes, "arn").unwrap_or_default();
                let listed = aws.read.$sdk.list_tags_for_resource().resource_name(arn).send().await;
                tagged(object, listed.map(|listed| tags(listed.tag_list())).map_err(codes.read($list)))
            });
            fan_out(tagged.collect()).await
        }

        /// Does what an update says about `tags`.
        pub(crate) async fn update_tags(aws: &Clients, codes: Codes, arn: &str, update: &Update) -> Result<(), Error> {
            let TagChange { set, remove } = TagChange::of(update);
            if !set.is_empty() {
                let call = aws.write.$sdk.add_tags_to_resource().resource_name(arn).set_tags(Some(to_tags(set)));
                call.send().await.map_err(codes.write($add))?;
            }
            if !remove.is_empty() {
                let call = aws.write.$sdk.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(remove));
                call.send().await.map_err(codes.write($remove))?;
            }
            Ok(())
        }

        /// Rewrites the owner mark.
        pub(crate) async fn mark(aws: &Clients, codes: Codes, arn: &str, mark: &OwnerMark) -> Result<(), Error> {
            let call = aws.write.$sdk.add_tags_to_resource().resource_name(arn);
            call.set_tags(Some(to_tags([mark_pair(mark)]))).send().await.map_err(codes.write($add))?;
            Ok(())
        }
    };
}
pub(crate) use tags_on_arns;
