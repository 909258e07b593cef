//! What `#[derive(Resource)]` and `#[derive(Block)]` implement, and what they expand to.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::address::Address;
use crate::draft::Draft;
use crate::input::{IntoList, IntoMap, List, Map};
use crate::needs::Needs;
use crate::schema::{Attribute, Schema};
use crate::value::Value;

/// A kind of resource: a struct with `#[derive(Resource)]`.
///
/// The struct is never built. It says which attributes there are; the derive makes a builder for setting them, a handle
/// whose methods are the outputs, and the [`Schema`]. The [derive](derive@crate::Resource) lists all that can be said.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # fn main() -> Result<(), Vec<flashinfra::Problem>> {
/// use std::collections::BTreeMap;
///
/// use flashinfra::{Block, Computed, Input, Resource, Secret, Stack, id_type};
///
/// id_type! {
///     /// The id of a queue.
///     pub QueueId;
/// }
///
/// /// A queue of messages.
/// #[derive(Resource)]
/// #[resource(kind = "acme.queue", identity = Named("name"), carrier = TagAtCreate, create_once = UniqueName, stateful)]
/// pub struct Queue {
///     /// The name, unique in the account.
///     #[attr(replace)]
///     pub name: Input<String>,
///     /// For how many days messages are kept.
///     #[attr(unset = Reset("4"))]
///     pub retention_days: Option<Input<i64>>,
///     /// What producers log in with.
///     pub password: Option<Secret<String>>,
///     /// Where messages go that nobody could handle.
///     pub dead_letters: Option<DeadLetters>,
///     /// Tags.
///     pub tags: Option<BTreeMap<String, Input<String>>>,
///     /// The id.
///     pub id: Computed<QueueId>,
/// }
///
/// /// Where messages of a [`Queue`] go that nobody could handle.
/// #[derive(Block)]
/// pub struct DeadLetters {
///     /// The other queue.
///     pub queue_id: Input<QueueId>,
///     /// After how many attempts.
///     pub attempts: Option<Input<i64>>,
/// }
///
/// let mut stack = Stack::new("shop", "production");
/// let dead = stack.add("dead", Queue::builder().name("orders-dead").retention_days(14));
/// let orders = Queue::builder().name("orders").dead_letters(DeadLetters::builder().queue_id(dead.id()));
/// stack.add("orders", orders.password(Secret::env("QUEUE_PASSWORD")));
/// # stack.compile().map(drop)
/// # }
/// ```
pub trait Resource {
    /// What the engine knows about the kind.
    const SCHEMA: &'static Schema;

    /// What [`Stack::add`](crate::Stack::add) returns: a method for each attribute that others can refer to.
    type Handle: Handle;
}

/// A nested block: a struct with `#[derive(Block)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a block",
    label = "write `Input<{Self}>` for a single value, or derive `Block` for `{Self}`"
)]
pub trait Block {
    /// Its attributes.
    const ATTRIBUTES: &'static [Attribute];
}

/// A declared resource, as others refer to it. It holds the address only: cheap to clone, and the stack stays free.
pub trait Handle: AsRef<Address> {
    /// Its address.
    fn address(&self) -> &Address {
        self.as_ref()
    }

    /// The handle of an address: for generated code.
    #[doc(hidden)]
    fn at(address: Address) -> Self
    where
        Self: Sized;
}

/// What `depends_on` of a builder takes: the handle of one resource, several handles of a kind, or a pair of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a declared resource",
    label = "the handle that `stack.add` returned is needed here, as in `&vpc` or `&subnets`"
)]
pub trait Dependencies {
    /// Calls `take` with each address.
    #[doc(hidden)]
    fn each(&self, take: &mut dyn FnMut(&Address));
}

#[diagnostic::do_not_recommend]
impl<H: Handle> Dependencies for &H {
    fn each(&self, take: &mut dyn FnMut(&Address)) {
        take(self.address());
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handle> Dependencies for &[H] {
    fn each(&self, take: &mut dyn FnMut(&Address)) {
        self.iter().for_each(|handle| take(handle.address()));
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handle> Dependencies for &Vec<H> {
    fn each(&self, take: &mut dyn FnMut(&Address)) {
        self.as_slice().each(take);
    }
}

#[diagnostic::do_not_recommend]
impl<A: Dependencies, B: Dependencies> Dependencies for (A, B) {
    fn each(&self, take: &mut dyn FnMut(&Address)) {
        self.0.each(take);
        self.1.each(take);
    }
}

/// A builder on which every required attribute is set: what [`Stack::add`](crate::Stack::add) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the builder of a resource",
    label = "a builder is needed here, as in `aws::Vpc::builder()`"
)]
pub trait IntoResource {
    /// The kind.
    type Resource: Resource;

    /// What the engine knows about the kind. One builder can stand for many kinds, which are told apart by what it was given.
    #[doc(hidden)]
    fn schema(&self) -> &'static Schema {
        Self::Resource::SCHEMA
    }

    /// What finds what such resources need and do not refer to, once all are declared. The same for all kinds of a provider.
    #[doc(hidden)]
    fn needs(&self) -> Option<Needs> {
        None
    }

    /// What was set: for generated code.
    #[doc(hidden)]
    fn into_draft(self) -> Draft;
}

/// A block's builder on which every required attribute is set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this attribute takes `{B}` blocks",
    label = "a builder is needed here: `{B}::builder()`"
)]
pub trait IntoBlock<B> {
    /// What was set: for generated code.
    #[doc(hidden)]
    fn into_draft(self) -> Draft;
}

/// What fits an attribute of several blocks: anything to iterate over whose items fit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this attribute takes a list of `{B}` blocks",
    label = "a list is needed here, as in `[{B}::builder()]`"
)]
pub trait IntoBlocks<B> {
    /// What was set, block by block.
    #[doc(hidden)]
    fn into_drafts(self) -> impl Iterator<Item = Draft>;
}

impl<B, I> IntoBlocks<B> for I
where
    I: IntoIterator,
    I::Item: IntoBlock<B>,
{
    fn into_drafts(self) -> impl Iterator<Item = Draft> {
        self.into_iter().map(IntoBlock::into_draft)
    }
}

/// No entry at all, for a list or map whose entries `[]` leaves unknown to the compiler: `.egress(Empty)`.
///
/// Leaving the attribute out is something else: then the stack does not own it.
#[derive(Clone, Copy)]
pub struct Empty;

#[diagnostic::do_not_recommend]
impl<B> IntoBlocks<B> for Empty {
    fn into_drafts(self) -> impl Iterator<Item = Draft> {
        std::iter::empty()
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoList<T> for Empty {
    fn into_list(self) -> List<T> {
        List::new(Value::List(Vec::new()))
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoMap<T> for Empty {
    fn into_map(self) -> Map<T> {
        Map::new(Value::Map(BTreeMap::new()))
    }
}

/// An attribute that only the provider sets: an id, an endpoint. It has no setter, and a method on the handle.
pub struct Computed<T>(PhantomData<fn() -> T>);

/// The attribute is set: the state of a builder.
#[derive(Clone, Copy)]
pub struct Set;

/// The attribute is not set yet: the state of a builder.
#[derive(Clone, Copy)]
pub struct Missing;

/// A required attribute that is not set yet.
#[diagnostic::on_unimplemented(message = "this attribute is set twice", label = "it is set further up already")]
pub trait NotSet {}

impl NotSet for Missing {}
