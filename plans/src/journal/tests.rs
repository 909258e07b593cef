mod configured;

use super::{
    Effect, Folded, IllegalTransition, Intent, OpenIntent, ReadError, Record, Segment, State, apply, enter, fold, next,
    read, write,
};
use crate::ledger::{Deposed, Ledger, Owned, Row};
use crate::map;
use crate::plan::{Act, Step};
use crate::samples::{Random, Shape, World, damaged, for_seeds};
use crate::schedule::Schedule;
use crate::value::Map;

/// A run as an engine would write it: some steps fail, some stay unknown, some are accepted before they are done.
struct Run {
    before: Ledger,
    records: Vec<Record>,
}

fn begun(world: &World) -> Record {
    let plan = crate::samples::plans::basis(world);
    Record::Begun {
        run: "run-1".into(),
        plan: "sha256:1".into(),
        serial: world.ledger.serial,
        by: "ada on laptop".into(),
        providers: plan.providers,
        places: plan.places,
        schemas: world.schemas.clone(),
    }
}

fn row(step: &Step, ledger: &Ledger) -> Option<Row> {
    let old = ledger.rows.get(match &step.act {
        Act::Move(from) => from,
        _ => &step.address,
    });
    let owned = |id: &str| Owned { id: id.into(), generation: step.generation, ready: true };
    match step.act {
        Act::Create => Some(Row {
            provider: step.provider.clone(),
            schema_version: 1,
            current: Some(owned("")),
            deposed: old
                .and_then(|old| old.current.clone())
                .filter(|old| step.object.as_ref() == Some(&old.id))
                .map(|object| Deposed { object, depends_on: Vec::new() })
                .into_iter()
                .collect(),
            generation: step.generation,
            applied: map! { "size" => 2 },
            computed: Map::default(),
            depends_on: step.row.iter().flat_map(|row| row.depends_on.clone()).collect(),
            protect: false,
            retain: false,
            recovered: false,
            at: None,
        }),
        Act::Update | Act::Record | Act::Move(_) => old.cloned(),
        Act::Delete => {
            let mut row = old?.clone();
            row.current = row.current.filter(|owned| owned.generation != step.generation);
            row.deposed.retain(|deposed| deposed.object.generation != step.generation);
            (row.current.is_some() || !row.deposed.is_empty()).then_some(row)
        }
        Act::UnguardDouble | Act::DeleteDouble => old.cloned(),
        Act::Forget => None,
    }
}

fn effect(step: &Step, row: Option<Row>) -> Effect {
    match (&step.act, row) {
        (_, None) => Effect::Remove(step.address.clone(), step.generation),
        (Act::Move(from), Some(row)) => {
            Effect::Rename { from: from.clone(), to: step.address.clone(), row: row.into() }
        }
        (Act::Create | Act::Update | Act::Delete | Act::Forget | Act::Record, Some(mut row))
        | (Act::UnguardDouble | Act::DeleteDouble, Some(mut row)) => {
            if let Some(current) = row.current.as_mut().filter(|current| current.id.is_empty()) {
                current.id = "made".into();
            }
            Effect::Put(step.address.clone(), row.into())
        }
    }
}

impl Run {
    fn new(random: &mut Random) -> Self {
        let world = World::new(random, Shape { size: 16, one_direction: true });
        let steps = world.steps();
        let mut schedule = Schedule::new(&steps);
        let mut ledger = world.ledger.clone();
        let mut records = vec![begun(&world)];
        let mut running: Vec<(u32, Option<Row>)> = Vec::new();
        while !schedule.is_finished() {
            let ready: Vec<u32> = schedule.ready().collect();
            if !ready.is_empty() && (running.len() < 4 || running.is_empty()) {
                let step = &steps[*random.pick(&ready) as usize - 1];
                schedule.start(step.id);
                let row = row(step, &ledger);
                records.push(Record::Started(intent(step, row.clone())));
                running.push((step.id, row));
                continue;
            }
            let (id, row) = running.swap_remove(random.below(running.len()));
            let step = &steps[id as usize - 1];
            if random.one_in(3) {
                records.push(Record::Accepted { step: id, id: "made".into() });
            }
            match random.below(10) {
                0 => {
                    records.push(Record::Failed { step: id, message: "no".into(), effect: None });
                    schedule.failed(id);
                }
                1 => {
                    records.push(Record::Unknown { step: id, message: "lost".into() });
                    schedule.failed(id);
                }
                _ => {
                    let effect = effect(step, row);
                    apply(&mut ledger, &effect);
                    records.push(Record::Done { step: id, effect });
                    schedule.done(id);
                }
            }
        }
        records.push(Record::Outputs([("url".into(), "https://".into())].into()));
        records.push(Record::Ended);
        Self { before: world.ledger, records }
    }
}

