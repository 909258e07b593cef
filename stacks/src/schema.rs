//! What is true of a kind and of each of its attributes, as static data.
//!
//! A [`Schema`] is what the planner knows about a kind: nothing about AWS or Kubernetes is written in the planner itself.
//! `#[derive(Resource)]` builds one as a constant, so that declaring a resource allocates none of it; a schema that was
//! read from a compiled stack or a ledger owns its text instead, hence the [`Cow`]s.
//!
//! The rules behind each field are told in the project's `docs/invariants.md`.

use std::borrow::Cow;

/// Text that is static in a definition and owned once it was read from a file.
pub type Text = Cow<'static, str>;

/// A list that is static in a definition and owned once it was read from a file.
pub type Items<T> = Cow<'static, [T]>;

/// All that the engine knows about one kind of resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The kind, `provider.resource` in snake case: `aws.db_instance`.
    pub kind: Text,
    /// Rises when a row written under the old version needs to be rewritten to be understood; [`Self::upgrades`] say how.
    pub version: u32,
    /// The documentation of the kind, in Markdown.
    pub doc: Text,
    /// What names an object of this kind.
    pub identity: Identity,
    /// Where the owner mark is kept on the live object.
    pub carrier: Carrier,
    /// What keeps a repeated create from making a second object.
    pub create_once: CreateOnce,
    /// Whether deleting the object loses data. Stateful resources are protected unless told otherwise.
    pub stateful: bool,
    /// Whether a controller keeps working towards what was asked for (Kubernetes), so that an object takes changes in any phase:
    /// one that is busy or has failed is compared and changed like any other, neither refused nor replaced, and only a step of
    /// ours waits until it is ready.
    pub reconciled: bool,
    /// Whether an object works until it is done (a Job), and may be deleted in the middle of that: one that nobody waits for any more
    /// is in nobody's way.
    pub ends: bool,
    /// For how long after our own write the service may still answer with the state before it, in seconds.
    pub settle_seconds: u32,
    /// When the engine gives up on waiting, in seconds.
    pub timeouts: Seconds,
    /// How long the service usually takes, in seconds; what a plan's estimate is made of.
    pub typical: Seconds,
    /// Error codes that say "not yet" (IAM that has not spread, a dependency still going), to be retried within the timeout.
    /// Where a service uses one code for many things: the code, a colon, and a part of the message.
    pub wait_codes: Items<Text>,
    /// How rows of former versions are understood.
    pub upgrades: Items<Upgrade>,
    /// The attributes, in the order in which they are declared.
    pub attributes: Items<Attribute>,
}

/// What changed about an attribute when the kind's schema rose to a version. It is data, so that a row can be understood by
/// whoever has the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The version since which it is so.
    pub since: u32,
    /// The attribute at the top level, as it is called now; of one that was dropped, as it was called.
    pub attribute: Text,
    /// What changed.
    pub change: Rewrite,
}

/// What changed about an attribute in its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// It was called this before.
    RenamedFrom(Text),
    /// These texts were written like that before: pairs of before and now. Those in a list count one by one.
    Respelled(Items<(Text, Text)>),
    /// It is an attribute no more.
    Dropped,
}

/// What names an object of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The service makes the id up when it creates the object: a VPC.
    Assigned,
    /// The stack chooses the name, in this attribute, and no two objects of the place have the same: a DB instance.
    Named(Text),
    /// The stack chooses these attributes, and no two objects of the place have all of them the same: zone, name and type of a
    /// DNS record. The id is their values with slashes between; optional ones that are unset are left out.
    Composed(Items<Text>),
}

/// Where the owner mark (stack, address, generation) is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A tag that is sent with the create itself.
    TagAtCreate,
    /// A tag that is written by a second call; the open intent covers the gap.
    TagAfterCreate,
    /// A label (GCP, Kubernetes).
    Label,
    /// A line in the object's description.
    Description,
    /// A name that is computed from the mark.
    Name,
    /// A key inside a parent object.
    KeyInParent,
    /// Nowhere: only the ledger knows. `recover` lists such objects as needing `adopt`.
    None,
}

/// What keeps a repeated create from making a second object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateOnce {
    /// The create takes a client token: sending it again answers with the first object.
    Token,
    /// The name is unique: sending it again is refused as "already exists".
    UniqueName,
    /// Neither: after an unanswered create the engine searches by owner mark before it creates again.
    Neither,
}

/// Three durations of a kind, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds {
    /// To create.
    pub create: u32,
    /// To update in place.
    pub update: u32,
    /// To delete.
    pub delete: u32,
}

/// One attribute of a kind, or of a block inside a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in snake case, the provider's own term: `cidr_block`.
    pub name: Text,
    /// Its documentation, in Markdown.
    pub doc: Text,
    /// What values it takes.
    pub shape: Shape,
    /// Who gives it its value.
    pub set_by: SetBy,
    /// How far the declared value binds.
    pub mode: Mode,
    /// When two values are the same.
    pub compare: Compare,
    /// What a change of it takes.
    pub change: Change,
    /// For lists, sets and maps: whether entries that are not ours are left alone.
    pub collection: Collection,
    /// What happens when the stack stops setting it.
    pub unset: Unset,
    /// Whether the value is a secret: it may only come from a `Secret`, and is compared by version.
    pub secret: bool,
    /// Whether it is only used when the object is deleted (a final snapshot's name): never compared with live,
    /// kept in the ledger so that a row is enough to delete its object.
    pub delete_argument: bool,
    /// Whether the service refuses to delete the object while this is true (`deletion_protection`): a delete then
    /// plans an update to false first, as a step of its own.
    pub delete_guard: bool,
    /// For attributes that the provider sets: when the value can change.
    pub stability: Stability,
}

