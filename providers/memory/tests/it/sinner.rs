//! Providers that break one promise each, and the check that notices.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::value::Secret;
use flashinfra_plans::{Live, Name, Object, OwnerMark, Phase, Place, Value, map};
use flashinfra_providers::conformance::{self, Case};
use flashinfra_providers::{
    Answers, Calls, Class, Create, Delete, Error, Outcome, Provider, Question, Read, Update, Write,
};
use flashinfra_providers_memory::Sandbox;
use flashinfra_stacks::schema::{
    Attribute, Carrier, Collection, Container, CreateOnce, Element, Identity, Mode, Schema, Seconds, SetBy,
};

use crate::kinds::{aws, computed, kind, options, replaces, required, schemas, shaped, text, value};

/// A promise to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sin {
    PlaceMoves,
    AbsentIsUnreadable,
    NeverReady,
    NamesAreIds,
    ForgetsAnAttribute,
    AddsAnAttribute,
    UnsortedSets,
    TellsSecrets,
    DropsTheMark,
    MarksStay,
    FindsNothing,
    ReversesAnswers,
    ReadsTheCache,
    IgnoresUpdates,
    ChangesMore,
    LosesForeignKeys,
    AcceptsReplacements,
    UpdatesTheAbsent,
    DeletesWhatIsGuarded,
    KeepsWhatIsDeleted,
    DeletesTwice,
    CountsNothing,
    MakesTwins,
}

struct Sinner {
    inner: Arc<dyn Provider>,
    sin: Sin,
    calls: std::sync::atomic::AtomicU32,
    cache: std::sync::Mutex<Option<Object>>,
}

const SECRET: &str = "a password that nobody else has";

impl Sinner {
    fn object(&self, mut object: Object) -> Object {
        let set = |object: Object, name: &str, value: Value| Object {
            attributes: object.attributes.clone().with(name, value),
            ..object
        };
        match self.sin {
            Sin::NeverReady => object.phase = Phase::Creating,
            Sin::NamesAreIds => object.id = format!("db-{}", object.id).into(),
            Sin::ForgetsAnAttribute => object.attributes = object.attributes.without("size"),
            Sin::AddsAnAttribute => return set(object, "colour", value("red")),
            Sin::UnsortedSets => return set(object, "zones", Value::from(vec![value("b"), value("a")])),
            Sin::TellsSecrets => return set(object, "note", value(SECRET)),
            Sin::DropsTheMark => object.owner = None,
            _ => {}
        }
        object
    }

    fn outcome(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Done(object) => Outcome::Done(self.object(object)),
            other => other,
        }
    }
}

#[async_trait]
impl Read for Sinner {
    async fn place(&self) -> Result<Place, Error> {
        let place = self.inner.place().await?;
        let count = self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(if self.sin == Sin::PlaceMoves { Place { scope: count.to_string().into(), ..place } } else { place })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let questions: Vec<_> = questions
            .iter()
            .map(|question| Question { id: question.id.trim_start_matches("db-").into(), ..question.clone() })
            .collect();
        let mut answers = self.inner.read(&questions).await;
        if self.sin == Sin::ReversesAnswers {
            answers.reverse();
        }
        let lie = |live| match live {
            Live::Absent if self.sin == Sin::AbsentIsUnreadable => Live::Unreadable { reason: "404".into() },
            Live::Absent if self.sin == Sin::KeepsWhatIsDeleted => {
                self.cache.lock().unwrap().clone().map_or(Live::Absent, Live::Present)
            }
            Live::Present(object) => {
                let mut cache = self.cache.lock().unwrap();
                let cached = cache.clone().filter(|_| self.sin == Sin::ReadsTheCache);
                *cache = Some(cached.clone().unwrap_or_else(|| object.clone()));
                Live::Present(self.object(cached.unwrap_or(object)))
            }
            other => other,
        };
        answers.into_iter().map(lie).collect()
    }

    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let found = self.inner.find(kind, stack).await?;
        Ok(if self.sin == Sin::FindsNothing { Vec::new() } else { found })
    }

    fn calls(&self) -> Calls {
        if self.sin == Sin::CountsNothing { Calls::default() } else { self.inner.calls() }
    }
}

#[async_trait]
impl Write for Sinner {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let request = match self.sin {
            Sin::MakesTwins => {
                let count = self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let name = value(&format!("n{count}"));
                let mut request = request.clone();
                request.inputs.attributes = request.inputs.attributes.with("name", name);
                request
            }
            _ => request.clone(),
        };
        self.inner.create(&request).await.map(|outcome| self.outcome(outcome))
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        let mut request = Update { id: request.id.trim_start_matches("db-").into(), ..request.clone() };
        let live = self
            .inner
            .read(&[Question { kind: request.kind.clone(), id: request.id.clone(), attributes: map! {} }])
            .await;
        let unchanged = || match &live[0] {
            Live::Present(object) => Ok(Outcome::Done(object.clone())),
            _ => Err(Error::new(Class::NotFound, "gone")),
        };
        match self.sin {
            Sin::IgnoresUpdates => return unchanged(),
            Sin::AcceptsReplacements if request.changed == ["name"] => return unchanged(),
            Sin::UpdatesTheAbsent if live[0] == Live::Absent => return Ok(Outcome::Gone),
            Sin::ChangesMore => {
                request.changed.push(Name::from("note"));
                request.inputs.attributes = request.inputs.attributes.with("note", value("more"));
            }
            Sin::LosesForeignKeys => {
                if let Live::Present(object) = &live[0] {
                    request.before = object.attributes.clone();
                }
            }
            _ => {}
        }
        self.inner.update(&request).await.map(|outcome| self.outcome(outcome))
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        let request = Delete { id: request.id.trim_start_matches("db-").into(), ..request.clone() };
        match self.inner.delete(&request).await {
            Err(error) if self.sin == Sin::DeletesWhatIsGuarded && error.code == "DeletionProtected" => {
                Ok(Outcome::Gone)
            }
            Err(error) if self.sin == Sin::DeletesTwice && error.class == Class::NotFound => Ok(Outcome::Gone),
            other => other,
        }
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        if self.sin == Sin::MarksStay {
            Ok(())
        } else {
            self.inner.mark(kind, id.trim_start_matches("db-"), mark).await
        }
    }
}

