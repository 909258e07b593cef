//! The head of a plan file: what the plan was computed from, what it leaves out, what stands in its way, its outputs.

use serde::{Deserialize, Serialize};

use super::change::ActionV1;
use super::{is_false, present};
use crate::compiled::ProviderInstance;
use crate::live::Place;
use crate::mirror::mirror;
use crate::plan::{Basis, Lookup, Mode, OpenJournal, OutputChange, Partial, Refusal};
use crate::value::{Address, Map, Name, Value};

/// The first line.
#[derive(Serialize)]
pub(super) struct Header {
    pub(super) plan: ModeV1,
    pub(super) stack: Name,
    pub(super) environment: Name,
    pub(super) flashinfra: Name,
    pub(super) planner: u32,
}

impl Header {
    pub(super) fn new(basis: &Basis, mode: Mode) -> Self {
        Self {
            plan: mode.into(),
            stack: basis.stack.clone(),
            environment: basis.environment.clone(),
            flashinfra: basis.flashinfra.clone(),
            planner: basis.planner,
        }
    }
}

mirror! {
    pub(crate) enum ModeV1 for Mode { Apply, Destroy, RefreshOnly, Test, Tidy }
}

/// The basis, without what the header and the providers say.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasisV1 {
    uuid: Name,
    serial: u64,
    /// Without it no run was open: format 1 has it only where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<OpenJournalV1>,
    compiled: Name,
    ledger: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    parameters: Name,
    /// Without it no revision is gone back to: format 1 has it only where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeats: Option<u64>,
}

impl From<&Basis> for BasisV1 {
    fn from(basis: &Basis) -> Self {
        // The header writes the first four; each provider instance is written with its place, each lookup and what is deferred on a
        // line of its own, and what is declared at the end.
        let Basis {
            stack: _,
            environment: _,
            flashinfra: _,
            planner: _,
            uuid,
            serial,
            open,
            compiled,
            ledger,
            parameters,
            providers: _,
            places: _,
            lookups: _,
            repeats,
            declared: _,
            deferred: _,
        } = basis;
        let (uuid, compiled) = (uuid.clone(), compiled.clone());
        let open = open.as_ref().map(OpenJournalV1::from);
        let (ledger, parameters) = (ledger.clone(), parameters.clone());
        Self { uuid, serial: *serial, open, compiled, ledger, parameters, repeats: *repeats }
    }
}

impl BasisV1 {
    pub(super) fn into_basis(
        self,
        header: Header,
        providers: Vec<ProviderV1>,
        lookups: Vec<LookupV1>,
        deferred: Vec<DeferredV1>,
    ) -> (Basis, Mode) {
        let Self { uuid, serial, open, compiled, ledger, parameters, repeats } = self;
        let Header { plan, stack, environment, flashinfra, planner } = header;
        let mut basis = Basis {
            stack,
            environment,
            flashinfra,
            planner,
            uuid,
            serial,
            open: open.map(OpenJournal::from),
            compiled,
            ledger,
            parameters,
            providers: Default::default(),
            places: Default::default(),
            lookups: lookups.into_iter().map(LookupV1::into_lookup).collect(),
            repeats,
            declared: None,
            deferred: deferred.into_iter().map(|DeferredV1 { provider, after }| (provider, after)).collect(),
        };
        for ProviderV1 { name, provider, config, place } in providers {
            if let Some(PlaceV1 { scope, region }) = place {
                basis.places.insert(name.clone(), Place { provider: provider.clone(), scope, region });
            }
            basis.providers.insert(name, ProviderInstance { provider, config });
        }
        (basis, plan.into())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenJournalV1 {
    run: Name,
    segments: u32,
}

impl From<&OpenJournal> for OpenJournalV1 {
    fn from(open: &OpenJournal) -> Self {
        let OpenJournal { run, segments } = open;
        Self { run: run.clone(), segments: *segments }
    }
}

impl From<OpenJournalV1> for OpenJournal {
    fn from(open: OpenJournalV1) -> Self {
        let OpenJournalV1 { run, segments } = open;
        Self { run, segments }
    }
}

/// What was looked up.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupV1 {
    address: Address,
    provider: Name,
    asked: Map,
    object: Name,
    answer: Map,
}

impl LookupV1 {
    pub(super) fn new(address: &Address, lookup: &Lookup) -> Self {
        let Lookup { provider, asked, object, answer } = lookup.clone();
        Self { address: address.clone(), provider, asked, object, answer }
    }

