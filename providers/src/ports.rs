//! The two ports.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::live::Question;
use flashinfra_plans::rehearsal::{Rehearsal, Rehearsed};
use flashinfra_plans::{Address, Live, Map, Name, Object, OwnerMark, Place, Value};

use crate::condition::Condition;
use crate::error::Error;
use crate::installed::{Installed, ReleaseOf};
use crate::logs::{LogSink, Logs};
use crate::measure::Measure;
use crate::operate::{self, Operable, Operate};
use crate::sensitive::Sensitive;

/// The attribute, set by the provider, in which a kind may say of an object that is not ready why that is, as a sentence for people. What
/// a run says of a step that it waited for in vain says it, too.
pub const WHY_NOT_READY: &str = "why_not_ready";

/// In the place of a stack's uuid: the marks of every stack.
pub const ANY_STACK: &str = "*";

/// Answers questions about live objects. Never changes anything; a server-side dry run is a read.
///
/// All methods may be called at the same time from many tasks. They may retry by themselves, since reading twice is harmless.
#[async_trait]
pub trait Read: Send + Sync {
    /// Proves where these credentials lead. Asked first, once per run; an answer that differs from the ledger's refuses
    /// the run before any other read.
    ///
    /// Guarantees: the answer comes from the service (who am I, which project is this), not from the configuration, and is the
    /// same for as long as the credentials lead to the same account.
    ///
    /// # Errors
    /// [`Class::AskPerson`](crate::Class) when there are no usable credentials; the message says which were tried.
    async fn place(&self) -> Result<Place, Error>;

    /// Answers all questions of one run at once, in as few calls as the service allows: one paged list per kind where
    /// there is one, pages of those that were asked for where the service filters by id.
    ///
    /// Guarantees:
    /// - The answer to question *n* is the *n*th of the result, which is as long as `questions`. One question asked twice is
    ///   answered twice.
    /// - [`Live::Absent`] only when a read by the id or name in question said so. An entry that a list lacks will do when the
    ///   list is complete and strongly consistent. An id that is malformed for the service is absent, too: nothing has it.
    /// - A failed page makes all its questions [`Live::Unreadable`], with the service's code and request id in the reason.
    ///   One question's failure never spoils another's answer: filter by id, since many services refuse a whole list of
    ///   ids when one of them is gone.
    /// - What is gone but still listed, or keeps its name for a while, is [`Live::Tombstone`].
    /// - The [phase](flashinfra_plans::Phase) is the service's state in our words. What is `Ready` can be used and changed.
    /// - Attributes are in the schema's terms: names, types and units. What the service has no value for is absent; sets are
    ///   sorted; the owner mark is not among the tags. Secrets are left out, and so is what can only be written.
    /// - A question without an id is a [lookup](Question::lookup): the answer is [`Live::Present`] with the one thing that is what was
    ///   asked for, [`Live::Absent`] when there is none, and [`Live::Unreadable`] when there are several, with their names, or when
    ///   what was found is a secret.
    /// - An attribute that took a call of its own, which failed, is absent and named in `unverified`. An object that may not be read, and
    ///   of which nothing is compared but what was last applied, has no attributes and all of them there.
    ///
    /// Reads may be behind a write for as long as the kind's `settle_seconds`; the engine allows for it.
    async fn read(&self, questions: &[Question]) -> Answers;

    /// Finds the objects of a kind that carry the owner mark of this stack, or of any with [`ANY_STACK`]: orphans, and what
    /// became of an unanswered create.
    ///
    /// A mark that somebody copied (a snapshot, a restored object) is found as well. So the caller confirms by id, takes
    /// nothing by its mark alone, and takes nobody for absent who is missing here.
    ///
    /// # Errors
    /// When a page could not be read, or the kind's carrier is `None`.
    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error>;