fn intent(step: &Step, row: Option<Row>) -> Intent {
    Intent {
        step: step.id,
        act: "create".into(),
        address: step.address.clone(),
        generation: step.generation,
        provider: step.provider.clone(),
        object: step.object.clone(),
        token: "0123".into(),
        row,
    }
}

/// A row that no record is about: only what it stands on may have another address.
fn followed(row: &Row, records: &[Record]) -> Row {
    let mut row = row.clone();
    for record in records {
        let Record::Done { effect: Effect::Rename { from, to, .. }, .. } = record else { continue };
        let of_deposed = row.deposed.iter_mut().flat_map(|deposed| &mut deposed.depends_on);
        row.depends_on.iter_mut().chain(of_deposed).filter(|edge| *edge == from).for_each(|edge| *edge = to.clone());
    }
    row
}

#[test]
fn cut_anywhere_every_started_step_is_accounted_for() {
    for_seeds(60, |random| {
        let run = Run::new(random);
        for cut in 0..=run.records.len() {
            let records = &run.records[..cut];
            let folded = fold(run.before.clone(), records).unwrap();
            let started = records.iter().filter(|record| matches!(record, Record::Started(_))).count();
            let settled = folded.steps.values().filter(|state| matches!(state, State::Done | State::Failed)).count();
            assert_eq!(started, settled + folded.open.len(), "cut at {cut}");
            for OpenIntent { intent, accepted, unknown } in &folded.open {
                let state = folded.steps[&intent.step];
                assert_eq!(accepted.is_some() && unknown.is_none(), state == State::Accepted);
                assert_eq!(unknown.is_some(), state == State::Unknown);
            }
            // Nothing that is owned is lost: an object leaves the ledger by a record of its own only.
            for (address, row) in &run.before.rows {
                let gone = records.iter().any(|record| match record {
                    Record::Done { effect: Effect::Remove(left, _) | Effect::Put(left, _), .. } => left == address,
                    Record::Done { effect: Effect::Rename { from, .. }, .. } => from == address,
                    _ => false,
                });
                let row = followed(row, records);
                assert!(gone || folded.ledger.rows.get(address) == Some(&row), "{address} is lost by a cut at {cut}");
            }
        }
    });
}

#[test]
fn folding_again_changes_nothing() {
    for_seeds(60, |random| {
        let run = Run::new(random);
        let cut = random.below(run.records.len() + 1);
        let whole = fold(run.before.clone(), &run.records).unwrap();
        let Folded { ledger, .. } = fold(run.before.clone(), &run.records[..cut]).unwrap();
        assert_eq!(fold(ledger, &run.records).unwrap(), whole, "what was folded up to {cut} and saved is folded again");
        assert_eq!(fold(whole.ledger.clone(), &run.records).unwrap(), whole);
    });
}

#[test]
fn a_whole_fold_is_the_same_as_every_effect_by_itself() {
    for_seeds(60, |random| {
        let run = Run::new(random);
        let folded = fold(run.before.clone(), &run.records).unwrap();
        let mut ledger = run.before.clone();
        run.records.iter().for_each(|record| enter(&mut ledger, record));
        assert_eq!(folded.ledger, ledger);
        assert_eq!(
            (folded.run.as_deref(), folded.plan.as_deref(), folded.ended),
            (Some("run-1"), Some("sha256:1"), true)
        );
    });
}

