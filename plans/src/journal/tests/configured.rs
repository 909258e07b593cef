//! What a journal says of providers that resources configure.

use crate::compiled::ProviderInstance;
use crate::journal::{Effect, Record, apply, enter, read, write};
use crate::ledger::{self, Ledger, Owned, Row};
use crate::live::Place;
use crate::map;
use crate::value::{Address, Expression, Map, Reference, Value};

/// A ledger with a cluster, whose endpoint configures a provider, and something in that.
fn with_a_cluster() -> (Ledger, Address, Row) {
    let cluster = Address::parse("t.cluster/main").unwrap();
    let mut ledger = Ledger::new("shop".into(), "test".into(), "u-1".into());
    let server = Reference { address: cluster.clone(), path: "endpoint".into() };
    let server = Value::Expression(Box::new(Expression::Reference(server)));
    let config = map! { "server" => Value::Expression(Box::new(Expression::Text(vec!["https://".into(), server]))) };
    ledger.providers.insert("k".into(), ProviderInstance { provider: "t".into(), config });
    let place = |scope: &str| Place { provider: "t".into(), scope: scope.into(), region: "".into() };
    ledger.places = [("k".into(), place("first")), ("t".into(), place("other"))].into();
    let row = Row {
        provider: "t".into(),
        schema_version: 1,
        current: Some(Owned { id: "c".into(), generation: 1, ready: true }),
        deposed: Vec::new(),
        generation: 1,
        applied: Map::default(),
        computed: Map::default(),
        depends_on: Vec::new(),
        protect: false,
        retain: false,
        recovered: false,
        at: None,
    };
    ledger.rows.insert(cluster.clone(), row.clone());
    (ledger, cluster, row)
}

#[test]
fn where_a_provider_led_is_forgotten_with_what_configured_it() {
    let (ledger, cluster, row) = with_a_cluster();
    let places = |effect: Effect| {
        let mut ledger = ledger.clone();
        apply(&mut ledger, &effect);
        ledger.places.into_keys().collect::<Vec<_>>()
    };
    let put = |row: &Row| Effect::Put(cluster.clone(), Box::new(row.clone()));
    assert_eq!(places(put(&Row { applied: map! { "size" => 2 }, ..row.clone() })), ["k", "t"]);
    let second = Owned { id: "c".into(), generation: 2, ready: true };
    assert_eq!(places(put(&Row { current: Some(second), generation: 2, ..row.clone() })), ["t"]);
    assert_eq!(places(Effect::Remove(cluster.clone(), 1)), ["t"]);
    // Where it leads then is a record of its own.
    let mut ledger = ledger.clone();
    apply(&mut ledger, &Effect::Remove(cluster, 1));
    let place = Place { provider: "t".into(), scope: "second".into(), region: "".into() };
    enter(&mut ledger, &Record::Placed { provider: "k".into(), place: place.clone() });
    assert_eq!(ledger.places["k"], place);
}

#[test]
fn what_configures_a_provider_is_followed_to_its_new_address() {
    let (mut ledger, cluster, row) = with_a_cluster();
    let to = Address::parse("t.cluster/moved").unwrap();
    apply(&mut ledger, &Effect::Rename { from: cluster, to: to.clone(), row: Box::new(row) });
    assert_eq!(ledger.providers["k"].configured_by(), [&to]);
}

#[test]
fn what_is_said_of_configured_providers_has_a_format_of_its_own() {
    let place = Place { provider: "t".into(), scope: "s".into(), region: "r".into() };
    let placed = [Record::Placed { provider: "k".into(), place }];
    let bytes = write(&placed, "n");
    assert!(bytes.starts_with(b"{\"format\":2,"));
    assert_eq!(read(&bytes).unwrap().records, placed);
    assert!(write(&[Record::Ended], "n").starts_with(b"{\"format\":1,"));
    let owned = with_a_cluster().0;
    let bytes = ledger::write(&owned);
    assert!(bytes.starts_with(b"{\"format\":2,"));
    assert_eq!(ledger::read(&bytes).unwrap(), owned);
}
