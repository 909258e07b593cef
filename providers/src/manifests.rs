//! Resources written down for the tools of their own provider, by who does not want them applied from here.

use flashinfra_plans::{Address, Map, Name};
use flashinfra_stacks::schema::Schema;

/// A resource that is to be written down.
#[derive(Clone, Copy, Debug)]
pub struct ToWrite<'a> {
    /// Its address.
    pub address: &'a Address,
    /// What is true of its kind, as its stack says.
    pub schema: &'a Schema,
    /// Its attributes, all of them known; secrets stand there as references to their sources.
    pub attributes: &'a Map,
}

/// A resource as the tools of its provider take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its address.
    pub address: Address,
    /// What a file of it is called: in the order of these names, one can be given to the provider after the other.
    pub file: Name,
    /// What it is, for people: `Deployment shop/web`.
    pub title: Name,
    /// The text.
    pub body: Body,
}

/// What is written of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A document, which ends with a newline.
    Text(String),
    /// Nothing, since it holds secrets: which ones, as a sentence without a full stop.
    LeftOut(String),
}

/// Why a resource cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} cannot be written down: {why}")]
pub struct Unwritable {
    /// The resource.
    pub address: Address,
    /// Why, as a sentence without a full stop. It quotes no secret.
    pub why: String,
}
