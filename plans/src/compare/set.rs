//! Which elements of two sets have no partner in the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use flashinfra_stacks::schema::{Attribute, Element, Mode, SetBy};

use super::{element_satisfies, is_empty, normal, normal_element};
use crate::value::{Map, Value};

/// The elements without a partner, as ascending indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmatched {
    /// Wanted, and not there.
    pub(crate) missing: Vec<usize>,
    /// There, and not wanted.
    pub(crate) extra: Vec<usize>,
}

/// Pairs the elements of two lists in which the order does not count, and neither does how often an element stands; none
/// when each has a partner.
pub(crate) fn unmatched(attribute: &Attribute, want: &[Value], have: &[Value]) -> Option<Unmatched> {
    let alike = |(want, have)| element_satisfies(attribute, want, have);
    if want.len() == have.len() && want.iter().zip(have).all(alike) {
        return None;
    }
    // Most elements have a partner in one bucket of a few, which keeps sets of a thousand rules from costing a million comparisons.
    let mut buckets: BTreeMap<Vec<Value>, Vec<usize>> = BTreeMap::new();
    for (at, element) in have.iter().enumerate() {
        buckets.entry(key(attribute, element)).or_default().push(at);
    }
    // The most precise first, so that a vague element does not take the partner of a precise one.
    let mut order: Vec<usize> = (0..want.len()).collect();
    order.sort_by_key(|&at| (Reverse(want[at].as_map().map_or(0, Map::len)), at));

    let (mut wanted, mut taken) = (BTreeSet::new(), BTreeSet::new());
    let (mut missing, mut paired) = (Vec::new(), vec![false; have.len()]);
    for at in order.into_iter().filter(|&at| wanted.insert(normal_element(attribute, &want[at]))) {
        let bucket = buckets.get(&key(attribute, &want[at])).map_or(&[][..], Vec::as_slice);
        match bucket.iter().find(|&&other| !paired[other] && element_satisfies(attribute, &want[at], &have[other])) {
            Some(&partner) => {
                paired[partner] = true;
                taken.insert(normal_element(attribute, &have[partner]));
            }
            None => missing.push(at),
        }
    }
    let stands_alone = |&at: &usize| !paired[at] && !taken.contains(&normal_element(attribute, &have[at]));
    let extra: Vec<_> = (0..have.len()).filter(stands_alone).collect();
    missing.sort_unstable();
    (!missing.is_empty() || !extra.is_empty()).then_some(Unmatched { missing, extra })
}

/// What two elements have in common when they are partners: scalars themselves, blocks those required attributes that are
/// compared to the letter.
fn key(attribute: &Attribute, element: &Value) -> Vec<Value> {
    match (&attribute.shape.element, element) {
        (Element::Block(attributes), Value::Map(map)) => {
            let value = |part: &Attribute| match map.get(&part.name) {
                Some(value) if !is_empty(value) => normal(part, value),
                _ => Value::Null,
            };
            attributes.iter().filter(|part| is_strict(part)).map(value).collect()
        }
        _ if attribute.mode == Mode::Enforce => vec![normal_element(attribute, element)],
        _ => Vec::new(),
    }
}

fn is_strict(part: &Attribute) -> bool {
    let is_scalar = !matches!(part.shape.element, Element::Block(_));
    part.set_by == SetBy::Required && part.mode == Mode::Enforce && is_scalar && !part.secret
}
