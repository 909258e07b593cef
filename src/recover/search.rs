//! What is live and carries a mark, and whether it is what it seems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_plans::live::Question;
use flashinfra_plans::plan::Options as PlanOptions;
use flashinfra_plans::questions;
use flashinfra_plans::{
    Address, CompiledStack, Declared, Ledger, Live, Map, Name, Object, OwnerMark, Phase, ProviderInstance,
};
use flashinfra_providers::{ANY_STACK, Error};
use flashinfra_stacks::schema::{Carrier, Schema};
use tokio::task::JoinSet;

use super::Options;
use super::before::Before;
use super::error::{RecoverError, SeveralObjects};
use crate::error::EngineError;
use crate::open::{self, Configuring};
use crate::read::Opened;
use crate::session::Session;

/// An object with the mark that it carries.
#[derive(Clone, Debug)]
pub(crate) struct Marked {
    pub(crate) provider: Name,
    pub(crate) mark: OwnerMark,
    pub(crate) object: Object,
}

/// A kind that could not be listed, or an object that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The kind.
    pub kind: Name,
    /// The provider instance.
    pub provider: Name,
    /// Why not.
    pub reason: String,
}

impl std::fmt::Display for Unlisted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, provider, reason } = self;
        write!(f, "the {kind} objects of the provider `{provider}` could not all be read: {reason}")
    }
}

/// Opens what the stack lives in, and proves where that is before anything else is read.
pub(super) async fn open(session: &Session, stack: &CompiledStack, before: &Before) -> Result<Opened, EngineError> {
    // Of a ledger that is lost nobody knows what configures a provider: what is in such a one is looked for once that came back.
    let nothing = Ledger::new(stack.stack.clone(), stack.environment.clone(), Name::default());
    let known = before.kept.as_ref().map_or(&nothing, |kept| &kept.ledger);
    let opened = open::open(session, &instances(stack), &schemas(session, stack), &Configuring::of(known)).await?;
    if let Some(kept) = &before.kept {
        opened.check_places(&kept.ledger.places)?;
    }
    Ok(opened)
}

/// Opens those that are configured by what came back; whether there were any.
pub(super) async fn further(
    session: &Session,
    opened: &mut Opened,
    found: &Ledger,
    before: &Before,
) -> Result<bool, EngineError> {
    let closed = opened.closed.len();
    open::further(session, opened, &Configuring::of(found)).await?;
    if let Some(kept) = &before.kept {
        opened.check_places(&kept.ledger.places)?;
    }
    Ok(opened.closed.len() < closed)
}

/// The provider instances that resources live in.
fn instances(stack: &CompiledStack) -> BTreeMap<Name, ProviderInstance> {
    let used: BTreeSet<&Name> = stack.resources.iter().map(|declared| &declared.provider).collect();
    let used = |name: &&Name| used.contains(*name);
    stack.providers.iter().filter(|(name, _)| used(name)).map(|(name, of)| (name.clone(), of.clone())).collect()
}

/// The schemas of the kinds that are declared, and of those that this program knows besides: code may have gone since.
pub(super) fn schemas(session: &Session, stack: &CompiledStack) -> BTreeMap<Name, Arc<Schema>> {
    let types: BTreeSet<&str> = stack.providers.values().map(|instance| instance.provider.as_str()).collect();
    let served = types.into_iter().filter_map(|provider| session.registry.get(provider));
    let served = served.flat_map(|factory| factory.schemas());
    let mut schemas: BTreeMap<Name, Arc<Schema>> =
        served.map(|schema| (schema.kind.as_ref().into(), Arc::new(schema.clone()))).collect();
    schemas.extend(stack.schemas.iter().map(|(kind, schema)| (kind.clone(), schema.clone())));
    schemas
}

/// All that carries a mark, and what could not be listed that nothing declares.
pub(super) struct Sighted {
    pub(super) marks: Vec<Marked>,
    pub(super) unlisted: Vec<Unlisted>,
}

