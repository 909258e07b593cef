//! `explain` on a made-up kind.

use std::borrow::Cow;

use flashinfra_stacks::schema::{Attribute, Items, Seconds, Text};

use super::*;
use crate::paint::Paint;

const PAGE: Page = Page { paint: Paint::new(false), width: 60 };

fn queue() -> Schema {
    let text = Shape { container: Container::One, element: Element::Text(Text::Borrowed("")) };
    let attribute = |name: &'static str, doc: &'static str, set_by| Attribute {
        name: name.into(),
        doc: doc.into(),
        shape: text.clone(),
        set_by,
        mode: Mode::Enforce,
        compare: Compare::Exact,
        change: Change::Update,
        collection: Collection::Exclusive,
        unset: Unset::Release,
        secret: false,
        delete_argument: false,
        delete_guard: false,
        stability: Stability::Fixed,
    };
    let rule = attribute("pattern", "What it matches.", SetBy::Required);
    let rules = Attribute {
        shape: Shape { container: Container::List, element: Element::Block(Items::Owned(vec![rule])) },
        ..attribute("rules", "Who may send.", SetBy::Optional)
    };
    let name = Attribute { change: Change::Replace, ..attribute("name", "Its name. Unique.", SetBy::Required) };
    Schema {
        kind: "test.queue".into(),
        version: 1,
        doc: "A queue of messages that somebody\nelse reads. It keeps order.".into(),
        identity: Identity::Named("name".into()),
        carrier: Carrier::TagAtCreate,
        create_once: CreateOnce::UniqueName,
        stateful: true,
        reconciled: false,
        ends: false,
        settle_seconds: 0,
        timeouts: Seconds { create: 600, update: 600, delete: 600 },
        typical: Seconds { create: 1, update: 1, delete: 240 },
        wait_codes: Cow::Borrowed(&[]),
        upgrades: Cow::Borrowed(&[]),
        attributes: Items::Owned(vec![name, rules, attribute("id", "Its id.", SetBy::Provider)]),
    }
}

#[test]
fn kinds_are_listed_with_their_first_sentence() {
    let text = kinds(&PAGE, [&queue()].into_iter());
    assert_eq!(text, "test.queue  A queue of messages that somebody else reads.\n");
}

#[test]
fn a_kind_is_told_on_one_page() {
    assert_eq!(
        kind(&PAGE, &queue()),
        "\
test.queue

  A queue of messages that somebody else reads. It keeps
  order.

  Its name is `name`, unique in its place.
  Carries its owner mark as a tag, from the create on.
  A repeated create is harmless: its name is unique.
  Deleting it loses data, so it is protected by default:
  deletion and replacement have to be allowed by name.
  Usually takes 1 s to create, 1 s to update, 4 min to
  delete.

  required
    name   text, forces replacement · Its name.

  optional
    rules  list of block · Who may send.

  set by test
    id     text · Its id.

flashinfra explain test.queue.ATTRIBUTE says more about one.
"
    );
}

#[test]
fn an_attribute_is_told_with_its_rules_and_what_is_inside() {
    let queue = queue();
    let rules = queue.attribute("rules").unwrap();
    assert_eq!(
        attribute(&PAGE, "test.queue.rules", rules),
        "\
test.queue.rules · list of block · optional

  Who may send.

  Is changed in place.
  Entries that others add are drift; each removal is a line
  of the plan.
  When no longer set, it stays as it is and is no longer
  ours.

  required
    pattern  text · What it matches.
"
    );
}
