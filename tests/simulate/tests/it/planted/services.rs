//! Adapters that do something else than they say.

use std::sync::Arc;

use async_trait::async_trait;
use flashinfra_plans::{Live, Name, Object, OwnerMark, Phase, Place, ProviderInstance, Value};
use flashinfra_providers::{
    Answers, Calls, Create, Delete, Error, Factory, Outcome, Provider, Question, Read, Update, Write,
};
use flashinfra_simulate::{Invariant, Services, Subject};
use flashinfra_stacks::schema::Schema;

use super::check;

/// What an adapter does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    /// It sends every create twice, the second time as another request.
    CreatesTwice,
    /// It answers a deletion that it did not send.
    DeletesNothing,
    /// It answers an update that it did not send.
    UpdatesNothing,
    /// It deletes what it is to update.
    DeletesInstead,
    /// It removes all keys of a map that are not wanted, whoever added them.
    RemovesEveryKey,
    /// It shows what is wanted, whatever is there.
    ShowsWishes,
    /// It shows a password among the attributes.
    ShowsSecrets,
    /// It shows what has failed as if it had done what it is for.
    ShowsSuccess,
}

/// An adapter with a mistake.
struct Wrong<T: ?Sized> {
    inner: Arc<T>,
    mistake: Mistake,
}

#[async_trait]
impl Factory for Wrong<dyn Factory> {
    fn provider(&self) -> &'static str {
        self.inner.provider()
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        self.inner.schemas()
    }

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        Ok(Arc::new(Wrong { inner: self.inner.open(instance).await?, mistake: self.mistake }))
    }
}

#[async_trait]
impl Read for Wrong<dyn Provider> {
    async fn place(&self) -> Result<Place, Error> {
        self.inner.place().await
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let mut answers = self.inner.read(questions).await;
        if self.mistake == Mistake::ShowsWishes {
            for (answer, question) in answers.iter_mut().zip(questions) {
                if let Live::Present(object) = answer {
                    let wishes = question.attributes.iter().filter(|(_, value)| value.is_literal());
                    object.attributes = object.attributes.clone().into_iter().chain(wishes.cloned()).collect();
                }
            }
        }
        if self.mistake == Mistake::ShowsSuccess {
            for answer in &mut answers {
                if let Live::Present(object) = answer
                    && object.phase == Phase::Failed
                {
                    object.phase = Phase::Ready;
                }
            }
        }
        answers
    }

    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        self.inner.find(kind, stack).await
    }

    fn calls(&self) -> Calls {
        self.inner.calls()
    }
}

#[async_trait]
impl Write for Wrong<dyn Provider> {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let mut answer = self.inner.create(request).await;
        if self.mistake == Mistake::CreatesTwice {
            let again = Create { token: format!("{}-again", request.token).into(), ..request.clone() };
            let _ = self.inner.create(&again).await;
        }
        if let (Mistake::ShowsSecrets, Ok(Outcome::Accepted(id)), Some(secret)) =
            (self.mistake, &answer, request.inputs.secret("password"))
        {
            let attributes = [("address".into(), Value::from(secret.reveal()))].into_iter().collect();
            answer = Ok(Outcome::Done(Object {
                id: id.clone(),
                phase: Phase::Ready,
                attributes,
                unverified: Vec::new(),
                owner: Some(request.mark.clone()),
                managed_by: None,
            }));
        }
        answer
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        let Update { kind, id, inputs, .. } = request;
        match self.mistake {
            Mistake::UpdatesNothing => {
                let question = Question { kind: kind.clone(), id: id.clone(), attributes: inputs.attributes.clone() };
                match self.inner.read(&[question]).await.pop() {
                    Some(Live::Present(object)) => Ok(Outcome::Done(object)),
                    _ => self.inner.update(request).await,
                }
            }
            Mistake::DeletesInstead => {
                let delete = Delete { kind: kind.clone(), id: id.clone(), arguments: inputs.attributes.clone() };
                self.inner.delete(&delete).await
            }
            Mistake::RemovesEveryKey => {
                let theirs = ["cost", "backup", "stage"].map(|key| (Name::from(key), Value::from("theirs")));
                let ours = request.before.get("tags").and_then(Value::as_map).cloned().unwrap_or_default();
                let all = Value::Map(theirs.into_iter().chain(ours).collect());
                let before = request.before.clone().with("tags", all);
                self.inner.update(&Update { before, ..request.clone() }).await
            }
            _ => self.inner.update(request).await,
        }
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        match self.mistake {
            Mistake::DeletesNothing => Ok(Outcome::Gone),
            _ => self.inner.delete(request).await,
        }
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        self.inner.mark(kind, id, mark).await
    }
}

/// A subject with a mistake between the engine and the services.
fn with(mistake: Mistake) -> Subject {
    let services = move |inner| Services(Arc::new(Wrong::<dyn Factory> { inner, mistake }));
    Subject { services: Arc::new(services), ..Subject::default() }
}

#[test]
fn what_is_made_twice_is_noticed() {
    let small = check(&with(Mistake::CreatesTwice), Invariant::NothingDoubled);
    assert_eq!(small.edits.iter().flat_map(|edit| edit.stack.iter().flatten()).count(), 1, "{small}");
}

#[test]
fn what_is_not_deleted_is_noticed() {
    check(&with(Mistake::DeletesNothing), Invariant::NothingLost);
}

#[test]
fn what_is_not_updated_is_noticed() {
    check(&with(Mistake::UpdatesNothing), Invariant::Converges);
}

#[test]
fn what_is_not_planned_is_noticed() {
    check(&with(Mistake::DeletesInstead), Invariant::AsPlanned);
}

#[test]
fn keys_of_others_that_go_are_noticed() {
    check(&with(Mistake::RemovesEveryKey), Invariant::NothingForeignTouched);
}

#[test]
fn what_only_seems_to_be_so_is_noticed() {
    check(&with(Mistake::ShowsWishes), Invariant::DeclaredIsLive);
}

#[test]
fn what_has_failed_and_goes_as_if_it_were_done_is_noticed() {
    let small = check(&with(Mistake::ShowsSuccess), Invariant::EndsAsDeclared);
    assert_eq!(small.edits.iter().flat_map(|edit| edit.stack.iter().flatten()).count(), 1, "{small}");
}

#[test]
fn a_secret_that_is_written_down_is_noticed() {
    check(&with(Mistake::ShowsSecrets), Invariant::NoSecretKept);
}
