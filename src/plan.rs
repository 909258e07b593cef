//! Plan: load, read, decide. Nothing is changed, not even the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::decide::PlanError;
use flashinfra_plans::lookups::Known;
use flashinfra_plans::plan::{Mode, Options};
use flashinfra_plans::questions::Asked;
use flashinfra_plans::{
    CompiledStack, Ledger, Live, Name, Observed, Plan, ProviderInstance, check, compiled, decide, lookups, questions,
};
use flashinfra_providers::Calls;
use flashinfra_stacks::schema::Schema;
use tokio::time::Instant;

use crate::apply::confirm;
use crate::apply::recover::{self, Patience};
use crate::apply::request;
use crate::by_hand;
use crate::error::{EngineError, MissingSecret};
use crate::ledgers::{self, Holder, Lasts, LedgerKey, Loaded, OpenRun, Stamp};
use crate::open::{self, Configuring};
use crate::read::{self, Opened};
use crate::recover::Marked;
use crate::rehearse::Rehearsing;
use crate::session::Session;

/// What a plan says about where its input came from, for people.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// The file that the parameters came from; empty when there was none.
    pub parameters: Name,
    /// The revision that the stack is of, when it is gone back to.
    pub repeats: Option<u64>,
}

/// A plan, and what it took to make it.
#[derive(Clone, Debug)]
#[must_use = "a plan does nothing until it is applied"]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The ledger that it was made from, with what an interrupted run did.
    pub ledger: Ledger,
    /// What was asked about: provider instances and kinds.
    pub asked: BTreeSet<(Name, Name)>,
    /// The calls made to each provider instance.
    pub calls: BTreeMap<Name, Calls>,
    /// How long reading took.
    pub read: Duration,
    /// The run that was interrupted, if one was: applying the plan closes it.
    pub interrupted: Option<Name>,
    /// Who has the right to apply, if that run was not over: it may be going on.
    pub applying: Option<(Holder, Lasts)>,
    /// The secrets that an apply from here would not find. No part of the plan: who applies it elsewhere may have them.
    pub missing: Vec<MissingSecret>,
}

/// Plans a compiled stack.
///
/// # Errors
/// When the place is wrong, before anything else is read; when the ledger or an interrupted run makes no sense; when no
/// plan can be made. What stands in the way of applying a plan is no error, but stands in it.
pub async fn plan(
    session: &Session,
    stack: &CompiledStack,
    options: &Options,
    labels: Labels,
) -> Result<Planned, EngineError> {
    let key = LedgerKey::new(&stack.stack, &stack.environment)?;
    Planning { session, key, source: Source::Stack(stack), options, labels, to_mark: &[] }.make().await
}

/// Plans the deletion of all that a ledger owns, without the stack that declared it.
///
/// # Errors
/// As for [`plan`], and when there is no ledger.
pub async fn destroy(
    session: &Session,
    stack: &str,
    environment: &str,
    options: &Options,
) -> Result<Planned, EngineError> {
    let key = LedgerKey::new(stack, environment)?;
    let options = &Options { mode: Mode::Destroy, ..options.clone() };
    Planning { session, key, source: Source::Ledger, options, labels: Labels::default(), to_mark: &[] }.make().await
}

/// Plans a compiled stack upon a ledger that is not written yet, as it will be once these objects carry their marks.
pub(crate) async fn upon(
    session: &Session,
    stack: &CompiledStack,
    ledger: &Ledger,
    to_mark: &[Marked],
) -> Result<Planned, EngineError> {
    let key = LedgerKey::new(&stack.stack, &stack.environment)?;
    let (source, options, labels) = (Source::Stack(stack), &Options::default(), Labels::default());
    let planning = Planning { session, key, source, options, labels, to_mark };
    let loaded = Loaded { ledger: ledger.clone(), edition: None, open: None, folded: Vec::new() };
    planning.from(Some(loaded)).await
}

/// How often a plan is begun again because somebody applied while live was read. Whoever applies for long must not keep
/// others from planning: what the last try says is checked again before it is applied.
const READS_MAX: u32 = 3;

/// What a plan is made from.
struct Planning<'a> {
    session: &'a Session,
    key: LedgerKey,
    source: Source<'a>,
    options: &'a Options,
    labels: Labels,
    /// What is planned for as if it carried these marks already.
    to_mark: &'a [Marked],
}

/// Where it is declared.
enum Source<'a> {
    Stack(&'a CompiledStack),
    /// Nowhere: everything that the ledger owns goes.
    Ledger,
}