/// Looks for everything that carries a mark: of this stack, or of any. Indexes of tags may be behind, so what has a name of the
/// stack's choice is looked at by that as well.
///
/// # Errors
/// When objects of a declared kind could not be listed.
pub(super) async fn marks(
    session: &Session,
    opened: &Opened,
    stack: &CompiledStack,
    uuid: Option<&Name>,
) -> Result<Sighted, EngineError> {
    let declared: BTreeSet<(&Name, &str)> =
        stack.resources.iter().map(|declared| (&declared.provider, declared.address.kind())).collect();
    let sought: Name = uuid.cloned().unwrap_or_else(|| ANY_STACK.into());
    let mut searches = JoinSet::new();
    for (provider, instance) in instances(stack) {
        for (kind, schema) in schemas(session, stack) {
            let Some(reader) = opened.reader(&provider).filter(|_| is_listed(&schema, &instance)) else { continue };
            let (provider, sought) = (provider.clone(), sought.clone());
            searches.spawn(async move {
                let found = reader.find(&kind, &sought).await;
                (provider, kind, found)
            });
        }
    }
    let (mut marks, mut missed, mut unlisted) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(search) = searches.join_next().await {
        // An adapter that panics has listed nothing, which must not be taken for nothing being there.
        let Ok((provider, kind, found)) = search else {
            missed.push(Unlisted { kind: "".into(), provider: "".into(), reason: "its adapter failed".into() });
            continue;
        };
        match found {
            Ok(found) => marks.extend(found.into_iter().map(|(mark, object)| {
                let provider = provider.clone();
                Marked { provider, mark, object }
            })),
            Err(error) => {
                let list = if declared.contains(&(&provider, kind.as_str())) { &mut missed } else { &mut unlisted };
                list.push(unlisted_of(kind, provider, &error));
            }
        }
    }
    if !missed.is_empty() {
        return Err(RecoverError::Unlisted(missed).into());
    }
    marks.extend(by_name(opened, stack, uuid).await);
    let marks = distinct(opened, stack, marks);
    Ok(Sighted { marks, unlisted })
}

fn unlisted_of(kind: Name, provider: Name, error: &Error) -> Unlisted {
    Unlisted { kind, provider, reason: error.to_string() }
}

fn is_listed(schema: &Schema, instance: &ProviderInstance) -> bool {
    schema.provider() == instance.provider.as_str() && schema.carrier != Carrier::None
}

/// What has a declared name and a mark.
async fn by_name(opened: &Opened, stack: &CompiledStack, uuid: Option<&Name>) -> Vec<Marked> {
    let nothing = Ledger::new(stack.stack.clone(), stack.environment.clone(), Name::default());
    let asked = questions::questions(stack, &nothing, &PlanOptions::default());
    let carries = |kind: &str| stack.schemas.get(kind).is_some_and(|schema| schema.carrier != Carrier::None);
    let asked: Vec<_> = asked.into_iter().filter(|asked| carries(&asked.question.kind)).collect();
    let providers: Vec<Name> = asked.iter().map(|asked| asked.provider.clone()).collect();
    let questions = asked.into_iter().map(|asked| (asked.provider, asked.question)).collect();
    let marked = |(live, provider): (Live, Name)| match live {
        Live::Present(object) => {
            let mark = object.owner.clone().filter(|mark| uuid.is_none_or(|uuid| mark.stack == *uuid))?;
            Some(Marked { provider, mark, object })
        }
        Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
    };
    opened.ask(questions).await.into_iter().zip(providers).filter_map(marked).collect()
}

/// Each object once. One that several provider instances see is taken from the one that its address is declared in; what is
/// in two regions under one name is two objects, and looks different.
fn distinct(opened: &Opened, stack: &CompiledStack, marks: Vec<Marked>) -> Vec<Marked> {
    let declared: BTreeMap<&Address, &Name> =
        stack.resources.iter().map(|declared| (&declared.address, &declared.provider)).collect();
    let is_of = |marked: &Marked| declared.get(&marked.mark.address) == Some(&&marked.provider);
    let mut marks = marks;
    marks.sort_by(|a, b| {
        let key =
            |marked: &Marked| (marked.mark.clone(), !is_of(marked), marked.provider.clone(), marked.object.id.clone());
        key(a).cmp(&key(b))
    });
    let mut distinct: Vec<Marked> = Vec::new();
    for marked in marks {
        let is_same = |other: &Marked| {
            let places = [&marked.provider, &other.provider].map(|provider| opened.places.get(provider));
            let [here, there] = places.map(|place| place.map(|place| (&place.provider, &place.scope)));
            let is_same_object = marked.provider == other.provider
                || places[0] == places[1]
                || (here == there && marked.object.attributes == other.object.attributes);
            other.mark == marked.mark && other.object.id == marked.object.id && is_same_object
        };
        if !distinct.iter().rev().take_while(|other| other.mark == marked.mark).any(is_same) {
            distinct.push(marked);
        }
    }
    distinct
}

