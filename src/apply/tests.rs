//! Plan and apply together, in the sandbox.

mod crash;
mod gate;
mod happy;
mod interrupt;
mod limits;
mod stale;
mod trouble;
pub(super) mod world;
