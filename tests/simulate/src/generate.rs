//! A scenario from a seed. Everything is drawn for its own purpose, so that one resource or fault more moves none of the others.

mod resources;
mod stacks;
mod trouble;

use crate::random::Random;
use crate::scenario::{Edit, Rule, Scenario};

/// How many times people change their minds at most.
const EDITS_MAX: u64 = 5;

/// The scenario of a seed.
pub fn generate(seed: u64) -> Scenario {
    let count = Random::of(seed, &["edits"]).between(2, EDITS_MAX);
    let ends_with_destroy = Random::of(seed, &["destroy"]).percent(15);
    let edits = stacks::stacks(seed, count).into_iter().enumerate().map(|(index, stack)| {
        let is_destroy = ends_with_destroy && index as u64 + 1 == count;
        let turns = trouble::turns(seed, index as u64);
        Edit { stack: (!is_destroy).then_some(stack), turns }
    });
    Scenario { seed, rules: rules(seed), edits: edits.collect(), faults: trouble::faults(seed) }
}

/// How this world differs from what the schemas say.
fn rules(seed: u64) -> Vec<Rule> {
    let fixed = [("sim.bucket", "class"), ("sim.host", "size"), ("sim.cluster", "version"), ("sim.disk", "size_gb")];
    let filled = [("sim.net", "comment", "none"), ("sim.bucket", "class", "standard"), ("sim.host", "zone", "z9")];
    let holds = |kind: &str, name: &str| Random::of(seed, &["rule", kind, name]).percent(25);
    let fixed = fixed.into_iter().filter(|(kind, name)| holds(kind, name));
    let filled = filled.into_iter().filter(|(kind, name, _)| holds(kind, &format!("{name} filled")));
    let fixed = fixed.map(|(kind, name)| Rule::Immutable(kind.into(), name.into()));
    fixed.chain(filled.map(|(kind, name, value)| Rule::Default(kind.into(), name.into(), value.into()))).collect()
}

#[cfg(test)]
mod tests {
    use super::generate;
    use crate::scenario::Scenario;

    #[test]
    fn a_seed_gives_the_same_scenario_and_its_text_gives_it_back() {
        for seed in 0..200 {
            let scenario = generate(seed);
            assert_eq!(scenario, generate(seed));
            let text = scenario.to_string();
            assert_eq!(text.parse::<Scenario>().as_ref(), Ok(&scenario), "{text}");
        }
    }
}
