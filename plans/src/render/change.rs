//! One change: its title, what differs, and why.

use std::collections::BTreeMap;

use super::attributes::{Makers, Rows};
use super::text::{Line, Page, Tone, fit, length, visible};
use super::values::inline;
use super::words;
use crate::plan::{Act, Action, AttributeChange, Change, Note, Plan, Reason, Step};
use crate::value::Address;

/// Where the words for actions start, and the addresses after them.
const WORD: usize = 2;
const ADDRESS: usize = 11;
/// Where attributes and reasons start.
pub(super) const INSIDE: usize = 13;

/// An address with a word before it and remarks at the right edge.
pub(super) fn title(page: &mut Page, tone: Tone, word: &str, address: &str, remarks: &str) {
    let room = page.width.saturating_sub(ADDRESS);
    let remark_tone = if tone == Tone::Red { Tone::Red } else { Tone::Dim };
    start(page, tone, word, address).right(remark_tone, &fit(remarks, room));
}

fn start<'page>(page: &'page mut Page, tone: Tone, word: &str, address: &str) -> Line<'page> {
    if word.is_empty() {
        return page.line().space(WORD).plain(address);
    }
    page.line().space(WORD).tone(tone, word).to(ADDRESS, 1).tone(Tone::Bold, address)
}

/// A plan, and what is looked up in it for each change.
pub(super) struct Told<'a> {
    plan: &'a Plan,
    makers: Makers<'a>,
    /// The steps of each address, in their order.
    steps: BTreeMap<&'a Address, Vec<&'a Step>>,
}

impl<'a> Told<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let mut steps: BTreeMap<_, Vec<_>> = BTreeMap::new();
        plan.steps.iter().for_each(|step| steps.entry(&step.address).or_default().push(step));
        Self { plan, makers: Makers::of(plan), steps }
    }
}

/// A change with all that is to be said about it.
pub(super) fn change(told: &Told<'_>, change: &Change, page: &mut Page) {
    let Told { plan, makers, .. } = told;
    let (word, tone) = words::action(change.action);
    let remarks = words::remarks(plan, change);
    if remarks.is_empty() && is_place_wanted(change, page) {
        let line = start(page, tone, word, change.address.as_str());
        let place = place(change, line.left()).unwrap_or_default();
        line.right(Tone::Dim, &place);
    } else {
        title(page, tone, word, change.address.as_str(), &remarks);
    }
    match change.action {
        Action::Create => {
            let schema = plan.schemas.get(change.address.kind()).map(AsRef::as_ref);
            Rows::flow(&makers.told(change), schema, page);
        }
        Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => {}
        Action::Update
        | Action::Replace
        | Action::ReplaceCreateFirst
        | Action::Restore
        | Action::Forget
        | Action::Move
        | Action::Record => {
            // That a digest is another one is said in words.
            let told = makers.told(change);
            let is_row = |attribute: &&AttributeChange| page.verbose || words::rolled_by(attribute, None).is_none();
            let rows: Vec<_> = told.iter().filter(is_row).cloned().collect();
            Rows::of_changes(&rows, page).write(INSIDE, page);
        }
    }
    for sentence in sentences(change).into_iter().chain(by_hand(change)).chain(instead(told, change)).chain(remains(
        told,
        change,
        page.width - INSIDE,
    )) {
        page.paragraph(INSIDE, Tone::Dim, &sentence);
    }
    if !remarks.is_empty() && is_place_wanted(change, page) {
        let room = page.width.saturating_sub(INSIDE);
        if let Some(place) = place(change, room) {
            page.line().space(INSIDE).tone(Tone::Dim, &place).end();
        }
    }
}

/// What it destroys, and why it is done.
fn sentences(change: &Change) -> Vec<String> {
    let object = change.object.as_ref().map(|object| visible(object));
    let destroyed = match change.action {
        Action::Replace | Action::ReplaceCreateFirst => object,
        // The title of a deletion names its object.
        Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => None,
        Action::Create | Action::Update | Action::Restore | Action::Move | Action::Record => None,
        Action::Forget => return vec![forgotten(change, object)],
    };
    let destroys = destroyed.map(|object| {
        if change.stateful { format!("destroys {object} with its data") } else { format!("destroys {object}") }
    });
    let rolled = change.attributes.iter().filter_map(|attribute| words::rolled_by(attribute, change.object.as_deref()));
    let is_told = |reason: &&Reason| change.action == Action::Move && matches!(reason, Reason::MovedFrom(_));
    let reasons = change.reasons.iter().filter(|reason| !is_told(reason));
    let reasons = reasons.filter_map(|reason| words::reason(reason, change)).chain(rolled);
    match (destroys, reasons.collect::<Vec<_>>()) {
        (None, reasons) => reasons,
        (Some(destroys), reasons) if reasons.is_empty() => vec![destroys],
        (Some(destroys), reasons) => vec![format!("{destroys}: {}", reasons.join("; "))],
    }
}