/// What is sure to be this stack's.
pub(super) struct Confirmed {
    /// The object of each address.
    pub(super) objects: BTreeMap<Address, Marked>,
    /// What carries a mark and was not taken, with the reason.
    pub(super) left: Vec<(Address, Name, String)>,
    /// The highest generation that any mark says, by address.
    pub(super) generations: BTreeMap<Address, u32>,
}

/// Reads each candidate by its id, and takes those that are there, carry the mark still and are the only one for their address.
///
/// # Errors
/// When one cannot be read, or several could be one address and nobody said which.
pub(super) async fn confirm(
    opened: &Opened,
    stack: &CompiledStack,
    marks: Vec<Marked>,
    options: &Options,
) -> Result<Confirmed, EngineError> {
    let declared: BTreeMap<&Address, &Declared> =
        stack.resources.iter().map(|declared| (&declared.address, declared)).collect();
    let question = |marked: &Marked| {
        let attributes = declared.get(&marked.mark.address).map_or_else(Map::default, |of| of.attributes.clone());
        let (kind, id) = (marked.mark.address.kind().into(), marked.object.id.clone());
        (marked.provider.clone(), Question { kind, id, attributes })
    };
    let answers = opened.ask(marks.iter().map(question).collect()).await;
    let (mut candidates, mut left, mut unread) = (BTreeMap::<Address, Vec<Marked>>::new(), Vec::new(), Vec::new());
    let mut generations: BTreeMap<Address, u32> = BTreeMap::new();
    for (marked, live) in marks.into_iter().zip(answers) {
        let (address, id) = (marked.mark.address.clone(), marked.object.id.clone());
        let generation = generations.entry(address.clone()).or_default();
        *generation = marked.mark.generation.max(*generation);
        match judged(&marked, live) {
            Judged::Ours(object) => {
                candidates.entry(address).or_default().push(Marked { object, ..marked });
            }
            Judged::Left(why) => left.push((address, id, why)),
            Judged::Unread(reason) => {
                unread.push(Unlisted { kind: address.kind().into(), provider: marked.provider, reason });
            }
        }
    }
    if !unread.is_empty() {
        return Err(RecoverError::Unlisted(unread).into());
    }
    let objects = chosen(candidates, options, &mut left)?;
    Ok(Confirmed { objects, left, generations })
}

enum Judged {
    Ours(Object),
    /// It is not taken.
    Left(String),
    Unread(String),
}

fn judged(marked: &Marked, live: Live) -> Judged {
    match live {
        Live::Present(object) if object.owner.as_ref() != Some(&marked.mark) => {
            Judged::Left("read by its id, it carries another mark".into())
        }
        Live::Present(Object { managed_by: Some(manager), .. }) => Judged::Left(format!("it is managed by {manager}")),
        Live::Present(object) if object.phase == Phase::Deleting => Judged::Left("it is being deleted".into()),
        Live::Present(object) => Judged::Ours(object),
        Live::Absent | Live::Tombstone { .. } => Judged::Left("read by its id, it is gone".into()),
        Live::Unreadable { reason } => Judged::Unread(format!("{}: {reason}", marked.object.id)),
    }
}

/// One object for each address: the only one, or the one that a person named.
fn chosen(
    candidates: BTreeMap<Address, Vec<Marked>>,
    options: &Options,
    left: &mut Vec<(Address, Name, String)>,
) -> Result<BTreeMap<Address, Marked>, RecoverError> {
    if let Some((address, object)) = options.objects.iter().find(|(address, id)| {
        let of_address = candidates.get(*address).into_iter().flatten();
        !of_address.clone().any(|marked| marked.object.id == **id)
    }) {
        return Err(RecoverError::NotFound { address: address.clone(), object: object.clone() });
    }
    let (mut objects, mut several) = (BTreeMap::new(), Vec::new());
    for (address, mut marked) in candidates {
        if let Some(named) = options.objects.get(&address) {
            let others = marked.iter().filter(|marked| marked.object.id != *named);
            left.extend(others.map(|other| (address.clone(), other.object.id.clone(), "another was named".to_owned())));
            marked.retain(|marked| marked.object.id == *named);
        }
        match (marked.len(), marked.pop()) {
            (1, Some(only)) => drop(objects.insert(address, only)),
            (_, last) => {
                let all = marked.iter().chain(last.iter());
                let objects = all.map(|marked| (marked.object.id.clone(), marked.mark.generation)).collect();
                several.push(SeveralObjects { address, objects });
            }
        }
    }
    if several.is_empty() { Ok(objects) } else { Err(RecoverError::SeveralObjects(several)) }
}