impl Planning<'_> {
    async fn make(&self) -> Result<Planned, EngineError> {
        let store = self.session.ledgers.as_ref();
        for _ in 1..READS_MAX {
            let loaded = ledgers::load(store, &self.key).await?;
            let before = loaded.as_ref().map(Stamp::of);
            let planned = self.from(loaded).await?;
            // What was read in between may be of a ledger that nobody has seen yet.
            if ledgers::is_unchanged(store, &self.key, before.as_ref()).await? {
                return Ok(planned);
            }
        }
        self.from(ledgers::load(store, &self.key).await?).await
    }

    /// What is to carry a mark is taken for what carries it.
    fn mark(&self, observed: &mut Observed) {
        for Marked { mark, object, .. } in self.to_mark {
            if let Some(Live::Present(live)) = observed.current.get_mut(&mark.address)
                && live.id == object.id
            {
                live.owner = Some(mark.clone());
            }
        }
    }

    /// Tells a plan what the planner does not know. What applying it keeps as a revision stands in it: whoever applies has nothing else.
    fn complete(&self, plan: &mut Plan, open: Option<&OpenRun>) {
        plan.basis.open = open.map(OpenRun::journal);
        plan.basis.repeats = self.labels.repeats;
        if let Source::Stack(stack) = self.source
            && self.options.mode == Mode::Apply
            && !plan.steps.is_empty()
        {
            plan.basis.declared = Some(Arc::new(stack.clone()));
        }
    }

    /// Who has the right to apply, when a run is not over.
    async fn applying(&self, open: Option<&OpenRun>) -> Result<Option<(Holder, Lasts)>, EngineError> {
        match open {
            Some(_) => Ok(self.session.ledgers.holder(&self.key).await?),
            None => Ok(None),
        }
    }

    async fn from(&self, loaded: Option<Loaded>) -> Result<Planned, EngineError> {
        let Self { session, key, options, labels, .. } = self;
        let (mut ledger, open) = match (loaded, &self.source) {
            (Some(loaded), _) => (loaded.ledger, loaded.open),
            // The uuid is made with the ledger, by the first apply: a plan writes nothing.
            (None, Source::Stack(_)) => {
                (Ledger::new(key.stack().clone(), key.environment().clone(), Name::default()), None)
            }
            (None, Source::Ledger) => {
                let (stack, environment) = (key.stack().clone(), key.environment().clone());
                return Err(EngineError::NoLedger { stack, environment, location: session.ledgers.location(key) });
            }
        };
        let nothing;
        let stack = match self.source {
            Source::Stack(stack) => stack,
            Source::Ledger => {
                nothing = undeclared(&ledger);
                &nothing
            }
        };
        let started = Instant::now();
        let mut instances = open.as_ref().map(|run| of_intents(run, &ledger)).unwrap_or_default();
        // What the stack says of an instance counts, and not what an interrupted run said of it: a plan is made where it will be applied.
        instances.extend(read::in_use(Some(stack), &ledger));
        let configuring = Configuring { ledger: &ledger, former: questions::former(stack, &ledger) };
        let mut opened = open::open(session, &instances, &schemas(stack, &ledger), &configuring).await?;
        opened.check_places(&ledger.places)?;
        if let Some(run) = &open {
            settle(session, &mut opened, &mut ledger, run, stack).await?;
        }
        let compiled_digest = compiled::digest(stack);
        let lookups = questions::lookups(stack, options);
        let looked_up: BTreeSet<_> =
            lookups.iter().map(|asked| (asked.provider.clone(), asked.question.kind.clone())).collect();
        let Known { stack, answers } = known(&opened, stack, lookups, options).await.map_err(planner)?;
        let stack = &*stack;
        let questions = questions::questions(stack, &ledger, options);
        let configuring = Configuring { ledger: &ledger, former: questions::former(stack, &ledger) };
        let (kinds, answered) = open::answered(session, &mut opened, &configuring, questions).await?;
        let mut asked = questions::searches(&ledger);
        asked.extend(looked_up.into_iter().chain(kinds));
        let (marked, unsearched) = opened.search(questions::searches(&ledger), &ledger.uuid).await;
        let by_hand = by_hand::look(&opened, &ledger).await;
        let (mut calls, places) = (opened.calls(), opened.places.clone());
        // What other providers keep of what they read is not needed any more, and a plan has taken the most memory by now.
        let (read, rehearsing) = (started.elapsed(), Rehearsing::of(opened));
        let mut observed = Observed { places, marked, unsearched, by_hand, ..answered.filed() };
        self.mark(&mut observed);
        let decide = |observed: &Observed| {
            let input = decide::Input {
                compiled: stack,
                ledger: &ledger,
                lookups: &answers,
                observed,
                options,
                ledger_label: session.ledgers.location(key).into(),
                parameters_label: labels.parameters.clone(),
                compiled_digest: compiled_digest.clone(),
            };
            decide::plan(input).map_err(planner)
        };
        let (mut plan, tried) = rehearsed(&rehearsing, &mut observed, decide).await?;
        calls.extend(rehearsing.calls());
        self.complete(&mut plan, open.as_ref());
        check_plan(&plan, &ledger)?;
        let applying = self.applying(open.as_ref()).await?;
        let missing = request::missing_secrets(plan.steps.iter(), &plan.basis, &session.secrets);
        let (read, interrupted) = (read + tried, open.map(|run| run.run));
        Ok(Planned { plan, ledger, asked, calls, read, interrupted, applying, missing })
    }
}

