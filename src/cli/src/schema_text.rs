//! Schemas as text: what `explain` prints.

use flashinfra_stacks::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Mode, Schema, SetBy,
    Shape, Stability, Unset, provider_of,
};

use crate::page::{Page, column, first_sentence};

/// The list of all kinds.
pub(crate) fn kinds<'a>(page: &Page, schemas: impl Iterator<Item = &'a Schema>) -> String {
    let rows: Vec<_> = schemas.map(|schema| (schema.kind.as_ref(), first_sentence(&schema.doc))).collect();
    if rows.is_empty() {
        return "This flashinfra was built without any provider, so it knows no kinds.\n".to_owned();
    }
    page.table(0, column(rows.iter().map(|(name, _)| *name)), &rows)
}

/// One kind with all its attributes.
pub(crate) fn kind(page: &Page, schema: &Schema) -> String {
    let mut text = format!("{}\n\n", page.paint.bold(&schema.kind));
    text += &page.wrapped(2, &schema.doc);
    text += "\n";
    for fact in facts(schema) {
        text += &page.wrapped(2, &fact);
    }
    text += &attributes(page, &schema.attributes, &format!("set by {}", provider_of(&schema.kind)));
    let hint = format!("flashinfra explain {}.ATTRIBUTE", schema.kind);
    text + &format!("\n{} says more about one.\n", page.paint.cyan(&hint))
}

/// One kind of lookup, with what is asked and answered.
pub(crate) fn lookup(page: &Page, schema: &Schema) -> String {
    let mut text = format!("{}\n\n", page.paint.bold(&schema.kind));
    text += &page.wrapped(2, &schema.doc);
    text += "\n";
    text +=
        &page.wrapped(2, "A lookup: every plan asks first, and apply asks again before a step that uses the answer.");
    text += &attributes(page, &schema.attributes, "answered");
    let hint = format!("flashinfra explain {}.ATTRIBUTE", schema.kind);
    text + &format!("\n{} says more about one.\n", page.paint.cyan(&hint))
}

/// One attribute, told in full; `path` is its kind and its name.
pub(crate) fn attribute(page: &Page, path: &str, attribute: &Attribute) -> String {
    let mut text = format!("{} · {} · {}\n\n", page.paint.bold(path), shape(&attribute.shape), set_by(attribute));
    text += &page.wrapped(2, &attribute.doc);
    let rules = rules(attribute);
    if !rules.is_empty() {
        text += "\n";
    }
    for rule in rules {
        text += &page.wrapped(2, &rule);
    }
    if let Element::Block(inner) = &attribute.shape.element {
        text += &attributes(page, inner, "set by the provider");
    }
    text
}

/// One attribute of a lookup: nothing is to be said about changes of it.
pub(crate) fn attribute_of_lookup(page: &Page, path: &str, attribute: &Attribute) -> String {
    let said = match attribute.set_by {
        SetBy::Required => "asked, required",
        SetBy::Optional => "asked",
        SetBy::Either => "asked, and answered",
        SetBy::Provider => "answered",
    };
    format!("{} · {} · {said}\n\n", page.paint.bold(path), shape(&attribute.shape)) + &page.wrapped(2, &attribute.doc)
}

/// The type of a value, in words.
pub(crate) fn shape(shape: &Shape) -> String {
    let element = match &shape.element {
        Element::Bool => "bool",
        Element::Integer => "integer",
        Element::Text(name) if name.is_empty() => "text",
        Element::Text(name) => name,
        Element::Block(_) => "block",
        Element::Any => "any",
        // What others write parts of is of interest where it has parts.
        Element::Document(_) if shape.container == Container::Map => "any",
        Element::Document(_) => "document",
    };
    match shape.container {
        Container::One => element.to_owned(),
        Container::List => format!("list of {element}"),
        Container::Set => format!("set of {element}"),
        Container::Map => format!("map of {element}"),
    }
}

/// Who sets an attribute, in one word.
pub(crate) fn set_by(attribute: &Attribute) -> &'static str {
    match attribute.set_by {
        SetBy::Required => "required",
        SetBy::Optional => "optional",
        SetBy::Either => "optional, else chosen by the provider",
        SetBy::Provider => "set by the provider",
    }
}

/// Whether changing it takes a new object.
pub(crate) fn forces_replacement(attribute: &Attribute) -> bool {
    attribute.change != Change::Update && attribute.set_by != SetBy::Provider
}

