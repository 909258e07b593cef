//! Opening provider instances, and proving where they lead before anything else is read.
//!
//! Most of them say all that it takes. Others are configured by resources, as what is in a cluster is by the cluster: these are read
//! first, and what they are goes in. One whose resources are not there stays closed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_plans::questions::{self, Asked, Key};
use flashinfra_plans::value::{Expression, Reference};
use flashinfra_plans::{Address, Ledger, Live, Name, Object, Phase, Place, ProviderInstance, Row, Value};
use flashinfra_providers::{Access, Class, Error, Origin, Provider};
use flashinfra_providers_memory::Sandbox;
use flashinfra_stacks::schema::Schema;
use tokio::task::{JoinError, JoinSet};

use crate::error::EngineError;
use crate::read::{self, Answered, Opened};
use crate::session::{SandboxAt, Session};

/// Where the resources are that configure provider instances.
pub(crate) struct Configuring<'a> {
    /// What is owned.
    pub(crate) ledger: &'a Ledger,
    /// The addresses that rows have, by those that they are to have.
    pub(crate) former: BTreeMap<Address, Address>,
}

impl<'a> Configuring<'a> {
    /// The resources of a ledger, none of which moves.
    pub(crate) fn of(ledger: &'a Ledger) -> Self {
        Self { ledger, former: BTreeMap::new() }
    }

    fn row(&self, address: &Address) -> Option<&'a Row> {
        self.ledger.rows.get(self.former.get(address).unwrap_or(address))
    }
}

/// Provider instances of a ledger, and those that what configures them is in.
pub(crate) fn needed<'n>(
    ledger: &Ledger,
    providers: impl IntoIterator<Item = &'n Name>,
) -> BTreeMap<Name, ProviderInstance> {
    let mut instances = read::in_use(None, ledger);
    let (mut needed, mut open) = (BTreeMap::new(), providers.into_iter().cloned().collect::<Vec<_>>());
    while let Some(name) = open.pop() {
        let Some(instance) = instances.remove(&name) else { continue };
        let rows = instance.configured_by().into_iter().filter_map(|address| ledger.rows.get(address));
        open.extend(rows.map(|row| row.provider.clone()));
        needed.insert(name, instance);
    }
    needed
}

/// Opens provider instances and proves where they are; nothing else is asked, but for what configures others.
///
/// # Errors
/// When one is of an unknown type, cannot be opened, or its place cannot be proven.
pub(crate) async fn open(
    session: &Session,
    instances: &BTreeMap<Name, ProviderInstance>,
    schemas: &BTreeMap<Name, Arc<Schema>>,
    configuring: &Configuring<'_>,
) -> Result<Opened, EngineError> {
    let sandbox = session.sandbox.as_ref().map(|at| sandbox(at, schemas)).transpose()?;
    let mut opened = Opened::new(sandbox);
    let (closed, plain): (BTreeMap<_, _>, BTreeMap<_, _>) =
        instances.clone().into_iter().partition(|(_, instance)| !instance.configured_by().is_empty());
    let ready = plain.iter().map(|(name, instance)| Ready::new(session, &opened, name, instance, &Nothing));
    let ready = ready.collect::<Result<Vec<_>, _>>()?;
    prove(session, &mut opened, ready.into_iter().flatten().collect()).await?;
    opened.closed = closed;
    further(session, &mut opened, configuring).await?;
    Ok(opened)
}

/// Opens those that were closed until now and whose resources are there by now.
///
/// # Errors
/// As for [`open`].
pub(crate) async fn further(
    session: &Session,
    opened: &mut Opened,
    configuring: &Configuring<'_>,
) -> Result<(), EngineError> {
    // What is in one of these may configure another one.
    while !opened.closed.is_empty() {
        let found = Found { live: look(opened, configuring).await, configuring };
        let closed = opened.closed.iter();
        let ready = closed.map(|(name, instance)| Ready::new(session, opened, name, instance, &found));
        let ready: Vec<Ready> = ready.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        if ready.is_empty() {
            break;
        }
        ready.iter().for_each(|ready| drop(opened.closed.remove(&ready.name)));
        prove(session, opened, ready).await?;
    }
    Ok(())
}

