//! A corpus of old rows: ledgers as they were written under each former version of a kind, and the one of today.

use super::*;
use crate::ledger;
use crate::value::Address;

/// A kind with the ledger of today and those of its former versions, the first of which is version 1.
struct Corpus {
    kind: &'static str,
    today: &'static str,
    former: &'static [&'static str],
}

/// To raise the version of a kind, put a ledger as it was before beside the others: `KIND-vVERSION.json`.
const CORPUS: [Corpus; 1] = [Corpus {
    kind: "test.volume",
    today: include_str!("corpus/test.volume.json"),
    former: &[include_str!("corpus/test.volume-v1.json"), include_str!("corpus/test.volume-v2.json")],
}];

fn read(text: &str) -> Ledger {
    ledger::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn rows_of_every_former_version_become_those_of_today() {
    for Corpus { kind, today, former } in CORPUS {
        let today = read(today);
        let version = today.schemas[kind].version;
        assert_eq!(former.len() + 1, version as usize, "{kind} needs rows of each of its former versions");
        for (before, text) in (1..).zip(former) {
            let mut ledger = read(text);
            assert!(ledger.rows.values().all(|row| row.schema_version == before), "{kind} {before}");
            let understood = understood(&ledger, &today.schemas).into_owned();
            for (address, row) in &understood.rows {
                let expected = Row { schema_version: before, ..today.rows[address].clone() };
                assert_eq!(*row, expected, "{address} of version {before}, until it is brought along");
            }
            bring_along(&mut ledger, &today.schemas);
            assert_eq!(ledger.rows, today.rows, "of version {before}");
            // What is brought along once is not rewritten again: `gp2` became `gp3`, which was something else before.
            bring_along(&mut ledger, &today.schemas);
            assert_eq!(ledger.rows, today.rows, "of version {before}, twice");
        }
    }
}

#[test]
fn a_row_is_understood_by_the_schema_that_its_ledger_keeps() {
    let mut ledger = read(CORPUS[0].former[0]);
    assert!(matches!(understood(&ledger, &BTreeMap::new()), Cow::Borrowed(_)), "its own version needs no upgrade");
    ledger.schemas = read(CORPUS[0].today).schemas;
    let understood = understood(&ledger, &BTreeMap::new());
    assert_eq!(understood.rows[&Address::parse("test.volume/full").unwrap()].applied.get("size"), Some(&"10".into()));
}