#[test]
fn generations_are_never_given_out_twice() {
    for_seeds(60, |random| {
        let run = Run::new(random);
        let after = fold(run.before.clone(), &run.records).unwrap().ledger;
        for (address, row) in &run.before.rows {
            assert!(after.next_generation(address) > row.generation, "{address}");
        }
    });
}

#[test]
fn an_address_that_a_row_left_starts_above_its_generation() {
    let world = World::small(&[(0, &[])]);
    let (from, to) = (crate::samples::address(0), crate::samples::address(3));
    let mut row = world.ledger.rows[&from].clone();
    row.generation = 4;
    let mut ledger = world.ledger;
    apply(&mut ledger, &Effect::Rename { from: from.clone(), to: to.clone(), row: row.into() });
    assert_eq!((ledger.next_generation(&from), ledger.next_generation(&to)), (5, 5));
    assert!(!ledger.rows.contains_key(&from));
}

#[test]
fn what_stands_on_an_address_follows_it() {
    // The rows of r5 and r2 are written later, or not at all when the run is cut off.
    let mut world = World::small(&[(0, &[]), (5, &[0])]);
    world.depose(2, &[0], &[5]);
    let address = crate::samples::address;
    let rename = |from: usize, to: usize, row: &Row| Effect::Rename {
        from: address(from),
        to: address(to),
        row: Box::new(row.clone()),
    };
    let moves = [rename(0, 3, &world.ledger.rows[&address(0)]), rename(5, 8, &world.ledger.rows[&address(5)])];
    let mut ledger = world.ledger;
    for (effect, times) in moves.iter().flat_map(|effect| [(effect, 1), (effect, 2)]) {
        apply(&mut ledger, effect);
        assert_eq!(ledger.rows[&address(2)].deposed[0].depends_on, [address(3)], "done {times} times");
    }
    assert_eq!(ledger.rows[&address(2)].depends_on, [address(8)]);
    // One row moves away and another one moves in: told again, what stands on that one stays with it.
    let moves = [rename(3, 6, &ledger.rows[&address(3)]), rename(8, 3, &ledger.rows[&address(8)])];
    for effect in moves.iter().chain(&moves) {
        apply(&mut ledger, effect);
    }
    assert_eq!(ledger.rows[&address(2)].deposed[0].depends_on, [address(6)]);
    assert_eq!(ledger.rows[&address(2)].depends_on, [address(3)]);
    assert_eq!(ledger.rows.keys().cloned().collect::<Vec<_>>(), [address(3), address(6), address(2)]);
}

#[test]
fn an_empty_ledger_is_bound_to_no_place() {
    let world = World::small(&[(0, &[])]);
    let steps = [crate::samples::address(0)].map(|address| Effect::Remove(address, 1));
    let mut records = vec![begun(&world)];
    for effect in steps {
        let Effect::Remove(address, generation) = &effect else { panic!() };
        let step = Step { address: address.clone(), generation: *generation, ..world_step() };
        records.push(Record::Started(intent(&step, None)));
        records.push(Record::Done { step: 1, effect });
    }
    let before_end = fold(world.ledger.clone(), &records).unwrap();
    assert!(!before_end.ledger.places.is_empty() && !before_end.ended);
    records.push(Record::Ended);
    let ledger = fold(world.ledger, &records).unwrap().ledger;
    assert!(ledger.places.is_empty() && ledger.providers.is_empty() && ledger.schemas.is_empty());
}

fn world_step() -> Step {
    let mut world = World::small(&[]);
    world.decide_one(0, crate::plan::Action::Create, &[]);
    world.steps().remove(0)
}

