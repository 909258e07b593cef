//! What a plan leaves out, and what stands in its way, with the next move.

use super::owners::{NAMED_MAX, Owners, is_of_others};
use super::text::{Page, Tone, visible};
use crate::plan::{Action, Partial, Plan, Refusal};
use crate::value::{Address, Name};

/// Why the plan does not cover the whole stack.
pub(super) fn partial(plan: &Plan, page: &mut Page) {
    let mut sentences = Vec::new();
    let resources = |count: u32| if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
    let is_refused = |partial: &&Partial| match partial {
        Partial::Unreadable(address, _) => {
            plan.refusals.iter().any(|refusal| matches!(refusal, Refusal::Unreadable(other, _) if other == address))
        }
        Partial::Targeted(_) | Partial::Excluded(_) | Partial::DependsOn(..) => false,
    };
    let told = || plan.partial.iter().filter(|partial| !is_refused(partial));
    let unread = by_reason(told().filter_map(unreadable));
    for partial in told() {
        sentences.push(match partial {
            Partial::Targeted(count) => format!("--target leaves {} out.", resources(*count)),
            Partial::Excluded(count) => format!("--exclude leaves {} out.", resources(*count)),
            Partial::Unreadable(address, reason) => match first_of(&unread, address, reason) {
                Some(of_reason) => format!("{} could not be read: {}", names(of_reason), visible(reason)),
                None => continue,
            },
            Partial::DependsOn(address, blocked) => format!("{address} waits for {blocked}."),
        });
    }
    if sentences.is_empty() {
        return;
    }
    page.blank();
    page.marked(Tone::Yellow, "Partial: ", "this plan does not cover the whole stack.");
    sentences.iter().for_each(|sentence| page.paragraph(2, Tone::Plain, sentence));
}

/// What nobody knows anything about now.
pub(super) fn unread(plan: &Plan, page: &mut Page) {
    for (reason, unread) in by_reason(plan.partial.iter().filter_map(unreadable)) {
        page.blank();
        page.marked(Tone::Yellow, "Not read: ", &format!("{}: {}", names(&unread), visible(reason)));
    }
}

fn unreadable(partial: &Partial) -> Option<(&Address, &str)> {
    match partial {
        Partial::Unreadable(address, reason) => Some((address, reason)),
        Partial::Targeted(_) | Partial::Excluded(_) | Partial::DependsOn(..) => None,
    }
}

/// Reasons, each with what it is the reason of.
type ByReason<'a> = Vec<(&'a str, Vec<&'a Address>)>;

/// One call answers for many objects, so that one failure is the reason of many: it is told once.
fn by_reason<'a>(unread: impl Iterator<Item = (&'a Address, &'a str)>) -> ByReason<'a> {
    let mut reasons = ByReason::new();
    for (address, reason) in unread {
        match reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, addresses)) => addresses.push(address),
            None => reasons.push((reason, vec![address])),
        }
    }
    reasons
}

/// All that a reason is told of, where it is told: with the first of them.
fn first_of<'a, 'b>(reasons: &'b ByReason<'a>, address: &Address, reason: &str) -> Option<&'b [&'a Address]> {
    let (_, addresses) = reasons.iter().find(|(other, _)| *other == reason)?;
    (*addresses.first()? == address).then_some(addresses)
}