    /// What else there is to say of an object that did not become ready, or became so without the change that was asked for, in the
    /// service's own words: asked once, for the report of the step that gives up, where [`WHY_NOT_READY`] would take more calls. Of
    /// a change that is only not shown it says nothing: then the step has not failed. One sentence without a full stop, and without secrets. What it
    /// says takes the place of the attribute.
    async fn explain(&self, question: &Question) -> Option<String> {
        let _ = question;
        None
    }

    /// The same for a step that gives up: so many lines of each of its programs in trouble, the last ones that it wrote, go to the sink, of a
    /// few of those that the object runs. Of one that was started again, what its run before wrote, which is the one that failed. What
    /// cannot be read is left out: it is no reason to tell less of the rest.
    async fn explain_failure(&self, question: &Question, last_lines: u32, sink: LogSink<'_>) -> Option<String> {
        let _ = (last_lines, sink);
        self.explain(question).await
    }

    /// What another tool installed under one name, by that tool's own record. None when there is no such record here.
    ///
    /// # Errors
    /// When it cannot be read, or does not say which of several is meant.
    async fn installed(&self, _release: &ReleaseOf) -> Result<Option<Installed>, Error> {
        Ok(None)
    }

    /// Whether [`Self::rehearse`] has anything to say: planning asks no other provider.
    fn rehearses(&self) -> bool {
        false
    }

    /// What changes would come to: a dry run on the server, and what the provider knows of its kinds that no schema can say. Asked once
    /// for a plan, and only about what it changes; the answers are decided on as what was read is.
    ///
    /// Guarantees: nothing is changed, no secret is sent, and the answer to rehearsal *n* is the *n*th of the result. What cannot be
    /// tried because the same plan makes first what it needs, all of which is among the rehearsals, is nothing to talk about.
    async fn rehearse(&self, rehearsals: &[Rehearsal]) -> Vec<Rehearsed> {
        vec![Rehearsed::default(); rehearsals.len()]
    }

    /// The numbers about these objects that people watch, in the order of the questions: none where nobody does, or where they cannot be
    /// read.
    async fn measures(&self, questions: &[Question]) -> Vec<Vec<Measure>> {
        vec![Vec::new(); questions.len()]
    }

    /// What it comes to when a person does this to an object beside its definition: asked before that is noted and done, and once more
    /// where somebody noted that it was to be done, and nobody whether it was.
    ///
    /// # Errors
    /// When the object is not there or cannot be read, or when it would be in vain, and why. With the code
    /// [`UNSUPPORTED`](operate::UNSUPPORTED) when the kind cannot do it, as by default. What is done already is no error.
    async fn operable(&self, request: &Operate) -> Result<Operable, Error> {
        Err(operate::unsupported(&request.kind, request.operation.name()))
    }

    /// The kinds that can be done something to beside being planned and applied (`scale`, `restart`, `logs`), sorted: who asks it of
    /// another one is told.
    fn able(&self, _act: &str) -> Vec<Name> {
        Vec::new()
    }

    /// Gives what the programs write that an object runs to the sink, line by line, and ends with them.
    ///
    /// # Errors
    /// When something cannot be read: what could be was given by then. With the code [`UNSUPPORTED`](operate::UNSUPPORTED) when the
    /// kind runs nothing, as by default.
    async fn logs(&self, wanted: &Logs, _sink: LogSink<'_>) -> Result<(), Error> {
        Err(operate::unsupported(&wanted.question.kind, "logs"))
    }

    /// The pause between two looks at an object that is busy, where the engine's own, made from how long the kind
    /// usually takes, would not do.
    fn poll_pause(&self) -> Option<Duration> {
        None
    }

    /// The service that the calls about a kind go to: when it throttles the calls about one kind, those about its others are held
    /// back as well. By default each kind has one of its own. An instance talks to one region, so this names no region.
    fn service(&self, kind: &str) -> Name {
        kind.into()
    }

    /// The calls that this instance made so far, failed ones, retries and pages each as one.
    fn calls(&self) -> Calls;
}