/// What is true of a kind as a whole, one sentence each.
fn facts(schema: &Schema) -> Vec<String> {
    let identity = match &schema.identity {
        Identity::Assigned => "The service makes its id up.".to_owned(),
        Identity::Named(attribute) => format!("Its name is `{attribute}`, unique in its place."),
        Identity::Composed(parts) => format!("It is named by `{}` together, unique in its place.", parts.join("`, `")),
    };
    let carrier = match schema.carrier {
        Carrier::TagAtCreate => "Carries its owner mark as a tag, from the create on.",
        Carrier::TagAfterCreate => "Carries its owner mark as a tag, written by a second call.",
        Carrier::Label => "Carries its owner mark as a label.",
        Carrier::Description => "Carries its owner mark in its description.",
        Carrier::Name => "Its name is computed from its owner mark.",
        Carrier::KeyInParent => "Its owner mark is a key in its parent.",
        Carrier::None => "Carries no owner mark: only the ledger knows that it is ours.",
    };
    let once = match schema.create_once {
        CreateOnce::Token => "A repeated create is harmless: it takes a client token.",
        CreateOnce::UniqueName => "A repeated create is harmless: its name is unique.",
        CreateOnce::Neither => "After an unanswered create, flashinfra looks for it before it creates again.",
    };
    let state = if schema.stateful {
        "Deleting it loses data, so it is protected by default: deletion and replacement have to be allowed by name."
    } else {
        "Deleting it loses no data."
    };
    let typical = schema.typical;
    let times = format!(
        "Usually takes {} to create, {} to update, {} to delete.",
        duration(typical.create),
        duration(typical.update),
        duration(typical.delete)
    );
    vec![identity, carrier.to_owned(), once.to_owned(), state.to_owned(), times]
}

/// What is particular about an attribute, one sentence each.
fn rules(attribute: &Attribute) -> Vec<String> {
    let mut rules = Vec::new();
    let mut say = |rule: String| rules.push(rule);
    if attribute.set_by == SetBy::Provider {
        match &attribute.stability {
            Stability::Fixed => say("Stays the same as long as the object lives.".to_owned()),
            Stability::ChangesWith(names) => say(format!("Changes with {}.", names.join(", "))),
        }
        return rules;
    }
    if attribute.delete_argument {
        say("Only used when the object is deleted; kept in the ledger until then.".to_owned());
        return rules;
    }
    match attribute.change {
        Change::Update => say("Is changed in place.".to_owned()),
        Change::Replace => say("Cannot be changed in place: another value takes a new object.".to_owned()),
        Change::Once => say("Is set in place while it has no value; another value takes a new object.".to_owned()),
    }
    match &attribute.mode {
        Mode::Enforce => {}
        Mode::Initial => say("Is sent at the create; a later difference is only reported.".to_owned()),
        Mode::AtLeast => say("The live value may be larger.".to_owned()),
        Mode::Prefix => say("The live value may be more precise: `15.7` satisfies `15`.".to_owned()),
        Mode::YieldTo(controller) => say(format!("Is left to {controller}; a difference is only reported.")),
        Mode::WriteOnly => say("Cannot be read back: compared with what was last applied.".to_owned()),
    }
    match attribute.compare {
        Compare::Exact => {}
        Compare::IgnoreCase => say("Upper and lower case count as the same.".to_owned()),
        Compare::Cidr => say("Compared as an IP range.".to_owned()),
        Compare::Quantity => say("Compared as an amount: `0.5` is `500m`.".to_owned()),
        Compare::Duration => say("Compared as a duration: `1h` is `60m`.".to_owned()),
        Compare::DomainName => say("Compared as a domain name: neither case nor a dot at the end counts.".to_owned()),
        Compare::Json => say("Compared as JSON: white space and the order of keys do not count.".to_owned()),
    }
    match (attribute.shape.container, attribute.collection) {
        (Container::One, _) => {}
        (_, Collection::Keyed) => say("Entries that others add are shown and left alone.".to_owned()),
        (_, Collection::Exclusive) => {
            say("Entries that others add are drift; each removal is a line of the plan.".to_owned())
        }
    }
    if attribute.set_by != SetBy::Required {
        match &attribute.unset {
            Unset::Release => say("When no longer set, it stays as it is and is no longer ours.".to_owned()),
            Unset::Reset(value) => say(format!("When no longer set, it goes back to {value}.")),
            Unset::Clear => say("When no longer set, it is removed.".to_owned()),
        }
    }
    if attribute.secret {
        say("A secret: takes a source only, is compared by version, and is never shown.".to_owned());
    }
    if attribute.delete_guard {
        say("While it is true the service refuses to delete: a deletion first sets it to false, as a step of its own."
            .to_owned());
    }
    rules
}

/// The attributes in groups by who sets them.
fn attributes(page: &Page, attributes: &[Attribute], provider: &str) -> String {
    let groups: [(&str, &[SetBy]); 3] = [
        ("required", &[SetBy::Required]),
        ("optional", &[SetBy::Optional, SetBy::Either]),
        (provider, &[SetBy::Provider]),
    ];
    let mut text = String::new();
    let column = column(attributes.iter().map(|attribute| attribute.name.as_ref()));
    for (title, members) in groups {
        let rows: Vec<_> = attributes
            .iter()
            .filter(|attribute| members.contains(&attribute.set_by))
            .map(|attribute| {
                let mut about = shape(&attribute.shape);
                if forces_replacement(attribute) {
                    about += ", forces replacement";
                }
                if attribute.secret {
                    about += ", secret";
                }
                (attribute.name.as_ref(), format!("{about} · {}", first_sentence(&attribute.doc)))
            })
            .collect();
        if !rows.is_empty() {
            text += &format!("\n  {}\n", page.paint.dim(title));
            text += &page.table(4, column, &rows);
        }
    }
    text
}

fn duration(seconds: u32) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        _ => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests;
