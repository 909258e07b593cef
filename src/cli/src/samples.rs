//! Made-up parts of plans, for tests.

use flashinfra_plans::plan::Act;
use flashinfra_plans::{Address, Map, Step};

/// A step with nothing in it but what it does to what.
pub(crate) fn step(id: u32, act: Act, on: &str) -> Step {
    Step {
        id,
        act,
        address: Address::parse(on).unwrap(),
        generation: 1,
        provider: "test".into(),
        object: None,
        inputs: Map::default(),
        changed: Vec::new(),
        before: Map::default(),
        when: None,
        expects: None,
        watched: Vec::new(),
        relies_on: Vec::new(),
        after: Vec::new(),
        row: None,
        typical_seconds: 1,
        timeout_seconds: 600,
    }
}
