//! What changes would become: before a plan is shown, providers that can are asked what each of its changes would come to, without
//! making any (a server-side dry run). What they answer decides with the rest of what was read.

use std::collections::BTreeMap;

use crate::live::OwnerMark;
use crate::plan::{Act, Action, AttributeChange, Change, Note, Plan, Step};
use crate::value::{Address, Map, Name};

/// A change to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// The address.
    pub address: Address,
    /// What would be done.
    pub trial: Trial,
    /// The live object; empty for what is to be made.
    pub object: Name,
    /// The mark that the object has or gets.
    pub mark: OwnerMark,
    /// What would be sent, secrets as their sources; of a deletion its arguments and what was last applied.
    pub inputs: Map,
    /// Of an update, the top-level attributes that change.
    pub changed: Vec<Name>,
    /// Of an update, the live values of those.
    pub before: Map,
    /// The paths of all that differs.
    pub differs: Vec<Name>,
}

/// What would be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// An object is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted, and another one made.
    Replace,
    /// It is deleted.
    Delete,
}

/// What a provider says of a change before it is made. Nothing at all where there is nothing to say, or where it cannot be tried yet
/// because of what the same plan makes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehearsed {
    /// Fields whose change takes a new object, by path, and why that is.
    pub fixed: Vec<(Name, Name)>,
    /// What the service would set beyond what it is sent: before and after.
    pub beside: Vec<AttributeChange>,
    /// Why it would be refused, with what to do about it.
    pub refused: Option<Name>,
    /// What data would go with the object.
    pub loses: Option<Name>,
    /// What somebody should know before it is done, in sentences.
    pub careful: Vec<Name>,
    /// Why it could not be tried.
    pub untried: Option<Name>,
}

impl Rehearsed {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is to be tried of a plan, by provider instance: of those only that can try anything.
pub fn rehearsals(plan: &Plan, tries: impl Fn(&Name) -> bool) -> BTreeMap<Name, Vec<Rehearsal>> {
    let mut steps: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| tries(&step.provider)) {
        steps.entry(&step.address).or_default().push(step);
    }
    let mut found: BTreeMap<Name, Vec<Rehearsal>> = BTreeMap::new();
    for change in &plan.changes {
        let of_address = steps.get(&change.address).map_or(&[][..], Vec::as_slice);
        if let Some((provider, rehearsal)) = rehearsal(plan, change, of_address) {
            found.entry(provider).or_default().push(rehearsal);
        }
    }
    found
}

fn rehearsal(plan: &Plan, change: &Change, steps: &[&Step]) -> Option<(Name, Rehearsal)> {
    let (trial, act) = match change.action {
        Action::Create => (Trial::Create, Act::Create),
        Action::Update => (Trial::Update, Act::Update),
        Action::Replace | Action::ReplaceCreateFirst => (Trial::Replace, Act::Create),
        Action::Delete => (Trial::Delete, Act::Delete),
        // What is kept, or was allowed by its id, is nothing to be asked about; the others make no call.
        Action::Restore | Action::DeleteDeposed | Action::DeleteDouble => return None,
        Action::Forget | Action::Move | Action::Record => return None,
    };
    let step = steps.iter().find(|step| step.act == act)?;
    // In a place that the plan makes, nothing can be tried yet; of what was in the one before, what is lost is asked.
    let (trial, step) = match (plan.basis.is_deferred(step), trial) {
        (false, trial) => (trial, step),
        (true, Trial::Replace) => (Trial::Delete, steps.iter().find(|step| step.act == Act::Delete)?),
        (true, Trial::Create | Trial::Update | Trial::Delete) => return None,
    };
    let mark =
        OwnerMark { stack: plan.basis.uuid.clone(), address: change.address.clone(), generation: step.generation };
    let rehearsal = Rehearsal {
        address: change.address.clone(),
        trial,
        object: change.object.clone().unwrap_or_default(),
        mark,
        inputs: step.inputs.clone(),
        changed: step.changed.clone(),
        before: step.before.clone(),
        differs: change.attributes.iter().filter(|told| is_made(told)).map(|told| told.path.clone()).collect(),
    };
    Some((step.provider.clone(), rehearsal))
}

/// Whether an attribute changes, and is not only told of.
fn is_made(told: &AttributeChange) -> bool {
    match told.note {
        Some(Note::Released | Note::NotVerified | Note::LeftAlone(_) | Note::ByService) => false,
        Some(Note::Secret | Note::Reset | Note::Foreign | Note::Raw | Note::WrittenBy(_) | Note::ByHand(_)) | None => {
            true
        }
    }
}
