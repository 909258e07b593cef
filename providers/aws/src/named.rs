//! What the kinds share whose service tells of one by its name or of all, and of tags in a call for each: those of RDS and
//! ElastiCache.

use flashinfra_plans::Object;
use flashinfra_providers::{Class, Error, Question};

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
