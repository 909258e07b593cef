//! Plan and apply together, in the sandbox.

mod adopted;
mod basis;
mod beside;
mod bound;
mod by_hand;
mod crash;
mod doubles;
mod down;
mod gate;
mod happy;
mod interrupt;
mod last_lines;
mod limits;
mod lookups;
mod recover;
mod replace;
mod resume;
mod revisions;
mod served;
mod stale;
mod store;
mod testing;
mod told;
mod trouble;
mod walk;
mod within;
pub(super) mod world;
