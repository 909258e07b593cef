//! What an interrupted run left open is found out by reading, before any plan is made and before any other run begins.
//!
//! A plan does it in its own memory; an apply writes it down and closes the run. Nothing is changed here.

use std::time::Duration;

use flashinfra_plans::journal::{Effect, Intent, OpenIntent, Record};
use flashinfra_plans::{Address, Ledger, Live, Name, Object, OwnerMark, Phase, Row, journal};
use flashinfra_providers::Read;
use flashinfra_stacks::schema::Schema;
use tokio::time::Instant;

use super::settle::{self, Sighting, Sought};
use super::{pauses, rows};
use crate::error::Unresolved;
use crate::read::Opened;

/// How long to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until what was made can be seen, as far as its provider is behind; a plan says of what is still on its way that it is
    /// busy, and is checked again before it is applied.
    Seen,
    /// Until it can be seen whatever a service may still hide: what is on its way is written down as what goes on.
    Visible,
    /// Until nothing is on its way any more: what is written down stays.
    Settled,
}

/// How often an object is looked for before it is said not to be there, however long others took: a service may answer from another
/// copy the next time.
const LOOKS_MIN: u32 = 2;

/// Finds out what became of intents. The ledger is brought up to date, and the records say the same to a journal.
///
/// # Errors
/// What could not be found out. The ledger then has what could.
pub(crate) async fn settle(
    opened: &Opened,
    ledger: &mut Ledger,
    intents: &[OpenIntent],
    patience: Patience,
) -> Result<Vec<Record>, Vec<Unresolved>> {
    let (mut records, mut unresolved) = (Vec::new(), Vec::new());
    // Nothing is written any more: what settles does so for all of them at once.
    let began = Instant::now();
    for OpenIntent { intent, accepted, .. } in intents {
        let found = match (ledger.schemas.get(intent.address.kind()), opened.reader(&intent.provider)) {
            (Some(schema), Some(read)) => {
                let schema = schema.clone();
                let case = Case {
                    read: read.as_ref(),
                    schema: &schema,
                    ledger,
                    intent,
                    accepted: accepted.as_ref(),
                    patience,
                    began,
                };
                case.find_out().await
            }
            (None, _) => Found::Unclear(format!("the ledger has no schema of {}", intent.address.kind())),
            (Some(_), None) if opened.gone.contains(&intent.provider) => gone(intent, ledger),
            (_, None) => Found::Unclear(format!("the provider `{}` is not open", intent.provider)),
        };
        let (step, not_done) = (intent.step, Name::from("interrupted before it was done"));
        let record = match found {
            Found::Done(effect) => Record::Done { step, effect },
            Found::Left(effect) => {
                Record::Failed { step, message: "interrupted; it never became ready".into(), effect: Some(effect) }
            }
            Found::NotDone => {
                // What a plan does not see is looked for again before anything is written down.
                if patience != Patience::Seen {
                    records.extend(unanswered(intent, accepted.as_ref(), ledger));
                }
                Record::Failed { step, message: not_done, effect: None }
            }
            Found::Unclear(reason) => {
                unresolved.push(Unresolved { address: intent.address.clone(), act: intent.act.clone(), reason });
                continue;
            }
        };
        if let Record::Done { effect, .. } | Record::Failed { effect: Some(effect), .. } = &record {
            journal::apply(ledger, effect);
        }
        records.push(record);
    }
    if unresolved.is_empty() { Ok(records) } else { Err(unresolved) }
}

/// What became of an intent in a place that is gone, with all that was in it.
fn gone(intent: &Intent, ledger: &Ledger) -> Found {
    if intent.act != "delete" {
        return Found::NotDone;
    }
    let address = intent.address.clone();
    let generation = ledger.rows.get(&address).map_or(intent.generation, |row| row.generation);
    Found::Done(match &intent.row {
        Some(row) => Effect::Put(address, Box::new(row.clone())),
        None => Effect::Remove(address, generation),
    })
}