/// Changes one object, once.
///
/// No method sends a mutating request twice: an error says whether it was done, by its class, and the engine decides what is
/// sent again. SDKs retry by default: switch that off. An adapter never waits for a slow object either: it answers
/// [`Outcome::Accepted`] and the engine polls with [`Read::read`] by id, so that a crash resumes by polling.
///
/// Where one act takes several requests (create, then tag), a failure behind the first one is [`Class::Unknown`](crate::Class),
/// whatever the service called it: something was done. The next read shows what.
#[async_trait]
pub trait Write: Send + Sync {
    /// Makes one object, with the owner mark if the kind's carrier can hold it.
    ///
    /// Sent again after [`Class::Unknown`](crate::Class), it does what the schema's `create_once` says: with the same token it answers
    /// with the first object; with a unique name it is refused. Kinds with neither are not sent again before a search.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`](crate::Class) when the unique name is taken, by us or somebody else;
    /// [`Class::Unknown`](crate::Class) when it may have been made; [`Class::Wait`](crate::Class) for what the schema's
    /// `wait_codes` list.
    async fn create(&self, request: &Create) -> Result<Outcome, Error>;

    /// Changes what `request.changed` names on one object, and nothing else.
    ///
    /// Done twice, it comes to the same. What the schema says takes a new object is refused.
    ///
    /// Some services take a change only in parts, each after the one before it is done (an EKS cluster's logging, then its
    /// endpoint). Such an adapter compares with live itself, sends the first part that differs, and answers
    /// [`Class::Wait`](crate::Class) until it has sent the last: called again with the same request, it goes on.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class) when the object is gone; [`Class::FixInput`](crate::Class) for what cannot be changed in
    /// place.
    async fn update(&self, request: &Update) -> Result<Outcome, Error>;

    /// Deletes one object by id, and nothing beside it that a person did not see in the plan.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class) when it is gone already, which the engine takes for done;
    /// [`Class::Wait`](crate::Class) while something else still uses it.
    async fn delete(&self, request: &Delete) -> Result<Outcome, Error>;

    /// As [`Self::update`], on condition that the object is as it has to be at the moment in which the service changes it.
    ///
    /// For services that take such a condition: the adapter looks at the object, and makes its write for the version that it saw,
    /// so that whoever changes the object in between makes it look again. Services that take none leave the window between
    /// the engine's last look and the write, which the adapter's documentation names: for them nothing has to be written here.
    ///
    /// Answers [`Outcome::Changed`] when the condition does not hold; nothing was done then.
    ///
    /// # Errors
    /// As for an update; [`Class::Retry`](crate::Class) when others change the object all the time.
    async fn update_if(&self, request: &Update, _condition: &Condition<'_>) -> Result<Outcome, Error> {
        self.update(request).await
    }

    /// As [`Self::delete`], on a condition as [`Self::update_if`] has it.
    ///
    /// # Errors
    /// As for a delete, and for [`Self::update_if`].
    async fn delete_if(&self, request: &Delete, _condition: &Condition<'_>) -> Result<Outcome, Error> {
        self.delete(request).await
    }

    /// Rewrites the owner mark of an object, after its address changed. Kinds without a carrier do nothing.
    ///
    /// # Errors
    /// As for an update.
    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error>;

    /// Takes the declared fields of an object that is adopted over from the tools that people deployed it with, where a service keeps who
    /// wrote a field. No value changes. Done twice, it comes to the same. Elsewhere there is nothing to do.
    ///
    /// # Errors
    /// As for an update.
    async fn take_over(&self, _kind: &str, _id: &str, _declared: &Map) -> Result<(), Error> {
        Ok(())
    }

    /// Does to an object what a person asks for beside its definition, after [`Read::operable`] said that it can be done. Done twice, it
    /// comes to the same.
    ///
    /// # Errors
    /// As for [`Read::operable`].
    async fn operate(&self, request: &Operate) -> Result<(), Error> {
        Err(operate::unsupported(&request.kind, request.operation.name()))
    }
}

/// An adapter: both ports of one provider instance.
pub trait Provider: Read + Write {}

