//! What a program wrote last that failed: told to who watches, before its step is told to have failed, and written nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use flashinfra_plans::live::Question;
use flashinfra_plans::{Live, Object, OwnerMark, Phase, Place, ProviderInstance, map};
use flashinfra_providers::{
    Answers, Calls, Create, Delete, Error, Factory, LogEntry, LogSink, Outcome, Provider, Read, Registry, Update, Write,
};
use flashinfra_stacks::schema::Schema;
use tokio::sync::mpsc;

use super::world::{World, apply_in, stack};
use crate::apply::{ApplyOptions, EventKind, LastLines};
use crate::error::Exit;
use crate::ledgers::LocalLedgers;
use crate::session::Session;

const LINE: &str = "panic: the password hunter2 is wrong";

/// A service of which every program crashes, and who keeps what they wrote.
#[derive(Clone, Default)]
struct Crashing {
    is_made: Arc<AtomicBool>,
}

impl Crashing {
    fn live(&self, question: &Question) -> Live {
        match self.is_made.load(Ordering::SeqCst) {
            true => Live::Present(Object {
                id: question.id.clone(),
                phase: Phase::Failed,
                attributes: question.attributes.clone(),
                unverified: Vec::new(),
                owner: None,
                managed_by: None,
            }),
            false => Live::Absent,
        }
    }
}

#[async_trait]
impl Factory for Crashing {
    fn provider(&self) -> &'static str {
        "test"
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        Vec::new()
    }

    async fn open(&self, _: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Read for Crashing {
    async fn place(&self) -> Result<Place, Error> {
        Ok(Place { provider: "test".into(), scope: "here".into(), region: "".into() })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        questions.iter().map(|question| self.live(question)).collect()
    }

    async fn find(&self, _: &str, _: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Ok(Vec::new())
    }

    async fn explain_failure(&self, _: &Question, last_lines: u32, sink: LogSink<'_>) -> Option<String> {
        assert_eq!(last_lines, 10);
        sink(LogEntry::Line { from: "logs-1/app".into(), text: LINE.into() });
        Some("exited with 1".into())
    }

    fn calls(&self) -> Calls {
        Calls::default()
    }
}

#[async_trait]
impl Write for Crashing {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        self.is_made.store(true, Ordering::SeqCst);
        let name = request.inputs.attributes.get("name").and_then(|name| name.as_text()).unwrap();
        Ok(Outcome::Accepted(name.into()))
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn delete(&self, _: &Delete) -> Result<Outcome, Error> {
        Ok(Outcome::Gone)
    }

    async fn mark(&self, _: &str, _: &str, _: &OwnerMark) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn they_are_told_before_the_failure_and_written_nowhere() {
    let world = World::new();
    let ledgers = LocalLedgers::new(world.directory.path().join("ledgers"));
    let session = Session::new(Registry::new().with(Crashing::default()), ledgers).with_uuids(|| "0b5e7c1e".into());
    let world = World { session, ..world };
    let plan = world.plan(&stack([("test.bucket/logs", map! { "name" => "logs" })])).await.plan;
    let (events, mut watched) = mpsc::unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let report = apply_in(&world.session, plan, &options).await.unwrap();
    drop(options);
    assert_eq!(report.exit, Exit::Error);
    let (mut wrote, mut failed) = (0, false);
    while let Some(event) = watched.recv().await {
        match event.kind {
            EventKind::Wrote(LastLines(lines)) => {
                assert!(!failed, "they come before the failure");
                wrote +=
                    lines.iter().filter(|line| matches!(line, LogEntry::Line { text, .. } if text == LINE)).count();
            }
            EventKind::Failed { message } => {
                failed = true;
                assert!(message.contains("exited with 1") && !message.contains("hunter2"), "{message}");
            }
            _ => {}
        }
    }
    assert!(failed && wrote == 1, "failed: {failed}, {wrote} lines");
    world.assert_unwritten("hunter2");
}
