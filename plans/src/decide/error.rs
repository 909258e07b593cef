//! Why no plan can be made.

use crate::graph::GraphError;
use crate::value::{Address, Map, Name, Value};

/// Why no plan can be made: something in the stack, the ledger or the options that a person has to change first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The declared resources form no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The ledger is that of another stack or environment.
    #[error("the ledger is that of {ledger}, and the stack is {stack}")]
    OtherStack {
        /// The stack and environment of the ledger.
        ledger: Name,
        /// Those that were compiled.
        stack: Name,
    },
    /// A provider instance leads elsewhere than when its objects were made.
    #[error("provider `{provider}` leads to {now}, and the ledger's objects are in {before}")]
    OtherPlace {
        /// The instance.
        provider: Name,
        /// Where the ledger says it was.
        before: Name,
        /// Where it is.
        now: Name,
    },
    /// A test needs what is not there.
    #[error("`{test}` tests `{needs}`, which is not there")]
    NotApplied {
        /// The test.
        test: Address,
        /// What it needs.
        needs: Address,
        /// Whether that is a test as well.
        is_test: bool,
        /// Where the test was declared.
        at: Option<Name>,
    },
    /// A resource names a provider instance that the stack does not configure.
    #[error("`{address}` is in provider `{provider}`, which the stack does not configure")]
    UnknownProvider {
        /// The resource.
        address: Address,
        /// The instance that it names.
        provider: Name,
        /// The one that it may have been meant to be.
        nearest: Option<Name>,
        /// Where it was declared.
        at: Option<Name>,
    },
    /// Nobody says what is true of a kind.
    #[error("there is no schema of the kind `{kind}` of `{address}`")]
    MissingSchema {
        /// The resource.
        address: Address,
        /// Its kind.
        kind: Name,
    },
    /// A row was written by a newer version of the kind.
    #[error("the ledger's row of `{address}` has schema version {row}; this version of flashinfra knows {schema}")]
    NewerRow {
        /// The resource.
        address: Address,
        /// The row's schema version.
        row: u32,
        /// The kind's schema version.
        schema: u32,
    },
    /// The stack sets, refers to or ignores an attribute that its kind does not have.
    #[error("`{address}` has no attribute `{attribute}`, which {user}")]
    UnknownAttribute {
        /// The resource that does not have it.
        address: Address,
        /// The attribute.
        attribute: Name,
        /// Who wants it, as the end of the sentence: `` `aws.subnet/a` refers to ``.
        user: String,
        /// The attribute that it may have been meant to be.
        nearest: Option<Name>,
        /// Where the one that wants it was declared.
        at: Option<Name>,
    },
    /// The stack sets what only the provider sets.
    #[error("`{attribute}` of `{address}` is set by the provider only")]
    SetByProvider {
        /// The resource.
        address: Address,
        /// The attribute.
        attribute: Name,
        /// Where it was declared.
        at: Option<Name>,
    },
    /// A secret stands in clear in the compiled stack.
    #[error("`{attribute}` of `{address}` is a secret and stands in clear in the compiled stack")]
    SecretInClear {
        /// The resource.
        address: Address,
        /// The attribute.
        attribute: Name,
        /// Where it was declared.
        at: Option<Name>,
    },
    /// Two resources want the same name in the same place.
    #[error("`{first}` and `{second}` are both named `{name}`")]
    SameName {
        /// The one.
        first: Address,
        /// The other.
        second: Address,
        /// The name.
        name: Name,
        /// Where the other was declared.
        at: Option<Name>,
    },
    /// Two resources want the same key of the same parent.
    #[error("`{first}` and `{second}` are both {key}")]
    SameKey {
        /// The one.
        first: Address,
        /// The other.
        second: Address,
        /// What names an object inside its parent: `` `cidr` 10.0.0.0/8 and `port` 443 ``.
        key: String,
        /// Where the other was declared.
        at: Option<Name>,
    },
    /// A resource is said to have moved from an address that is declared as well.
    #[error("`{to}` is moved from `{from}`, which is declared as well")]
    MovedFromDeclared {
        /// The resource.
        to: Address,
        /// Where it is said to have been.
        from: Address,
        /// Where the resource was declared.
        at: Option<Name>,
    },
    /// Two resources are said to have moved from the same address.
    #[error("`{first}` and `{second}` are both moved from `{from}`")]
    MovedTwice {
        /// Where both are said to have been.
        from: Address,
        /// The one.
        first: Address,
        /// The other.
        second: Address,
        /// Where the other was declared.
        at: Option<Name>,
    },
    /// A resource is said to have been of another kind.
    #[error("`{to}` is moved from `{from}`, which is another kind")]
    MovedKind {
        /// The resource.
        to: Address,
        /// Where it is said to have been.
        from: Address,
        /// Where the resource was declared.
        at: Option<Name>,
    },
    /// Create-before-delete needs two objects at once, and their names are the same.
    #[error("`{address}` cannot be created before its old object is deleted: both are named `{name}`{}", asked_by(.because))]
    CreateBeforeDelete {
        /// The resource.
        address: Address,
        /// The name.
        name: Name,
        /// The attribute that says it.
        attribute: Name,
        /// The dependent that asks for create-before-delete; none when it is the resource itself.
        because: Option<Address>,
        /// Where the resource was declared.
        at: Option<Name>,
    },
    /// Create-before-delete, or a restore, would have two of what configures a provider at once.
    #[error("`{address}` configures provider `{provider}`, which can lead to one at a time: there cannot be two of it")]
    TwoPlaces {
        /// The resource.
        address: Address,
        /// The provider instance.
        provider: Name,
        /// Where the resource was declared.
        at: Option<Name>,
    },
    /// A value is put together with something that is not there.
    #[error("{what} is put together with `{path}` of `{from}`, which has no value")]
    Hole {
        /// What is put together, as the beginning of the sentence: `` `url` of `aws.subnet/a` ``.
        what: String,
        /// The resource that it refers to.
        from: Address,
        /// The attribute without a value.
        path: Name,
        /// Where it was declared.
        at: Option<Name>,
    },
    /// Lookups have no answer; never empty.
    #[error("{}", FailedLookup::told(.0))]
    LookupsFailed(Vec<FailedLookup>),
    /// A lookup asks for something that is not known before it is asked.
    #[error("`{attribute}` of the lookup `{address}` is made of what is known only later")]
    LookupNotKnown {
        /// The lookup.
        address: Address,
        /// What it asks.
        attribute: Name,
        /// Where it was declared.
        at: Option<Name>,
    },
    /// A lookup has the address of another lookup, or of a resource.
    #[error("`{address}` is a lookup, and is declared again")]
    LookupTwice {
        /// The address.
        address: Address,
        /// Where the lookup was declared.
        at: Option<Name>,
    },
    /// Something takes a part of an answer that is not there.
    #[error("{what} takes a part of `{path}` of the lookup `{lookup}` that is not there{}", of_answer(.answer))]
    NotInAnswer {
        /// What takes it, as the beginning of the sentence: `` `zone` of `aws.subnet/a` ``.
        what: String,
        /// The lookup.
        lookup: Address,
        /// What of its answer.
        path: Name,
        /// What it is; none when there is no such thing in the answer.
        answer: Option<Value>,
        /// Where that which takes it was declared.
        at: Option<Name>,
    },
    /// A published value refers to what is not declared.
    #[error("the output `{output}` refers to `{address}`, which is not declared")]
    UnknownInOutput {
        /// The output.
        output: Name,
        /// The address.
        address: Address,
        /// The one that it may have been meant to be.
        nearest: Option<Address>,
        /// Where the output was declared.
        at: Option<Name>,
    },
    /// An option names an address that there is not.
    #[error("`{option} {address}`: it is neither declared nor in the ledger")]
    UnknownTarget {
        /// `--target`, `--exclude` or `--replace`.
        option: &'static str,
        /// The address.
        address: Address,
        /// The one that it may have been meant to be.
        nearest: Option<Address>,
    },
    /// `--restore` names what cannot be restored.
    #[error("`--restore {address}`: {why}")]
    NotRestorable {
        /// The address.
        address: Address,
        /// Why not.
        why: String,
    },
    /// `--replace` names an address that is not declared.
    #[error("`--replace {address}`: it is not declared any more, so it is deleted anyway")]
    ReplaceUndeclared {
        /// The address.
        address: Address,
    },
}