/// `a`, `a and b`, `a, b and c`, `a, b and 40 more`.
fn names(addresses: &[&Address]) -> String {
    let named = if addresses.len() > NAMED_MAX { NAMED_MAX - 1 } else { addresses.len() };
    let mut parts: Vec<String> = addresses[..named].iter().map(ToString::to_string).collect();
    if named < addresses.len() {
        parts.push(format!("{} more", addresses.len() - named));
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// A field that somebody else writes.
fn contested(address: &Address, path: &Name, writer: &Name, page: &mut Page) {
    let sentence = format!(
        "{address} declares {path}, which {} writes with another value. Leave it out, or add `{path}` to its `force`.",
        visible(writer)
    );
    refused(page, &sentence, &[]);
}

/// What stands in the way, last, with the exact flags that lift it.
pub(super) fn refusals(plan: &Plan, page: &mut Page) {
    let protected: Vec<_> = plan
        .refusals
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Protected(address, action) => Some((address, *action)),
            _ => None,
        })
        .collect();
    let unread = by_reason(plan.refusals.iter().filter_map(|refusal| match refusal {
        Refusal::Unreadable(address, reason) => Some((address, reason.as_str())),
        _ => None,
    }));
    let owners = Owners::of_conflicts(plan);
    for refusal in &plan.refusals {
        match refusal {
            // All of them together, last.
            Refusal::Protected(..) => {}
            Refusal::ManyVanished { vanished, owned } => refused(
                page,
                &format!(
                    "{vanished} of {owned} owned objects are gone. If this is the right account and region, \
                     and they are to be created again, pass"
                ),
                &["--allow-recreate".into()],
            ),
            Refusal::Conflict { address, objects, note, can_adopt } => match owners.of(note) {
                Some(of_owner) if of_owner.is_first(address) => of_owner.tell(page),
                Some(_) => {}
                None => conflict((address, objects), note, *can_adopt, page),
            },
            Refusal::Unreadable(address, reason) => {
                if let Some(of_reason) = first_of(&unread, address, reason) {
                    not_read(of_reason, reason, page);
                }
            }
            Refusal::Busy(address, reason) => {
                refused(page, &format!("{address} is busy: {}. Wait, then plan again.", visible(reason)), &[]);
            }
            Refusal::Contested { address, path, writer } => contested(address, path, writer, page),
            Refusal::Rejected(address, why) => {
                let why = visible(why);
                refused(page, &format!("{address} would be refused: {}.", why.trim_end_matches('.')), &[]);
            }
            Refusal::Tombstone(address, note) => tombstone(address, note, page),
            Refusal::MadeLate(address, object) => made_late(address, object, page),
            Refusal::UnknownDouble(object) => {
                let object = visible(object);
                let sentence =
                    format!("{object} is no double: no unanswered create of this stack made it, or it is gone.");
                refused(page, &sentence, &[]);
            }
            Refusal::UnknownAddress(address) => {
                refused(
                    page,
                    &format!("{address} is neither declared nor owned. Check the address that was passed."),
                    &[],
                );
            }
        }
    }
    protected_ones(&protected, page);
    // The first plan of a stack, and the first one after its ledger was lost, look the same.
    let is_marked = |refusal: &Refusal| matches!(refusal, Refusal::Conflict { note, .. } if is_of_others(note));
    if plan.basis.serial == 0 && plan.refusals.iter().any(is_marked) {
        page.blank();
        page.paragraph(0, Tone::Plain, "If this stack had a ledger that was lost, `flashinfra recover` makes it anew.");
    }
}

fn not_read(addresses: &[&Address], reason: &str, page: &mut Page) {
    let without = if addresses.len() == 1 { "it" } else { "them" };
    let sentence = format!(
        "{} could not be read: {}. To plan without {without}, pass",
        names(addresses),
        visible(reason).trim_end_matches('.')
    );
    refused(page, &sentence, &["--allow-partial".into()]);
}

fn conflict((address, objects): (&Address, &[Name]), note: &str, can_adopt: bool, page: &mut Page) {
    let objects: Vec<_> = objects.iter().map(|object| visible(object)).collect();
    let way = match can_adopt {
        true => "Give the resource another name, remove what is there, or take it over:",
        false if is_of_others(note) => {
            "Give the resource another name. Once that stack has given the object up, `flashinfra adopt` says how it is taken over."
        }
        false => "Give the resource another name, or remove what is there.",
    };
    let sentence = format!(
        "{address} would be {}, which no record of this stack explains: {}. {way}",
        objects.join(" or "),
        visible(note).trim_end_matches('.')
    );
    let given = page.given.clone();
    // One of them: they are no flags of one command.
    let adopt =
        objects.iter().filter(|_| can_adopt).map(|object| format!("flashinfra adopt {address} {object}{given}"));
    let adopt: Vec<_> = adopt.collect();
    refused(page, &sentence, &[]);
    adopt.iter().for_each(|command| page.line().space(2).tone(Tone::Cyan, command).end());
}

fn tombstone(address: &Address, note: &str, page: &mut Page) {
    let sentence = format!(
        "the name of {address} is not free: {}. Wait, then plan again, or give it another name.",
        visible(note).trim_end_matches('.')
    );
    refused(page, &sentence, &[]);
}

fn made_late(address: &Address, object: &str, page: &mut Page) {
    let object = visible(object);
    let sentence = format!(
        "a create of {address} that was not answered made {object} late, and this plan would make another one. To delete \
         {object} first, pass"
    );
    refused(page, &sentence, &[format!("--delete-double {object}")]);
}

fn protected_ones(protected: &[(&Address, Action)], page: &mut Page) {
    let replaced = protected
        .iter()
        .filter(|(_, action)| !matches!(action, Action::Delete | Action::DeleteDeposed | Action::DeleteDouble))
        .count();
    let fate = match (protected.len() - replaced, replaced) {
        (_, 0) => "deleted",
        (0, _) => "replaced",
        _ => "deleted or replaced",
    };
    let sentence = match protected {
        [] => return,
        [(address, _)] => format!("{address} is protected and would be {fate}. To go on, pass"),
        _ => format!("{} protected resources would be {fate}. To go on, pass", protected.len()),
    };
    let flags: Vec<_> = protected.iter().map(|(address, _)| format!("--allow-destroy {address}")).collect();
    refused(page, &sentence, &flags);
}

fn refused(page: &mut Page, sentence: &str, flags: &[String]) {
    page.blank();
    page.marked(Tone::Red, "Refused: ", sentence);
    for (index, flag) in flags.iter().enumerate() {
        // So that all of them can be copied into a shell at once.
        let more = if index + 1 < flags.len() { " \\" } else { "" };
        page.line().space(2).tone(Tone::Cyan, flag).plain(more).end();
    }
}