fn disk() -> Schema {
    Schema {
        identity: Identity::Named("name".into()),
        carrier: Carrier::Label,
        create_once: CreateOnce::UniqueName,
        timeouts: Seconds { create: 0, update: 0, delete: 0 },
        ..kind(
            "aws.disk",
            vec![
                required(replaces(text("name", "DiskName"))),
                required(shaped("size", Container::One, Element::Integer)),
                text("note", ""),
                Attribute {
                    collection: Collection::Keyed,
                    ..shaped("labels", Container::Map, Element::Text("".into()))
                },
                Attribute { set_by: SetBy::Either, ..shaped("zones", Container::Set, Element::Text("".into())) },
                Attribute { secret: true, mode: Mode::WriteOnly, ..text("key", "") },
                Attribute { delete_guard: true, ..shaped("locked", Container::One, Element::Bool) },
                computed("address", ""),
            ],
        )
    }
}

/// The checks that fail when this promise is broken.
async fn noticed(sin: Option<Sin>) -> Vec<Name> {
    let schema = disk();
    let sandbox = Sandbox::open(None, schemas([schema.clone()]), options()).unwrap();
    let key = Value::Secret(Box::new(Secret::Env { name: "KEY".into(), version: 1 }));
    let tampered = sandbox.clone();
    let change: conformance::Foreign = Arc::new(move |id: Name| {
        let sandbox = tampered.clone();
        Box::pin(async move {
            let id = id.trim_start_matches("db-");
            sandbox.tamper("aws.disk", id, "note", Some(value("theirs"))).unwrap();
            sandbox.tamper("aws.disk", id, "labels.theirs", Some(value("stays"))).unwrap();
        })
    });
    let case = Case::new(
        Arc::new(schema),
        map! { "name" => "n0", "size" => 5, "key" => key, "labels" => map! { "old" => "a" } },
    )
    .secret("key", SECRET)
    .poll(Duration::ZERO)
    .foreign("note", value("theirs"), change)
    .update("size", Value::Integer(6))
    .update("labels", Value::Map(map! { "ours" => "b" }))
    .update("locked", Value::Bool(true))
    .replacement("name", value("n1"));
    let provider: Arc<dyn Provider> = match sin {
        Some(sin) => {
            Arc::new(Sinner { inner: aws(&sandbox), sin, calls: 0.into(), cache: std::sync::Mutex::default() })
        }
        None => aws(&sandbox),
    };
    conformance::run(provider, &case).await.failures().map(|check| check.name.clone()).collect()
}

#[tokio::test]
async fn each_broken_promise_is_noticed_by_its_check() {
    assert_eq!(noticed(None).await, [""; 0]);
    let expected = [
        (Sin::PlaceMoves, "place"),
        (Sin::AbsentIsUnreadable, "absent"),
        (Sin::NeverReady, "create"),
        (Sin::NamesAreIds, "identity"),
        (Sin::ForgetsAnAttribute, "read back"),
        (Sin::ForgetsAnAttribute, "replan"),
        (Sin::AddsAnAttribute, "schema"),
        (Sin::UnsortedSets, "schema"),
        (Sin::TellsSecrets, "secrets"),
        (Sin::DropsTheMark, "owner mark"),
        (Sin::FindsNothing, "owner mark"),
        (Sin::MarksStay, "moved mark"),
        (Sin::ReversesAnswers, "batch"),
        (Sin::ReadsTheCache, "foreign change"),
        (Sin::IgnoresUpdates, "update size"),
        (Sin::ChangesMore, "update size"),
        (Sin::LosesForeignKeys, "update labels"),
        (Sin::AcceptsReplacements, "replacement name"),
        (Sin::UpdatesTheAbsent, "update absent"),
        (Sin::DeletesWhatIsGuarded, "guard locked"),
        (Sin::KeepsWhatIsDeleted, "delete"),
        (Sin::DeletesTwice, "delete absent"),
        (Sin::CountsNothing, "calls"),
        (Sin::MakesTwins, "create once"),
    ];
    for (sin, check) in expected {
        let failed = noticed(Some(sin)).await;
        assert!(failed.contains(&check.into()), "{sin:?} should fail `{check}` and failed {failed:?}");
    }
}
