//! stub
pub mod json;
pub mod params;
pub mod schema;

pub use flashinfra_derive::Params;
pub use params::Params;