/// Reads what configures closed instances, as far as it can be asked about. Notes whose places are gone.
async fn look(opened: &mut Opened, configuring: &Configuring<'_>) -> BTreeMap<Address, Object> {
    let mut asked = questions::configuring(&opened.closed, &|address| configuring.row(address));
    asked.retain(|asked| opened.reader(&asked.provider).is_some());
    let keys: Vec<Key> = asked.iter().map(|asked| asked.key.clone()).collect();
    let questions = asked.into_iter().map(|asked| (asked.provider, asked.question)).collect();
    let (mut there, mut gone) = (BTreeMap::new(), BTreeSet::new());
    for answer in keys.into_iter().zip(opened.ask(questions).await) {
        match answer {
            // What is on its way, or going, is no place to look into.
            (Key::Current(address), Live::Present(object)) => {
                if matches!(object.phase, Phase::Ready | Phase::Updating) {
                    there.insert(address, object);
                }
            }
            (Key::Current(address), Live::Absent | Live::Tombstone { .. }) => {
                gone.insert(address);
            }
            (_, _) => {}
        }
    }
    let is_gone = |instance: &ProviderInstance| instance.configured_by().iter().any(|address| gone.contains(*address));
    let closed = opened.closed.iter().filter(|(_, instance)| is_gone(instance));
    opened.gone.extend(closed.map(|(name, _)| name.clone()).collect::<Vec<_>>());
    there
}

/// Asks the planner's questions, as far as there is somebody to ask, and says of which kinds. What configures a closed instance may have
/// got ready since it was looked at: then that one is opened and all is asked again, so that a plan has one view of it.
///
/// # Errors
/// As for [`open`].
pub(crate) async fn answered(
    session: &Session,
    opened: &mut Opened,
    configuring: &Configuring<'_>,
    mut questions: Vec<Asked>,
) -> Result<(BTreeSet<(Name, Name)>, Answered), EngineError> {
    loop {
        let closed = opened.closed.len();
        let again = if closed == 0 { Vec::new() } else { questions.clone() };
        // Of what is in a place that is not there, nobody can be asked.
        questions.retain(|asked| opened.reader(&asked.provider).is_some());
        let kinds = questions.iter().map(|asked| (asked.provider.clone(), asked.question.kind.clone())).collect();
        let answered = opened.answer(questions).await;
        let is_ready = |address: &&Address| answered.is_ready(address);
        let comes = |instance: &ProviderInstance| instance.configured_by().iter().all(is_ready);
        if !opened.closed.values().any(comes) {
            return Ok((kinds, answered));
        }
        further(session, opened, configuring).await?;
        opened.check_places(&configuring.ledger.places)?;
        if opened.closed.len() == closed {
            return Ok((kinds, answered));
        }
        questions = again;
    }
}

/// What the settings of a provider instance refer to.
pub(crate) trait Settings {
    /// The value of a reference: none when it is not known.
    fn value(&self, reference: &Reference) -> Option<Value>;
    /// The provider instance that a resource is in.
    fn provider(&self, address: &Address) -> Option<Name>;
}

/// Settings that refer to nothing.
struct Nothing;

impl Settings for Nothing {
    fn value(&self, _: &Reference) -> Option<Value> {
        None
    }

    fn provider(&self, _: &Address) -> Option<Name> {
        None
    }
}

/// What was read just now.
struct Found<'a> {
    live: BTreeMap<Address, Object>,
    configuring: &'a Configuring<'a>,
}

impl Settings for Found<'_> {
    fn value(&self, Reference { address, path }: &Reference) -> Option<Value> {
        let (object, row) = (self.live.get(address)?, self.configuring.row(address)?);
        let name = path.split_once('.').map_or(path.as_str(), |(name, _)| name);
        let is_read = !object.unverified.iter().any(|unverified| unverified == name);
        let read = if is_read { object.attributes.at(path) } else { row.computed.at(path) };
        read.or_else(|| row.applied.at(path)).cloned()
    }

    fn provider(&self, address: &Address) -> Option<Name> {
        self.configuring.row(address).map(|row| row.provider.clone())
    }
}

/// A provider instance with all that it takes to open it.
pub(crate) struct Ready {
    pub(crate) name: Name,
    pub(crate) instance: ProviderInstance,
    access: Access,
}

