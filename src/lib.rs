//! stub

#[cfg(feature = "engine")]
pub mod apply;
#[cfg(feature = "engine")]
pub mod error;
#[cfg(feature = "engine")]
pub mod ledgers;
