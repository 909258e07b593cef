//! What the adapter does for one kind.

use std::collections::BTreeMap;

use async_trait::async_trait;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update, is_sought};
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;

/// The description of an object that declares none, where the service demands one.
pub(crate) const DESCRIPTION: &str = "Made by flashinfra";

/// One kind of resource: its calls.
#[async_trait]
pub(crate) trait Kind: Send + Sync {
    /// The schema, whose definition is the file of the same name in `stacks/aws`.
    fn schema(&self) -> &'static Schema;

    /// The IAM actions of its calls, and of what the service does in the caller's name on the way (Service Authorization
    /// Reference).
    fn permissions(&self) -> Permissions;

    /// The kind whose calls tell about this one as well, so that both are read at once: it is asked both kinds' questions.
    fn read_by(&self) -> &'static str {
        &self.schema().kind
    }

    /// Answers all questions about this kind, and about those that are [read by](Self::read_by) it, in their order.
    ///
    /// # Errors
    /// When a page could not be read, which makes the whole question unreadable.
    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error>;

    /// Finds the objects that carry a mark of this stack, or of any.
    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error>;

    /// Makes an object.
    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error>;

    /// Changes an object.
    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error>;

    /// Deletes an object.
    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error>;

    /// Rewrites the owner mark.
    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error>;

    /// Why a change of an object came to nothing, where the service keeps that apart from the object.
    async fn explain(&self, aws: &Clients, id: &str) -> Option<String> {
        let _ = (aws, id);
        None
    }
}

/// The answers to questions by id from a list that is complete for them.
pub(crate) fn answers(questions: &[Question], found: impl IntoIterator<Item = Object>) -> Vec<Live> {
    let found: BTreeMap<Name, Object> = found.into_iter().map(|object| (object.id.clone(), object)).collect();
    let answer = |question: &Question| found.get(&question.id).cloned().map_or(Live::Absent, Live::Present);
    questions.iter().map(answer).collect()
}

/// The objects that carry a mark of a stack, or of any, with it.
pub(crate) fn marked(objects: impl IntoIterator<Item = Object>, stack: &str) -> Vec<(OwnerMark, Object)> {
    let with_mark = |object: Object| Some((object.owner.clone().filter(|mark| is_sought(mark, stack))?, object));
    objects.into_iter().filter_map(with_mark).collect()
}

/// What a write that was done answers: the object as it is now. When the service does not show it yet, the engine polls.
pub(crate) async fn settled(kind: &dyn Kind, aws: &Clients, id: &str, attributes: &Map) -> Outcome {
    match look(kind, aws, id, attributes).await {
        Some(object) if object.phase == Phase::Ready => Outcome::Done(object),
        _ => Outcome::Accepted(id.into()),
    }
}

/// One object as it is now, for a write that goes on from there.
///
/// # Errors
/// [`Class::NotFound`] when it is not there, [`Class::Retry`] when it could not be read: nothing was sent yet.
pub(crate) async fn current(kind: &dyn Kind, aws: &Clients, id: &str) -> Result<Object, Error> {
    current_for(kind, aws, id, &Map::default()).await
}

/// The same for what is declared, so that a change of ours that is on its way is known for one.
///
/// # Errors
/// As [`current`].
pub(crate) async fn current_for(kind: &dyn Kind, aws: &Clients, id: &str, attributes: &Map) -> Result<Object, Error> {
    let name = &kind.schema().kind;
    let question = Question { kind: name.as_ref().into(), id: id.into(), attributes: attributes.clone() };
    match kind.read(aws, &[question]).await?.pop() {
        Some(Live::Present(object)) => Ok(object),
        Some(Live::Unreadable { reason }) => Err(Error::new(Class::Retry, reason.as_str())),
        Some(Live::Absent | Live::Tombstone { .. }) | None => {
            Err(Error::new(Class::NotFound, format!("there is no {name} `{id}`")))
        }
    }
}

/// One object as it is now, if it can be seen.
pub(crate) async fn look(kind: &dyn Kind, aws: &Clients, id: &str, attributes: &Map) -> Option<Object> {
    let question = Question { kind: kind.schema().kind.as_ref().into(), id: id.into(), attributes: attributes.clone() };
    match kind.read(aws, &[question]).await.ok()?.pop()? {
        Live::Present(object) => Some(object),
        Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
    }
}

/// Whether an update changes this attribute.
pub(crate) fn changes(update: &Update, name: &str) -> bool {
    update.changed.iter().any(|changed| changed == name)
}
