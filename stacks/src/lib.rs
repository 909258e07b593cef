//! stub
pub mod schema;
