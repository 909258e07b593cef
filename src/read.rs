//! Read: all questions at once, of provider instances that are open and whose places are proven.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_plans::live::{Observed, Question};
use flashinfra_plans::questions::{Asked, Key};
use flashinfra_plans::{Address, CompiledStack, Ledger, Live, Name, Object, OwnerMark, Phase, Place, ProviderInstance};
use flashinfra_providers::{Calls, Provider, Read};
use flashinfra_providers_memory::Sandbox;
use tokio::task::JoinSet;

use crate::error::{EngineError, Misplaced};

/// Provider instances whose places are proven.
pub(crate) struct Opened {
    /// The sandbox that takes the place of all of them, if one does.
    pub(crate) sandbox: Option<Sandbox>,
    instances: BTreeMap<Name, (ProviderInstance, Arc<dyn Provider>)>,
    /// Those that cannot be opened as long as what configures them is not there.
    pub(crate) closed: BTreeMap<Name, ProviderInstance>,
    /// Those of them whose places are gone: what configured them was looked for, and is not there any more.
    pub(crate) gone: BTreeSet<Name>,
    /// Those that another one has taken the place of.
    former: Vec<(Name, Arc<dyn Provider>)>,
    /// Where each of them is.
    pub(crate) places: BTreeMap<Name, Place>,
}

/// The provider instances that a ledger's rows and a stack's resources live in, and that its lookups ask. What the stack says goes before what was
/// last applied.
pub(crate) fn in_use(compiled: Option<&CompiledStack>, ledger: &Ledger) -> BTreeMap<Name, ProviderInstance> {
    let unanswered = ledger.unanswered.values().map(|unanswered| &unanswered.provider);
    let rows = ledger.rows.values().map(|row| &row.provider).chain(unanswered);
    let declared = compiled.into_iter().flat_map(|stack| stack.resources.iter().map(|resource| &resource.provider));
    let asked = compiled.into_iter().flat_map(|stack| stack.lookups.iter().map(|lookup| &lookup.provider));
    let names: BTreeSet<&Name> = rows.chain(declared).chain(asked).collect();
    let instance =
        |name: &Name| compiled.and_then(|stack| stack.providers.get(name)).or_else(|| ledger.providers.get(name));
    names.into_iter().filter_map(|name| Some((name.clone(), instance(name)?.clone()))).collect()
}

