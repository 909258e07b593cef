//! What other tools installed, by their own records: to be adopted.

use flashinfra_plans::Name;

/// Which release of which tool is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOf {
    /// The tool: `Helm`.
    pub tool: Name,
    /// What the release is called.
    pub name: Name,
    /// Where it is; none when that is to be found out.
    pub namespace: Option<Name>,
}

/// A release, as the tool recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// What it is, for people: `Helm release shop/web: revision 3 of web-1.2.3, deployed`.
    pub title: String,
    /// What it made.
    pub objects: Vec<InstalledObject>,
    /// What the tool leaves of the release itself.
    pub leftovers: Vec<Leftover>,
    /// What must not be done to it any more, and why, as a sentence.
    pub warning: String,
}

/// An object of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledObject {
    /// Its kind: `kubernetes.deployment`.
    pub kind: Name,
    /// The service's id of it.
    pub id: Name,
    /// What it is, for people: `Deployment shop/web`.
    pub title: String,
    /// Whether it is there still.
    pub is_there: bool,
    /// What the tool leaves on it.
    pub leftovers: Vec<Leftover>,
}

/// Something that a tool leaves, and that nobody needs once it is not used any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What it is, for people.
    pub what: String,
    /// The attribute of the object that it is, by a path. Who declares it has no leftover.
    pub path: Option<Name>,
    /// The command that removes it.
    pub command: String,
}