/// What values an attribute takes: a container of elements. Deeper nesting goes through blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// One value, or a list, set or map of them.
    pub container: Container,
    /// What is inside.
    pub element: Element,
}

/// How many values, and whether their order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// One value.
    One,
    /// A list: the order counts.
    List,
    /// A set: written as a list, the order does not count.
    Set,
    /// A map from text.
    Map,
}

/// The type of a single value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// True or false.
    Bool,
    /// A whole number, 64 bits.
    Integer,
    /// Text. The name of its Rust type where that says more: `VpcId`, `Cidr`; empty for plain text.
    Text(Text),
    /// A nested block with attributes of its own.
    Block(Items<Attribute>),
    /// Any JSON without floats: for what is not modelled.
    Any,
    /// A structured value that others write parts of (the `spec` of a Kubernetes object). Ours are the fields that are declared or
    /// were last applied; all others, defaults among them, are nobody's business. What is true of some fields beyond their being
    /// JSON is told by their paths. In a map each value is one.
    Document(Items<Field>),
}

/// What is true of some fields of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where they are, from the top of the document: names with dots between them, `[]` for the entries of a list, `*` for any
    /// name: `containers[].resources.limits.*`. Empty for the document itself.
    pub path: Text,
    /// What is true of them.
    pub rule: FieldRule,
}

/// What is true of a field of a document. Of what nothing is said, maps are compared by key and lists by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRule {
    /// A list whose entries have names, made of these parts of theirs: an entry of others is left alone, and the order does not
    /// count. A part with a default may be left out: `protocol=TCP`.
    KeyedBy(Items<Text>),
    /// A list of texts whose order does not count; those of others are left alone.
    Set,
    /// When two values are the same.
    Compare(Compare),
    /// It cannot be changed in place.
    Replace,
    /// It is left to a controller for as long as one writes it, and released when it is no longer declared. The attribute of this
    /// name, set by the provider, is a map from paths to the controllers that write them.
    YieldTo(Text),
    /// Of the document itself: the attribute of this name, set by the provider, is a map from paths to who else writes them.
    WrittenBy(Text),
    /// Of the document itself: the attribute of this name lists paths that are taken from whoever writes them. Others, of which
    /// nothing was applied yet, are refused as contested.
    ForcedBy(Text),
}

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The stack, always. Leaving it out does not compile.
    Required,
    /// The stack, if it wants to. When unset, the provider has no value either, or a constant default.
    Optional,
    /// The stack, and when it does not, the provider chooses (an availability zone): absent from a diff unless declared.
    Either,
    /// The provider only: an id, an ARN, an endpoint.
    Provider,
}

/// How far a declared value binds the live one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Live must equal declared.
    Enforce,
    /// Sent at create, afterwards only reported.
    Initial,
    /// Live may be larger (storage that grows by itself).
    AtLeast,
    /// Live may be more precise: `15.7` satisfies `15`.
    Prefix,
    /// A named controller writes it (an autoscaler): reported, not changed.
    YieldTo(Text),
    /// Sent, and never readable again. Compared with last applied only.
    WriteOnly,
}

/// When two values of an attribute count as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// When they are equal.
    Exact,
    /// When they are equal but for the case of ASCII letters.
    IgnoreCase,
    /// When they name the same IP range.
    Cidr,
    /// When they are the same JSON document, whatever the white space and the order of keys (a policy).
    Json,
    /// When they are the same domain name: whatever the case, with or without the dot at the end, and however its bytes are
    /// escaped (`\\052` is `*`).
    DomainName,
    /// When they are the same amount of something, as Kubernetes writes amounts: `0.5` and `500m`, `1024Mi` and `1Gi`.
    Quantity,
    /// When they are equally long, as Go writes durations: `1h` and `60m0s`.
    Duration,
}

/// What a change of an attribute takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An update in place.
    Update,
    /// A new object. What is taken away with [`Unset::Clear`] is taken away in place (a read replica is promoted).
    Replace,
    /// An update in place as long as the live object has no value; after that a new object (an internet gateway is attached to
    /// its VPC by a call of its own). So what was made without it is completed and not thrown away.
    Once,
}

/// For lists, sets and maps: whose entries count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// The whole value is ours; a foreign entry is drift, and removing it is a reviewed line.
    Exclusive,
    /// Only entries that are declared or were last applied are ours; foreign ones are shown and left alone.
    Keyed,
}

/// What happens on the live object when the stack stops setting an attribute. It never causes a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unset {
    /// It keeps its value and we stop owning it: one line in the plan, no call.
    Release,
    /// It is set back to this literal, written as JSON (`"0"`, `false`), the service's documented default.
    Reset(Text),
    /// It is removed or emptied.
    Clear,
}

/// When a value that the provider sets can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Never, as long as the object lives: an ARN.
    Fixed,
    /// Only when one of these attributes changes; then it is unknown until the update is done.
    ChangesWith(Items<Text>),
}

impl Schema {
    /// The attribute of this name, at the top level.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The attributes that name an object of this kind; none when the service makes an id up.
    pub fn named_by(&self) -> &[Text] {
        match &self.identity {
            Identity::Assigned => &[],
            Identity::Named(attribute) => std::slice::from_ref(attribute),
            Identity::Composed(attributes) => attributes,
        }
    }

    /// The provider that the kind belongs to: `aws` of `aws.vpc`.
    pub fn provider(&self) -> &str {
        provider_of(&self.kind)
    }
}

/// The provider of a kind: what stands before its first dot.
pub fn provider_of(kind: &str) -> &str {
    kind.split_once('.').map_or(kind, |(provider, _)| provider)
}