impl Opened {
    /// None is open yet.
    pub(crate) fn new(sandbox: Option<Sandbox>) -> Self {
        Self {
            sandbox,
            instances: BTreeMap::new(),
            closed: BTreeMap::new(),
            gone: BTreeSet::new(),
            former: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// One more is open, or leads elsewhere from now on.
    pub(crate) fn insert(&mut self, name: Name, instance: ProviderInstance, provider: Arc<dyn Provider>, place: Place) {
        self.places.insert(name.clone(), place);
        let former = self.instances.insert(name.clone(), (instance, provider));
        self.former.extend(former.map(|(_, provider)| (name, provider)));
    }

    /// An open instance, as it was configured.
    pub(crate) fn instance(&self, name: &str) -> Option<&ProviderInstance> {
        self.instances.get(name).map(|(instance, _)| instance)
    }

    /// Refuses when an instance leads somewhere else than recorded.
    pub(crate) fn check_places(&self, recorded: &BTreeMap<Name, Place>) -> Result<(), EngineError> {
        let wrong: Vec<_> = recorded
            .iter()
            .filter_map(|(instance, recorded)| {
                let proven = self.places.get(instance).filter(|proven| *proven != recorded)?;
                Some(Misplaced { instance: instance.clone(), recorded: recorded.clone(), proven: proven.clone() })
            })
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(EngineError::WrongPlace(wrong)) }
    }

    /// A provider instance to change things with.
    pub(crate) fn provider(&self, instance: &str) -> Option<Arc<dyn Provider>> {
        self.instances.get(instance).map(|(_, provider)| Arc::clone(provider))
    }

    /// A provider instance to read with, and nothing else: a write while planning does not type-check.
    pub(crate) fn reader(&self, instance: &str) -> Option<Arc<dyn Read>> {
        self.instances.get(instance).map(|(_, provider)| Arc::clone(provider) as Arc<dyn Read>)
    }

    /// The calls made so far, by provider instance.
    pub(crate) fn calls(&self) -> BTreeMap<Name, Calls> {
        let mut calls: BTreeMap<Name, Calls> = BTreeMap::new();
        let open = self.instances.iter().map(|(name, (_, provider))| (name, provider));
        for (name, provider) in open.chain(self.former.iter().map(|(name, provider)| (name, provider))) {
            let all = &mut calls.entry(name.clone()).or_default().0;
            provider.calls().0.into_iter().for_each(|(operation, count)| *all.entry(operation).or_default() += count);
        }
        calls
    }

    /// Asks everything at once, each provider instance all of its questions in one batch. The answers come in the order of the
    /// questions.
    pub(crate) async fn ask(&self, questions: Vec<(Name, Question)>) -> Vec<Live> {
        let count = questions.len();
        let mut batches: BTreeMap<Name, (Vec<usize>, Vec<Question>)> = BTreeMap::new();
        for (place, (instance, question)) in questions.into_iter().enumerate() {
            let (places, batch) = batches.entry(instance).or_default();
            places.push(place);
            batch.push(question);
        }
        let mut reads = JoinSet::new();
        for (instance, (places, batch)) in batches {
            let Some(reader) = self.reader(&instance) else { continue };
            reads.spawn(async move { (places, reader.read(&batch).await) });
        }
        let mut answers = Vec::new();
        while let Some(read) = reads.join_next().await {
            // An adapter that panics leaves its questions unanswered, which is never taken for absent.
            let Ok((places, batch)) = read else { continue };
            if places.len() == count && batch.len() == count {
                // There was one batch, and it is in order.
                return batch;
            }
            answers.resize(count, None);
            for (place, answer) in places.into_iter().zip(batch) {
                answers[place] = Some(answer);
            }
        }
        answers.resize(count, None);
        let silence = || Live::Unreadable { reason: "the provider left the question unanswered".into() };
        answers.into_iter().map(|answer| answer.unwrap_or_else(silence)).collect()
    }

    /// Searches kinds by the stack's owner mark, and says where that failed and why: there it is searched for the next plan.
    pub(crate) async fn search(
        &self,
        searches: BTreeSet<(Name, Name)>,
        stack: &Name,
    ) -> (BTreeMap<(Name, Name), Vec<(OwnerMark, Object)>>, BTreeMap<(Name, Name), Name>) {
        let mut found = JoinSet::new();
        for (instance, kind) in searches {
            let Some(reader) = self.reader(&instance) else { continue };
            let stack = stack.clone();
            found.spawn(async move {
                let marked = reader.find(&kind, &stack).await;
                ((instance, kind), marked)
            });
        }
        let (mut all, mut failed) = (BTreeMap::new(), BTreeMap::new());
        for (searched, marked) in found.join_all().await {
            match marked {
                Ok(marked) => drop(all.insert(searched, marked)),
                Err(error) => drop(failed.insert(searched, error.to_string().into())),
            }
        }
        (all, failed)
    }

    /// Asks the planner's questions.
    pub(crate) async fn answer(&self, asked: Vec<Asked>) -> Answered {
        let (keys, questions): (Vec<_>, Vec<_>) =
            asked.into_iter().map(|Asked { key, provider, question }| (key, (provider, question))).unzip();
        Answered { keys, lives: self.ask(questions).await }
    }
}

/// The answers to the planner's questions, in their order.
pub(crate) struct Answered {
    keys: Vec<Key>,
    lives: Vec<Live>,
}

impl Answered {
    /// Whether a resource is there by these answers, and can be used.
    pub(crate) fn is_ready(&self, address: &Address) -> bool {
        let mut answers = self.keys.iter().zip(&self.lives);
        let current = answers.find(|(key, _)| matches!(key, Key::Current(of) if of == address));
        current.is_some_and(|(_, live)| match live {
            Live::Present(object) => matches!(object.phase, Phase::Ready | Phase::Updating),
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => false,
        })
    }

    /// What was observed: the answers by what they are about.
    pub(crate) fn filed(self) -> Observed {
        let Self { keys, lives } = self;
        let (mut lookups, mut named, mut deposed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let answers = keys.into_iter().zip(lives);
        let current = answers.filter_map(|(key, live)| match key {
            Key::Current(address) => Some((address, live)),
            Key::Lookup(address) => {
                lookups.insert(address, live);
                None
            }
            Key::Named(address) => {
                named.insert(address, live);
                None
            }
            Key::Deposed(address, generation) => {
                deposed.insert((address, generation), live);
                None
            }
        });
        // Collected at once, since a map that grows entry by entry leaves half of its memory empty.
        let current = current.collect();
        Observed { lookups, current, named, deposed, ..Observed::default() }
    }
}