impl<T: Read + Write> Provider for T {}

/// The answers to a batch, in the order of its questions.
pub type Answers = Vec<Live>;

/// A create.
#[derive(Clone, Debug)]
pub struct Create {
    /// The kind.
    pub kind: Name,
    /// The owner mark to put on it.
    pub mark: OwnerMark,
    /// The client token for kinds that take one: 64 hex digits, the same for the same request of the same generation.
    pub token: Name,
    /// The attributes.
    pub inputs: Inputs,
}

/// An update.
#[derive(Clone, Debug)]
pub struct Update {
    /// The kind.
    pub kind: Name,
    /// The object.
    pub id: Name,
    /// The owner mark, for kinds whose update rewrites it (tags that are set as a whole).
    pub mark: OwnerMark,
    /// The top-level attributes to change.
    pub changed: Vec<Name>,
    /// The live values of those, as planned; an absent key had none. Of a keyed collection (tags) only the entries that are
    /// ours: what stands here and not in `inputs` is removed, and foreign entries are left alone.
    pub before: Map,
    /// All declared attributes, the changed ones among them. A changed attribute that is absent here is to be cleared; one
    /// that is to be reset has the literal to reset it to.
    pub inputs: Inputs,
    /// The client token for this update.
    pub token: Name,
}

/// A delete.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The kind.
    pub kind: Name,
    /// The object.
    pub id: Name,
    /// The delete arguments (a final snapshot's name) and what was last applied.
    pub arguments: Map,
}

/// What a create or an update said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; this is the object as the service answers it now.
    Done(Object),
    /// The service works on it; the engine polls this id until the object is ready, failed or, after a delete, absent.
    Accepted(Name),
    /// A create: as [`Self::Accepted`], from what another object holds (a snapshot, the source of a replica). Services take some of
    /// what is asked for only afterwards, so once the object is ready the engine sets what it lacks with an update.
    Derived(Name),
    /// It is deleted.
    Gone,
    /// Nothing was done: the condition does not hold for the object as it is now.
    Changed(Object),
}

/// Resolved attributes for a write: plain values in a map, secrets beside it in a type that cannot be printed.
#[derive(Clone, Default)]
pub struct Inputs {
    /// The attributes; where a secret belongs, its reference stands ([`Value::Secret`]). A name that the schema does not know was
    /// set with `.raw(…)`: it is sent as it is, or refused by name.
    pub attributes: Map,
    /// The secrets in clear, by dotted path into `attributes`.
    pub secrets: BTreeMap<Name, Sensitive>,
}

impl Inputs {
    /// The plain value at a top-level name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// A text attribute.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_text)
    }

    /// A number attribute.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::as_integer)
    }

    /// A truth attribute.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    /// An error whose message repeats no secret of these, should a service ever quote what it was sent.
    #[must_use]
    pub fn hidden_in(&self, error: Error) -> Error {
        let message = self.secrets.values().fold(error.message, |message, secret| secret.hide_in(&message));
        Error { message, ..error }
    }

    /// A secret in clear, by its dotted path.
    pub fn secret(&self, path: &str) -> Option<&Sensitive> {
        self.secrets.get(path)
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attributes, secrets: _ } = self;
        f.debug_struct("Inputs").field("attributes", attributes).finish_non_exhaustive()
    }
}

/// Calls made, by operation: `ec2:DescribeVpcs` → 1. Retries and pages count each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(pub BTreeMap<Name, u64>);

impl Calls {
    /// All calls together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Whether a mark is one of those that are looked for: of this stack, or of any with [`ANY_STACK`].
pub fn is_sought(mark: &OwnerMark, stack: &str) -> bool {
    stack == ANY_STACK || mark.stack == stack
}

/// The address that a mark on a live object names, when the mark is of this stack.
pub fn marked_address<'a>(mark: Option<&'a OwnerMark>, stack: &str) -> Option<&'a Address> {
    mark.filter(|mark| mark.stack == stack).map(|mark| &mark.address)
}