#[test]
fn records_that_cannot_follow_are_named() {
    let done = Record::Done { step: 4, effect: Effect::Remove(crate::samples::address(0), 1) };
    let error = next(State::Done, &done).unwrap_err();
    assert_eq!(error.to_string(), "the journal is damaged: step 4: done cannot be followed by `done`");
    let error = fold(World::small(&[]).ledger, &[done]).unwrap_err();
    assert_eq!(error, IllegalTransition { step: Some(4), from: "a run that has not begun", record: "done" });
    let begun = begun(&World::small(&[]));
    let twice = fold(World::small(&[]).ledger, &[begun.clone(), begun.clone()]).unwrap_err();
    assert_eq!(twice.to_string(), "the journal is damaged: a run that has begun cannot be followed by `begun`");
    fold(World::small(&[]).ledger, &[begun, Record::Ended, Record::Ended]).unwrap_err();
}

#[test]
fn a_step_is_done_once() {
    // Every walk through the transitions reaches `done` at most once, and nothing follows it.
    let records = |step| {
        let started = Record::Started(Intent { step, ..intent(&world_step(), None) });
        let effect = Effect::Remove(crate::samples::address(0), 1);
        let failed = Record::Failed { step, message: "no".into(), effect: None };
        [
            started,
            Record::Accepted { step, id: "a".into() },
            Record::Done { step, effect },
            failed,
            Record::Unknown { step, message: "lost".into() },
        ]
    };
    for_seeds(200, |random| {
        let records = records(1);
        let mut state = State::Planned;
        for _ in 0..12 {
            let record = random.pick(&records);
            match next(state, record) {
                Ok(to) => {
                    assert_ne!(state, State::Done);
                    assert!(state != State::Planned || to == State::Started, "nothing comes before the intent");
                    state = to;
                }
                Err(error) => assert_eq!(error.step, Some(1)),
            }
        }
    });
}

#[test]
fn segments_come_back() {
    for_seeds(40, |random| {
        let run = Run::new(random);
        let bytes = write(&run.records, "nonce-1");
        let segment = read(&bytes).unwrap();
        assert_eq!((segment.nonce.as_str(), segment.cut), ("nonce-1", None));
        assert_eq!(segment.records, run.records);
        assert_eq!(write(&segment.records, "nonce-1"), bytes, "the same records have the same bytes");
    });
}

#[test]
fn a_segment_cut_anywhere_keeps_its_whole_lines() {
    let run = Run::new(&mut Random::new(5));
    let bytes = write(&run.records, "n");
    for length in 0..bytes.len() {
        let Segment { records, cut, nonce: _ } = read(&bytes[..length]).unwrap();
        let whole = bytes[..length].iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(records, run.records[..records.len()], "cut at {length}");
        // A last line is taken when only its line end is missing.
        assert!(records.len() + 1 == whole || records.len() == whole || whole == 0, "cut at {length}");
        let ends_whole = bytes[..length].last() == Some(&b'\n') || records.len() == whole && whole > 0;
        assert_eq!(
            cut.is_none(),
            ends_whole || length == bytes.iter().position(|&b| b == b'\n').unwrap(),
            "cut at {length}"
        );
    }
}

#[test]
fn damaged_segments_are_refused_or_folded() {
    for_seeds(400, |random| {
        let run = Run::new(random);
        if let Ok(segment) = read(&damaged(random, &write(&run.records, "n"))) {
            let _folded = fold(run.before, &segment.records);
        }
    });
}

#[test]
fn damage_names_its_line() {
    let run = Run::new(&mut Random::new(5));
    let text = String::from_utf8(write(&run.records, "n")).unwrap();
    let error = read(text.replacen("\"started\"", "\"begonnen\"", 1).as_bytes()).unwrap_err();
    let line = 1 + text.lines().position(|line| line.contains("\"started\"")).unwrap();
    assert!(error.to_string().starts_with(&format!("line {line} of the journal's segment makes no sense")), "{error}");
    assert_eq!(read(b"{\"format\":9,\"shards\":1}\n").unwrap_err(), ReadError::NewerFormat { format: 9 });
    for damage in ["\n", "{}\n", "{\"format\":0,\"nonce\":\"\"}\n", "{\"format\":1,\"nonce\":\"\"}\n\n"] {
        assert!(matches!(read(damage.as_bytes()), Err(ReadError::Malformed { .. })), "{damage:?}");
    }
}