/// Decides, asks what the changes would come to, and decides again where there is something to say; with how long asking took.
async fn rehearsed(
    rehearsing: &Rehearsing,
    observed: &mut Observed,
    decide: impl Fn(&Observed) -> Result<Plan, EngineError>,
) -> Result<(Plan, Duration), EngineError> {
    let plan = decide(observed)?;
    let started = Instant::now();
    observed.rehearsed = rehearsing.rehearse(&plan).await;
    let took = started.elapsed();
    let plan = if observed.rehearsed.is_empty() { plan } else { decide(observed)? };
    Ok((plan, took))
}

fn check_plan(plan: &Plan, ledger: &Ledger) -> Result<(), EngineError> {
    let mut violations = check::check(plan);
    violations.extend(check::against(plan, ledger));
    if violations.is_empty() { Ok(()) } else { Err(EngineError::Violations(violations)) }
}

/// Finds out what an interrupted run left open.
async fn settle(
    session: &Session,
    opened: &mut Opened,
    ledger: &mut Ledger,
    run: &OpenRun,
    stack: &CompiledStack,
) -> Result<(), EngineError> {
    let settled = recover::settle(opened, ledger, &run.intents, Patience::Seen).await;
    settled.map_err(EngineError::Unresolved)?;
    // What it left may be what other providers are configured by.
    let configuring = Configuring { ledger, former: questions::former(stack, ledger) };
    open::further(session, opened, &configuring).await?;
    opened.check_places(&ledger.places)?;
    // It did not come to waiting until all that it did can be seen.
    confirm::present(opened, run.wrote.iter(), ledger).await;
    Ok(())
}

fn planner(error: PlanError) -> EngineError {
    EngineError::Planner(error.into())
}

/// The stack with its lookups answered; when all is to go, they are not asked.
async fn known<'a>(
    opened: &Opened,
    stack: &'a CompiledStack,
    lookups: Vec<Asked>,
    options: &Options,
) -> Result<Known<'a>, PlanError> {
    match options.mode {
        Mode::Apply | Mode::RefreshOnly | Mode::Test | Mode::Tidy => {
            lookups::answer(stack, &opened.answer(lookups).await.filed().lookups)
        }
        Mode::Destroy => Ok(Known { stack: lookups::unanswered(stack)?, answers: Vec::new() }),
    }
}

/// A stack that declares nothing of what a ledger owns: what is planned from a ledger alone.
pub fn undeclared(ledger: &Ledger) -> CompiledStack {
    CompiledStack {
        stack: ledger.stack.clone(),
        environment: ledger.environment.clone(),
        flashinfra: env!("CARGO_PKG_VERSION").into(),
        providers: ledger.providers.clone(),
        schemas: ledger.schemas.clone(),
        resources: Vec::new(),
        lookups: Vec::new(),
        outputs: Vec::new(),
    }
}

/// The provider instances that an interrupted run was changing things in.
pub(crate) fn of_intents(run: &OpenRun, ledger: &Ledger) -> BTreeMap<Name, ProviderInstance> {
    let names = run.intents.iter().map(|open| &open.intent.provider);
    names.filter_map(|name| Some((name.clone(), ledger.providers.get(name)?.clone()))).collect()
}

/// The schemas of everything that is declared or owned; what the stack says goes first.
pub(crate) fn schemas(stack: &CompiledStack, ledger: &Ledger) -> BTreeMap<Name, Arc<Schema>> {
    let mut schemas = ledger.schemas.clone();
    schemas.extend(stack.schemas.iter().map(|(kind, schema)| (kind.clone(), schema.clone())));
    schemas
}
