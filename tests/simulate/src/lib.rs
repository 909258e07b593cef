//! The simulator: the whole engine in virtual time, in a world with rules of its own, from a seed.
//!
//! ```text
//! seed ─→ generate ─→ Scenario ─→ drive ─→ the engine: plan, bytes, apply ─→ ledgers' store (store)
//!                        ↑   │      │                                     └→ services (world)
//!                shrink ─┘   │      └─ people, who answer what it says       │
//!                            └─ text, which can be kept and replayed         └─ oracle: what must hold, judged by the truth
//! ```
//!
//! The engine is real from the plan on: it plans and applies through its ports, as the command does. The services are not those
//! of the sandbox: what they do is written down apart from the schemas ([`world`]), and an object's truth is kept beside what is
//! shown of it. So the simulator does not ask the engine whether all is well; it looks.

mod campaign;
mod drive;
mod generate;
mod kinds;
mod process;
mod random;
pub mod scenario;
mod shrink;
mod store;
mod subject;
mod world;

pub use campaign::{Summary, campaign, outcome};
pub use drive::{Outcome, run, run_with};
pub use generate::generate;
pub use scenario::Scenario;
pub use shrink::shrink;
pub use subject::{Between, Services, Subject};
pub use world::{Invariant, Violation};