/// What a create of which nothing can be seen leaves to be remembered: its object may show up late. The ledger takes it at once.
fn unanswered(intent: &Intent, accepted: Option<&Name>, ledger: &mut Ledger) -> Option<Record> {
    let schema = ledger.schemas.get(intent.address.kind())?;
    let is_open = intent.act == "create" && accepted.is_none() && settle::can_show_up(schema);
    let Intent { address, generation, provider, .. } = intent.clone();
    let record = is_open.then_some(Record::Unanswered { address, generation, provider })?;
    journal::enter(ledger, &record);
    Some(record)
}

/// What became of an intent.
enum Found {
    Done(Effect),
    /// It left something that never became ready, or is gone again.
    Left(Effect),
    NotDone,
    Unclear(String),
}

/// One intent, and what there is to find out about it with.
struct Case<'a> {
    read: &'a dyn Read,
    schema: &'a Schema,
    ledger: &'a Ledger,
    intent: &'a Intent,
    accepted: Option<&'a Name>,
    patience: Patience,
    began: Instant,
}

impl Case<'_> {
    async fn find_out(&self) -> Found {
        match (self.intent.act.as_str(), &self.intent.object, &self.intent.row) {
            ("create", _, Some(row)) => self.created(row).await,
            ("update", Some(id), Some(row)) => self.updated(id, row).await,
            ("delete", Some(id), row) => self.deleted(id, row.as_ref()).await,
            ("move", Some(id), Some(row)) => self.moved(id, row).await,
            // It changed what belongs to no row: the next plan sees it as it is.
            ("update", Some(_), None) => Found::NotDone,
            // They call nobody: what of them is not in the journal was not done.
            ("record" | "forget" | "skip", _, _) => Found::NotDone,
            (act, _, _) => Found::Unclear(format!("the journal does not say enough about the {act}")),
        }
    }

    async fn created(&self, row: &Row) -> Found {
        let mark = self.mark();
        let sought = Sought { schema: self.schema, mark: &mark, attributes: &row.applied, accepted: self.accepted };
        let deadline = Duration::from_secs(self.schema.timeouts.create.into());
        let mut looks = 0;
        loop {
            looks += 1;
            let elapsed = self.began.elapsed();
            let object = match settle::look(self.read, &sought).await {
                Sighting::Ours(object) => Some(object),
                Sighting::Foreign(_) | Sighting::Tombstone(_) => return Found::NotDone,
                Sighting::NotSeen => None,
                Sighting::Unclear(reason) => return Found::Unclear(reason),
            };
            match object {
                Some(object) if object.phase == Phase::Creating && self.waits(elapsed, deadline) => {}
                Some(object) => return self.made(row, &object),
                None if !self.settles().is_zero() && (elapsed < self.settles() || looks < LOOKS_MIN) => {}
                None if self.accepted.is_some() => {
                    let Intent { address, generation, .. } = self.intent;
                    return Found::Left(rows::used_up(address, *generation, self.ledger));
                }
                None => return Found::NotDone,
            }
            let typical = Duration::from_secs(self.schema.typical.create.into());
            tokio::time::sleep(pauses::until_next_look(self.read, elapsed, typical)).await;
        }
    }

    fn made(&self, row: &Row, object: &Object) -> Found {
        let address = self.intent.address.clone();
        match object.phase {
            Phase::Failed | Phase::Deleting => Found::Left(rows::left_behind(&address, row.clone(), &object.id)),
            // What is still on its way is not taken for broken: the planner sees its phase.
            Phase::Creating | Phase::Ready | Phase::Updating => {
                let mut row = rows::in_part(row.clone(), self.schema, object);
                if let Some(current) = &mut row.current {
                    current.ready = true;
                }
                Found::Done(Effect::Put(address, Box::new(row)))
            }
        }
    }

    /// An update may have been done in part: each attribute that is live as it was to be is taken for applied.
    async fn updated(&self, id: &Name, row: &Row) -> Found {
        let object = match settle::one(self.read, self.schema, id, &row.applied).await {
            Live::Present(object) => object,
            Live::Absent | Live::Tombstone { .. } => return Found::NotDone,
            Live::Unreadable { reason } => return Found::Unclear(format!("{id} could not be read: {reason}")),
        };
        let Some(old) = self.ledger.rows.get(&self.intent.address) else { return Found::NotDone };
        let row = rows::changed_in_part(old, row, self.schema, &object);
        Found::Done(Effect::Put(self.intent.address.clone(), Box::new(row)))
    }

    async fn deleted(&self, id: &Name, row: Option<&Row>) -> Found {
        let deadline = Duration::from_secs(self.schema.timeouts.delete.into());
        let nothing = flashinfra_plans::Map::default();
        let present = self.ledger.rows.get(&self.intent.address);
        loop {
            let attributes = present.map_or(&nothing, |row| &row.applied);
            match settle::one(self.read, self.schema, id, attributes).await {
                Live::Absent | Live::Tombstone { .. } => break,
                // Ours is gone, and somebody has its name by now.
                Live::Present(object) if settle::is_of_others(self.schema, &object, &self.mark()) => break,
                Live::Present(object)
                    if object.phase == Phase::Deleting && self.waits(self.began.elapsed(), deadline) => {}
                Live::Present(_) => return Found::NotDone,
                Live::Unreadable { reason } => return Found::Unclear(format!("{id} could not be read: {reason}")),
            }
            let typical = Duration::from_secs(self.schema.typical.delete.into());
            tokio::time::sleep(pauses::until_next_look(self.read, self.began.elapsed(), typical)).await;
        }
        let address = self.intent.address.clone();
        let generation = present.map_or(self.intent.generation, |row| row.generation);
        Found::Done(match row {
            Some(row) => Effect::Put(address, Box::new(row.clone())),
            None => Effect::Remove(address, generation),
        })
    }

    /// A rewritten mark does no harm at the old address: when in doubt the next plan moves it again.
    async fn moved(&self, id: &Name, row: &Row) -> Found {
        // Names are unique among objects of one kind in one place, and nowhere else.
        let is_it = |address: &Address, old: &Row| {
            let is_object = old.current.as_ref().is_some_and(|owned| owned.id == *id);
            address.kind() == self.intent.address.kind() && old.provider == row.provider && is_object
        };
        let from = self.ledger.rows.iter().find(|(address, old)| is_it(address, old));
        match (settle::one(self.read, self.schema, id, &row.applied).await, from) {
            (Live::Present(object), Some((from, _))) if object.owner.as_ref() == Some(&self.mark()) => {
                let (from, to) = (from.clone(), self.intent.address.clone());
                Found::Done(Effect::Rename { from, to, row: Box::new(row.clone()) })
            }
            (Live::Unreadable { reason }, _) => Found::Unclear(format!("{id} could not be read: {reason}")),
            (Live::Present(_) | Live::Absent | Live::Tombstone { .. }, _) => Found::NotDone,
        }
    }

    fn mark(&self) -> OwnerMark {
        let Intent { address, generation, .. } = self.intent;
        OwnerMark { stack: self.ledger.uuid.clone(), address: address.clone(), generation: *generation }
    }

    /// For how long reads of the kind may be behind. For a plan, a provider that says how often to look is as fast as that.
    fn settles(&self) -> Duration {
        let settles = Duration::from_secs(self.schema.settle_seconds.into());
        match self.patience {
            Patience::Seen => self.read.poll_pause().unwrap_or(settles).min(settles),
            Patience::Visible | Patience::Settled => settles,
        }
    }

    fn waits(&self, elapsed: Duration, limit: Duration) -> bool {
        // What ends by itself, and may go before that, goes on: a plan says what becomes of it.
        self.patience == Patience::Settled && !self.schema.ends && elapsed < limit
    }
}