/// What somebody did by hand to what is changed back, and how to keep it.
fn by_hand(change: &Change) -> Vec<String> {
    let told = |attribute: &AttributeChange| match &attribute.note {
        Some(Note::ByHand(who)) => Some(format!(
            "{} was set {}. An apply takes it back; to keep it, declare it so, or for this once: --exclude {}",
            visible(&attribute.path),
            visible(who),
            change.address
        )),
        Some(_) | None => None,
    };
    change.attributes.iter().filter_map(told).collect()
}

/// What is done instead of a replacement, when the values that force it turn out to be the live ones.
fn instead(told: &Told<'_>, change: &Change) -> Option<String> {
    let steps = told.steps.get(&change.address)?;
    let step = steps.iter().find(|step| step.when.as_ref().is_some_and(|when| when.same))?;
    let arriving = step.when.iter().flat_map(|when| &when.arriving).map(|arriving| visible(&arriving.name));
    let names: Vec<_> = arriving.collect();
    let (turns, stay) = if names.len() == 1 { ("turns", "stays") } else { ("turn", "stay") };
    let names = names.join(" and ");
    let changed: Vec<_> = step.changed.iter().map(|name| visible(name)).collect();
    Some(match &changed[..] {
        [] => format!("or nothing, if {names} {turns} out the same"),
        changed => format!("or only an update of {}, if {names} {stay} the same", changed.join(", ")),
    })
}

/// What a delete takes beside the call itself: guards that are lifted first, and what the service is told to leave behind.
fn remains(told: &Told<'_>, change: &Change, room: usize) -> Vec<String> {
    let steps = told.steps.get(&change.address).map(Vec::as_slice).unwrap_or_default();
    let of = |act: Act| steps.iter().filter(move |step| step.act == act);
    let is_its_own = |step: &&&Step| change.object.is_some() && step.object == change.object;
    let Some(delete) = of(Act::Delete).chain(of(Act::DeleteDouble)).find(is_its_own) else { return Vec::new() };
    let is_lift = |step: &&&Step| {
        let is_instead = step.when.as_ref().is_some_and(|when| when.same);
        step.object == delete.object && step.id < delete.id && !is_instead
    };
    let lifts = of(Act::Update).chain(of(Act::UnguardDouble)).filter(is_lift);
    let lifts = lifts.flat_map(|step| &step.changed).map(|guard| format!("takes {} away first", visible(guard)));
    let leaves =
        delete.inputs.iter().map(|(name, value)| fit(&format!("with {}: {}", visible(name), inline(value)), room));
    lifts.chain(leaves).collect()
}

fn forgotten(change: &Change, object: Option<String>) -> String {
    let is_gone = |reason: &&Reason| {
        matches!(reason, Reason::Vanished(_) | Reason::LostWith(_) | Reason::LeftByTest | Reason::Served)
    };
    let gone = change.reasons.iter().find(is_gone);
    if let Some(gone) = gone.and_then(|reason| words::reason(reason, change)) {
        return gone;
    }
    let reasons: Vec<_> = change.reasons.iter().filter_map(|reason| words::reason(reason, change)).collect();
    let stays = object.map_or_else(|| "its object stays".into(), |object| format!("{object} stays as it is"));
    if reasons.is_empty() { stays } else { format!("{stays}: {}", reasons.join("; ")) }
}

/// Whether to say where it was declared: somebody may want to change that because of what stands here. What is no longer
/// declared has no such place.
fn is_place_wanted(change: &Change, page: &Page) -> bool {
    match change.action {
        Action::Create | Action::Update | Action::Replace | Action::ReplaceCreateFirst | Action::Restore => true,
        Action::Move | Action::Record => page.verbose,
        Action::Delete | Action::DeleteDeposed | Action::DeleteDouble | Action::Forget => false,
    }
}

/// Where it was declared, in at most so many columns: `stacks/shop/src/data.rs:41`, or the end of that.
fn place(change: &Change, room: usize) -> Option<String> {
    let at = change.at.as_ref()?;
    // The column helps an editor, not a reader.
    let place = at.rsplit_once(':').filter(|(path, _)| path.contains(':')).map_or(at.as_str(), |(path, _)| path);
    let place = visible(place);
    if length(&place) <= room {
        return Some(place);
    }
    let ends = place.match_indices('/').map(|(slash, _)| format!("…{}", &place[slash..]));
    let ends: Vec<_> = ends.filter(|end| length(end) <= room).collect();
    ends.into_iter().next()
}