impl Ready {
    /// None while something that it is configured by is not known.
    ///
    /// # Errors
    /// When its type is unknown, or a secret of it is not there.
    pub(crate) fn new(
        session: &Session,
        opened: &Opened,
        name: &Name,
        declared: &ProviderInstance,
        settings: &dyn Settings,
    ) -> Result<Option<Self>, EngineError> {
        let Some(instance) = declared.resolved(&|reference| settings.value(reference)) else { return Ok(None) };
        if session.sandbox.is_some() {
            return Ok(Some(Self { name: name.clone(), instance, access: Access::default() }));
        }
        if session.registry.get(&instance.provider).is_none() {
            return Err(EngineError::UnknownProvider {
                instance: name.clone(),
                provider: instance.provider.clone(),
                available: session.registry.providers().map(Name::from).collect(),
            });
        }
        let secrets = session.secrets.inputs(instance.config.clone(), |_| true).map_err(|(setting, problem)| {
            let source = Error::new(Class::AskPerson, format!("it needs `{setting}`, {problem}"));
            EngineError::Provider { instance: name.clone(), source }
        })?;
        let origin = |(setting, value): &(Name, Value)| {
            let Value::Expression(expression) = value else { return None };
            let Expression::Reference(Reference { address, .. }) = &**expression else { return None };
            let instance = opened.instance(&settings.provider(address)?)?;
            let factory = session.registry.get(&instance.provider)?;
            Some((setting.clone(), Origin::new(Arc::clone(factory), instance.clone())))
        };
        let origins = declared.config.iter().filter_map(origin).collect();
        let access = Access { secrets: secrets.secrets, origins };
        Ok(Some(Self { name: name.clone(), instance, access }))
    }

    /// Opens it, and proves where it is.
    pub(crate) async fn enter(
        &self,
        session: &Session,
        sandbox: Option<&Sandbox>,
    ) -> Result<(Arc<dyn Provider>, Place), Error> {
        let provider = match (sandbox, session.registry.get(&self.instance.provider)) {
            (Some(sandbox), _) => sandbox.provider(&self.instance),
            (None, Some(factory)) => factory.open_with(&self.instance, self.access.clone()).await?,
            (None, None) => return Err(Error::new(Class::FixInput, "this program was built without its provider")),
        };
        let place = provider.place().await?;
        Ok((provider, place))
    }
}

/// Opens instances all at once.
async fn prove(session: &Session, opened: &mut Opened, ready: Vec<Ready>) -> Result<(), EngineError> {
    let mut proofs = JoinSet::new();
    for ready in ready {
        let (session, sandbox) = (session.clone(), opened.sandbox.clone());
        proofs.spawn(async move {
            let entered = ready.enter(&session, sandbox.as_ref()).await;
            (ready, entered)
        });
    }
    while let Some(proof) = proofs.join_next().await {
        let unproven = |instance, source| EngineError::Provider { instance, source };
        let (ready, entered) = proof.map_err(|error| unproven(Name::default(), broken(&error)))?;
        let Ready { name, instance, access: _ } = ready;
        let (provider, place) = entered.map_err(|source| unproven(name.clone(), source))?;
        opened.insert(name, instance, provider, place);
    }
    Ok(())
}

fn sandbox(at: &SandboxAt, schemas: &BTreeMap<Name, Arc<Schema>>) -> Result<Sandbox, EngineError> {
    match at {
        SandboxAt::Open(sandbox) => Ok(sandbox.clone()),
        SandboxAt::File(file, options) => Ok(Sandbox::open(Some(file.clone()), schemas.clone(), options.clone())?),
    }
}

fn broken(error: &JoinError) -> Error {
    Error::new(Class::Unknown, format!("its adapter failed, please report it: {error}"))
}

/// What to do about a provider that could not be opened, or did not say where it leads.
pub(crate) fn unreachable_help(class: Class) -> &'static str {
    match class {
        Class::Retry | Class::Unknown | Class::Wait => {
            "Nothing was read and nothing changed. Look at the network and the endpoint, then try again; `--sandbox` \
             rehearses without either."
        }
        Class::FixInput => "Nothing was read and nothing changed. Correct the provider's configuration, and try again.",
        Class::AskPerson | Class::NotFound | Class::AlreadyExists => {
            "Nothing was read and nothing changed. Give it credentials that its own command line tool would take; \
             `--sandbox` rehearses without any."
        }
    }
}