    fn into_lookup(self) -> (Address, Lookup) {
        let Self { address, provider, asked, object, answer } = self;
        (address, Lookup { provider, asked, object, answer })
    }
}

/// A provider instance that is opened only when the plan has made these.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeferredV1 {
    provider: Name,
    after: Vec<Address>,
}

impl DeferredV1 {
    pub(super) fn new(provider: &Name, after: &[Address]) -> Self {
        Self { provider: provider.clone(), after: after.to_vec() }
    }
}

/// A provider instance and its proven place.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderV1 {
    name: Name,
    #[serde(rename = "type")]
    provider: Name,
    config: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceV1 {
    scope: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    region: Name,
}

impl ProviderV1 {
    pub(super) fn new(name: &Name, instance: &ProviderInstance, basis: &Basis) -> Self {
        let ProviderInstance { provider, config } = instance;
        let place = basis.places.get(name).map(|place| {
            // A place is always one of the provider's own type.
            let Place { provider: _, scope, region } = place;
            PlaceV1 { scope: scope.clone(), region: region.clone() }
        });
        Self { name: name.clone(), provider: provider.clone(), config: config.clone(), place }
    }
}

mirror! {
    pub(super) enum PartialV1 for Partial {
        Targeted(left_out: u32),
        Excluded(left_out: u32),
        Unreadable(address: Address, reason: Name),
        DependsOn(address: Address, blocked: Address),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefusalV1 {
    Protected(Address, ActionV1),
    ManyVanished {
        vanished: u32,
        owned: u32,
    },
    Conflict {
        address: Address,
        objects: Vec<Name>,
        note: Name,
        #[serde(default, skip_serializing_if = "is_false")]
        can_adopt: bool,
    },
    Unreadable(Address, Name),
    Busy(Address, Name),
    Contested {
        address: Address,
        path: Name,
        writer: Name,
    },
    Rejected(Address, Name),
    Tombstone(Address, Name),
    UnknownAddress(Address),
    MadeLate(Address, Name),
    UnknownDouble(Name),
}

impl From<&Refusal> for RefusalV1 {
    fn from(refusal: &Refusal) -> Self {
        match refusal.clone() {
            Refusal::Protected(address, action) => Self::Protected(address, action.into()),
            Refusal::ManyVanished { vanished, owned } => Self::ManyVanished { vanished, owned },
            Refusal::Conflict { address, objects, note, can_adopt } => {
                Self::Conflict { address, objects, note, can_adopt }
            }
            Refusal::Unreadable(address, reason) => Self::Unreadable(address, reason),
            Refusal::Busy(address, reason) => Self::Busy(address, reason),
            Refusal::Contested { address, path, writer } => Self::Contested { address, path, writer },
            Refusal::Rejected(address, why) => Self::Rejected(address, why),
            Refusal::Tombstone(address, note) => Self::Tombstone(address, note),
            Refusal::UnknownAddress(address) => Self::UnknownAddress(address),
            Refusal::MadeLate(address, object) => Self::MadeLate(address, object),
            Refusal::UnknownDouble(object) => Self::UnknownDouble(object),
        }
    }
}

impl From<RefusalV1> for Refusal {
    fn from(refusal: RefusalV1) -> Self {
        match refusal {
            RefusalV1::Protected(address, action) => Self::Protected(address, action.into()),
            RefusalV1::ManyVanished { vanished, owned } => Self::ManyVanished { vanished, owned },
            RefusalV1::Conflict { address, objects, note, can_adopt } => {
                Self::Conflict { address, objects, note, can_adopt }
            }
            RefusalV1::Unreadable(address, reason) => Self::Unreadable(address, reason),
            RefusalV1::Busy(address, reason) => Self::Busy(address, reason),
            RefusalV1::Contested { address, path, writer } => Self::Contested { address, path, writer },
            RefusalV1::Rejected(address, why) => Self::Rejected(address, why),
            RefusalV1::Tombstone(address, note) => Self::Tombstone(address, note),
            RefusalV1::UnknownAddress(address) => Self::UnknownAddress(address),
            RefusalV1::MadeLate(address, object) => Self::MadeLate(address, object),
            RefusalV1::UnknownDouble(object) => Self::UnknownDouble(object),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputV1 {
    name: Name,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl From<&OutputChange> for OutputV1 {
    fn from(output: &OutputChange) -> Self {
        let OutputChange { name, before, after, value } = output.clone();
        Self { name, before, after, value }
    }
}

impl From<OutputV1> for OutputChange {
    fn from(output: OutputV1) -> Self {
        let OutputV1 { name, before, after, value } = output;
        Self { name, before, after, value }
    }
}
