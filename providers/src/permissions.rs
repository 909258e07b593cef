//! What credentials have to be allowed.

use std::collections::BTreeSet;

/// The permissions that one kind takes, as the cloud calls them (`ec2:DescribeVpcs`), apart by what they are for. They hold for
/// all that the kind can do: what only some objects need stands among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// To find objects and to read them, many with one call. Needed to plan and, since apply looks again, to apply.
    pub read: &'static [&'static str],
    /// To read what takes a call for each object.
    pub read_each: &'static [&'static str],
    /// To create an object, with all that its service does in the caller's name on the way.
    pub create: &'static [&'static str],
    /// To change one, its tags and its owner mark among that.
    pub update: &'static [&'static str],
    /// To delete one.
    pub delete: &'static [&'static str],
}

/// The permissions that one plan takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// To plan, and to look again while applying.
    pub read: BTreeSet<&'static str>,
    /// To apply.
    pub write: BTreeSet<&'static str>,
}