impl PlanError {
    /// Where to look.
    pub fn at(&self) -> Option<&Name> {
        match self {
            Self::Graph(error) => error.at(),
            Self::LookupsFailed(failed) => failed.first().and_then(|failed| failed.at.as_ref()),
            Self::UnknownProvider { at, .. }
            | Self::UnknownAttribute { at, .. }
            | Self::SetByProvider { at, .. }
            | Self::SecretInClear { at, .. }
            | Self::SameName { at, .. }
            | Self::SameKey { at, .. }
            | Self::MovedFromDeclared { at, .. }
            | Self::MovedTwice { at, .. }
            | Self::MovedKind { at, .. }
            | Self::CreateBeforeDelete { at, .. }
            | Self::TwoPlaces { at, .. }
            | Self::UnknownInOutput { at, .. }
            | Self::LookupNotKnown { at, .. }
            | Self::LookupTwice { at, .. }
            | Self::NotInAnswer { at, .. }
            | Self::NotApplied { at, .. }
            | Self::Hole { at, .. } => at.as_ref(),
            Self::OtherStack { .. }
            | Self::OtherPlace { .. }
            | Self::MissingSchema { .. }
            | Self::NewerRow { .. }
            | Self::UnknownTarget { .. }
            | Self::NotRestorable { .. }
            | Self::ReplaceUndeclared { .. } => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Graph(error) => error.help(),
            Self::OtherStack { .. } => "name the ledger of this stack and environment".into(),
            Self::OtherPlace { provider, .. } => {
                format!(
                    "use the credentials and region of before, or a provider instance with another name than `{provider}`"
                )
            }
            Self::UnknownProvider { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownProvider { provider, .. } => format!("configure `{provider}` in the stack"),
            Self::MissingSchema { .. } => "compile the stack again, with the definitions that it uses".into(),
            Self::NewerRow { .. } => "use the version of flashinfra that wrote the row, or a newer one".into(),
            Self::UnknownAttribute { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownAttribute { address, .. } => {
                format!("`flashinfra explain {}` lists the attributes", address.kind())
            }
            Self::SetByProvider { .. } => "leave it out; other resources can refer to it".into(),
            Self::SecretInClear { .. } => {
                "take it from an environment variable or a file, with `Secret::env` or `Secret::file`".into()
            }
            Self::SameName { .. } => "a name stands for one object: give one of them another one".into(),
            Self::SameKey { .. } => "one key of one parent is declared once: take one of the two out".into(),
            Self::MovedFromDeclared { .. } => "take one of the two out: an object has one address".into(),
            Self::MovedTwice { .. } => "an object has one address: leave `moved_from` to one of them".into(),
            Self::MovedKind { .. } => {
                "an object cannot change its kind; leave `moved_from` out, and it is replaced".into()
            }
            Self::CreateBeforeDelete { attribute, .. } => {
                format!("let `{attribute}` change with what forces the replacement, or take create_before_delete out")
            }
            Self::TwoPlaces { .. } => "take create_before_delete out, or configure the provider by something else".into(),
            Self::UnknownTarget { nearest: Some(nearest), .. }
            | Self::UnknownInOutput { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownTarget { .. } => "`flashinfra ledger ls` and `flashinfra graph` list the addresses".into(),
            Self::Hole { path, .. } => format!("set `{path}` in the stack, or leave it out of what is put together"),
            Self::LookupsFailed(failed) => match failed.first() {
                Some(FailedLookup { reason: Some(_), .. }) => "mend what the reason says, and plan again".into(),
                Some(FailedLookup { address, reason: None, .. }) => format!(
                    "correct what is asked, or where: account and region count; `flashinfra explain {}` says what can be asked",
                    address.kind()
                ),
                None => "plan again".into(),
            },
            Self::LookupNotKnown { .. } => {
                "a lookup is asked before anything is made: pass what it asks as a parameter, or use the resource itself".into()
            }
            Self::LookupTwice { .. } => "give one of the two another name".into(),
            Self::NotInAnswer { lookup, .. } => {
                format!("take what there is; `flashinfra explain {}` lists what is answered", lookup.kind())
            }
            Self::UnknownInOutput { .. } => "declare it, or take the output out".into(),
            Self::NotRestorable { .. } => {
                "`flashinfra explain` lists the attributes of a kind: what can be restored has `restore_from`".into()
            }
            Self::ReplaceUndeclared { .. } => "leave the option out".into(),
            Self::NotApplied { is_test: true, .. } => "run both: a test may need another one that runs with it".into(),
            Self::NotApplied { .. } => "`flashinfra apply` makes it; tests run against what is applied".into(),
        }
    }
}

/// A lookup without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedLookup {
    /// The lookup.
    pub address: Address,
    /// What was asked.
    pub asked: Map,
    /// Why there is no answer; none when nothing was found.
    pub reason: Option<Name>,
    /// Where it was declared.
    pub at: Option<Name>,
}

impl FailedLookup {
    /// All of them, a line each. The place of the first is told beside them.
    fn told(failed: &[Self]) -> String {
        let one = |(index, Self { address, asked, reason, at }): (usize, &Self)| {
            let asked = if asked.is_empty() { String::new() } else { format!(", asked for {}", asked.to_json()) };
            let place = at.as_ref().filter(|_| index > 0).map_or_else(String::new, |at| format!(", at {at}"));
            match reason {
                Some(reason) => format!("the lookup `{address}` has no answer{asked}{place}: {reason}"),
                None => format!("the lookup `{address}` found nothing{asked}{place}"),
            }
        };
        failed.iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
    }
}

fn of_answer(answer: &Option<Value>) -> String {
    answer.as_ref().map_or_else(String::new, |answer| format!(": the answer is {}", answer.to_json()))
}

fn asked_by(dependent: &Option<Address>) -> String {
    dependent.as_ref().map_or_else(String::new, |dependent| format!(" (`{dependent}` asks for it)"))
}
