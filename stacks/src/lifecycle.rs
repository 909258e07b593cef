//! What may happen to a resource over its life.

use crate::schema::Text;

/// What may happen to a resource over its life: Terraform's `lifecycle` block.
///
/// ```
/// use flashinfra_stacks::Lifecycle;
///
/// let keep = Lifecycle::new().protect(true).ignore(["tags.LastScanned"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    pub(crate) protect: Option<bool>,
    pub(crate) retain: bool,
    pub(crate) ignore: Vec<Text>,
    pub(crate) create_before_delete: bool,
    pub(crate) moved_from: Vec<Text>,
    pub(crate) test: bool,
    pub(crate) delete_after_success: bool,
    pub(crate) delete_after_failure: bool,
}

impl Lifecycle {
    /// The usual: stateful kinds are protected, nothing else is special.
    pub const fn new() -> Self {
        Self {
            protect: None,
            retain: false,
            ignore: Vec::new(),
            create_before_delete: false,
            moved_from: Vec::new(),
            test: false,
            delete_after_success: false,
            delete_after_failure: false,
        }
    }

    /// Whether a plan that would delete or replace the object is refused until it is named with `--allow-destroy`.
    /// Stateful kinds (databases) are protected unless this says `false`.
    #[must_use]
    pub fn protect(mut self, protect: bool) -> Self {
        self.protect = Some(protect);
        self
    }

    /// Leaves the object in place when the resource is gone from the code: the stack only stops owning it.
    #[must_use]
    pub fn retain(mut self) -> Self {
        self.retain = true;
        self
    }

    /// Attributes whose live value is left as it is, also when it differs from what is declared: names, or dotted paths
    /// into blocks and maps (`tags.LastScanned`). What is not declared any more while it is ignored is left to others for good, also
    /// when it is not ignored later.
    #[must_use]
    pub fn ignore<I>(mut self, attributes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.ignore.extend(attributes.into_iter().map(|path| Text::from(path.into())));
        self
    }

    /// When it has to be replaced, creates the new object before the old one is deleted. The object needs a name that the
    /// provider makes up, since for a while there are two.
    #[must_use]
    pub fn create_before_delete(mut self) -> Self {
        self.create_before_delete = true;
        self
    }

    /// The address that the resource had before: the object is kept and renamed, not replaced. Say it again for an
    /// earlier one.
    #[must_use]
    pub fn moved_from(mut self, address: impl Into<String>) -> Self {
        self.moved_from.push(address.into().into());
        self
    }

    /// It tests what is applied, and is no part of it: plans leave it out, and `flashinfra test` makes it, waits until it is ready (a Job:
    /// until it has completed) and deletes it again. One that failed stays until it runs again, to be looked at.
    #[must_use]
    pub fn test(mut self) -> Self {
        self.test = true;
        self
    }

    /// Deletes the object once it has done what it is for: a Job, once it has completed. That it is gone is no difference; it is made
    /// again when it is declared differently, and at no other time. Without this it is missing, and made again to stay.
    #[must_use]
    pub fn delete_after_success(mut self) -> Self {
        self.delete_after_success = true;
        self
    }

    /// Deletes the object when it has failed, once that is told. The next plan makes it again, as it would replace it.
    #[must_use]
    pub fn delete_after_failure(mut self) -> Self {
        self.delete_after_failure = true;
        self
    }

    /// Whether its object is there for a while only.
    pub(crate) fn is_short_lived(&self) -> bool {
        self.test || self.delete_after_success || self.delete_after_failure
    }

    /// This lifecycle, with what the other one says on top.
    pub(crate) fn extended_by(mut self, other: Self) -> Self {
        let Self { protect, retain, ignore, create_before_delete, moved_from, .. } = other;
        let Self { test, delete_after_success, delete_after_failure, .. } = other;
        self.protect = protect.or(self.protect);
        self.retain |= retain;
        self.ignore.extend(ignore);
        self.create_before_delete |= create_before_delete;
        self.moved_from.extend(moved_from);
        self.test |= test;
        self.delete_after_success |= delete_after_success;
        self.delete_after_failure |= delete_after_failure;
        self
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
