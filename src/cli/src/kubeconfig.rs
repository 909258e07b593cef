//! A kubeconfig: how a cluster is reached is put into its text, so that all that others wrote stays as it was, comments too.

pub(crate) mod files;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use flashinfra_stacks::json::Json;

use crate::kubeconfig::text::{
    after_text, bytes, entry, in_block_style, item, items, name, put, replaced, scalar, set,
};
use crate::parameters::malformed::Malformed;
use crate::parameters::tree::{Node, Tree};
use crate::parameters::yaml;

/// How a cluster is reached, under one name for cluster and user, as `aws eks update-kubeconfig` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The cluster's ARN: what cluster and user are called.
    pub(crate) name: String,
    /// What the context is called.
    pub(crate) context: String,
    /// The URL of the API.
    pub(crate) server: String,
    /// The certificate of the API's authority, in Base64.
    pub(crate) certificate_authority: String,
    /// The program that makes tokens, and its arguments.
    pub(crate) command: Vec<String>,
    /// Variables of that program.
    pub(crate) env: Vec<(String, String)>,
}

/// Why nothing can be put into a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// What to do.
    pub(crate) help: &'static str,
}

/// What to do about a file that cannot be understood.
const MEND: &str = "mend the file, or name another one with --kubeconfig";

impl From<Malformed> for Refusal {
    fn from(Malformed { reason, span }: Malformed) -> Self {
        Self { reason, span, help: MEND }
    }
}

/// What a file begins with that has nothing in it yet.
const HEAD: &str = "apiVersion: v1\nkind: Config\npreferences: {}\n";

/// The lists of a kubeconfig.
const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

/// The texts of some files, which kubectl reads as one, with the entry in one of them and its context the current one: in the first
/// that knows the cluster, or in the first of all. What is decided by an earlier file is decided there.
///
/// # Errors
/// The file, by its index, and why it stays as it is.
pub(crate) fn merged(entry: &Entry, texts: &[String]) -> Result<Merged, (usize, Refusal)> {
    let mut roots = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let root = read(text).map_err(|refusal| (index, refusal))?;
        entry.is_free(&root).map_err(|refusal| (index, refusal))?;
        roots.push(root);
    }
    let place = roots.iter().position(|root| item(root, "clusters", &entry.name).is_some()).unwrap_or(0);
    let decides = roots.iter().position(|root| current(root).is_some()).unwrap_or(place);
    let mut texts = texts.to_vec();
    for (index, text) in texts.iter_mut().enumerate() {
        if index == place {
            *text = entry.put_into(text).map_err(|refusal| (index, refusal))?;
        }
        if index == decides && current(&read(text).map_err(|refusal| (index, refusal))?) != Some(&entry.context) {
            *text = set(text, "current-context", &entry.context).map_err(|refusal| (index, refusal))?;
        }
        read(text).map_err(|refusal| (index, refusal))?;
    }
    Ok(Merged { place, texts })
}

/// What becomes of some files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    /// Which of them has the entry.
    pub(crate) place: usize,
    /// All their texts.
    pub(crate) texts: Vec<String>,
}

/// Reads a kubeconfig, or nothing.
fn read(text: &str) -> Result<Node, Refusal> {
    let root = yaml::read(text)?;
    let refused = |node: &Node, reason: String| Refusal { reason, span: bytes(node), help: MEND };
    let Tree::Table(entries) = &root.tree else {
        return Err(refused(&root, "it is no kubeconfig, which is a table".into()));
    };
    if let Some(kind) = entries.get("kind").filter(|kind| kind.tree != Tree::Scalar(Json::Text("Config".into()))) {
        return Err(refused(kind, "it is no kubeconfig, the kind of which is `Config`".into()));
    }
    for list in LISTS {
        if let Some(found) = entries.get(list)
            && !matches!(found.tree, Tree::List(_) | Tree::Scalar(Json::Null))
        {
            return Err(refused(found, format!("`{list}` is not a list")));
        }
    }
    Ok(root)
}

/// The current context, if there is one.
fn current(root: &Node) -> Option<&String> {
    match &entry(root, "current-context")?.tree {
        Tree::Scalar(Json::Text(context)) if !context.is_empty() => Some(context),
        Tree::Scalar(_) | Tree::List(_) | Tree::Table(_) => None,
    }
}

fn told<'n>(table: &'n Node, key: &str) -> Option<&'n str> {
    match &entry(table, key)?.tree {
        Tree::Scalar(Json::Text(text)) => Some(text),
        Tree::Scalar(_) | Tree::List(_) | Tree::Table(_) => None,
    }
}

impl Entry {
    /// A kubeconfig of this entry alone.
    pub(crate) fn alone(&self) -> Result<String, Refusal> {
        let merged = merged(self, &[String::new()]).map_err(|(_, refusal)| refusal)?;
        Ok(merged.texts.concat())
    }

    /// Refuses when the name of the context is that of another cluster's.
    fn is_free(&self, root: &Node) -> Result<(), Refusal> {
        let Some(found) = item(root, "contexts", &self.context) else { return Ok(()) };
        let cluster = entry(found, "context").and_then(|context| told(context, "cluster")).unwrap_or_default();
        if cluster == self.name {
            return Ok(());
        }
        Err(Refusal {
            reason: format!("the context `{}` is there, for the cluster `{cluster}`", self.context),
            span: bytes(found),
            help: "give this one another name with --alias",
        })
    }

    /// The text of a kubeconfig with this entry in it.
    fn put_into(&self, text: &str) -> Result<String, Refusal> {
        let before = read(text)?;
        in_block_style(text, &bytes(&before))?;
        let is_empty = matches!(&before.tree, Tree::Table(entries) if entries.is_empty());
        let base = if is_empty { after_text(text, HEAD) } else { text.to_owned() };
        let base = self.put_cluster(&base)?;
        let base = match item(&read(&base)?, "contexts", &self.context) {
            // It is this cluster's. What else it says, its namespace, is whose it is.
            Some(context) if self.is_user_of(context) => base,
            _ => put(&base, "contexts", &self.context, &self.context_lines())?,
        };
        let base = put(&base, "users", &self.name, &self.user_lines())?;
        self.check(&before, &read(&base)?)?;
        Ok(base)
    }

    fn is_user_of(&self, context: &Node) -> bool {
        entry(context, "context").and_then(|context| told(context, "user")) == Some(&self.name)
    }

    /// Puts the cluster into a text. Of one that is there, address and certificate alone are changed: it may have a proxy.
    fn put_cluster(&self, text: &str) -> Result<String, Refusal> {
        let root = read(text)?;
        let known = item(&root, "clusters", &self.name).and_then(|cluster| entry(cluster, "cluster"));
        let values = [("server", &self.server), ("certificate-authority-data", &self.certificate_authority)];
        let known = known.and_then(|cluster| {
            let found = values.map(|(key, value)| Some((bytes(entry(cluster, key)?), told(cluster, key)?, value)));
            found.into_iter().collect::<Option<Vec<_>>>()
        });
        let Some(mut known) = known else { return put(text, "clusters", &self.name, &self.cluster_lines()) };
        // From the back, so that what is in front stays where it is.
        known.sort_by_key(|(at, ..)| std::cmp::Reverse(at.start));
        let changed = known.into_iter().filter(|(_, present, value)| present != value);
        Ok(changed.fold(text.to_owned(), |text, (at, _, value)| replaced(&text, at, &scalar(value))))
    }

    fn cluster_lines(&self) -> Vec<String> {
        vec![
            "cluster:".into(),
            format!("  certificate-authority-data: {}", scalar(&self.certificate_authority)),
            format!("  server: {}", scalar(&self.server)),
            format!("name: {}", scalar(&self.name)),
        ]
    }

    fn context_lines(&self) -> Vec<String> {
        let name = scalar(&self.name);
        vec![
            "context:".into(),
            format!("  cluster: {name}"),
            format!("  user: {name}"),
            format!("name: {}", scalar(&self.context)),
        ]
    }

    fn user_lines(&self) -> Vec<String> {
        let mut lines = vec![format!("name: {}", scalar(&self.name)), "user:".into(), "  exec:".into()];
        lines.push("    apiVersion: client.authentication.k8s.io/v1".into());
        lines.push("    args:".into());
        lines.extend(self.command.iter().skip(1).map(|argument| format!("    - {}", scalar(argument))));
        lines.extend(self.command.first().map(|program| format!("    command: {}", scalar(program))));
        if !self.env.is_empty() {
            lines.push("    env:".into());
            for (name, value) in &self.env {
                lines.extend([format!("    - name: {}", scalar(name)), format!("      value: {}", scalar(value))]);
            }
        }
        lines.extend(["    interactiveMode: Never".into(), "    provideClusterInfo: false".into()]);
        lines
    }

    /// Makes sure that the entry is in the text, and nothing else is another than before: texts are edited here, and YAML can be
    /// written in more ways than anybody thinks of.
    fn check(&self, before: &Node, after: &Node) -> Result<(), Refusal> {
        let is_there = [("clusters", &self.name), ("contexts", &self.context), ("users", &self.name)]
            .iter()
            .all(|(list, name)| item(after, list, name).is_some());
        let (was, is) = (self.others(before), self.others(after));
        let is_kept = was.iter().all(|(key, value)| is.get(key) == Some(value));
        let is_all = LISTS.iter().all(|list| was.get(*list) == is.get(*list));
        if is_there && is_kept && is_all {
            return Ok(());
        }
        let reason = "it is written in a way that cannot be added to without touching what is there".into();
        Err(Refusal { reason, span: bytes(before), help: MEND })
    }

    /// What of a file is not this entry's.
    fn others(&self, root: &Node) -> BTreeMap<String, Vec<Json>> {
        let Tree::Table(entries) = &root.tree else { return BTreeMap::new() };
        let mut others = BTreeMap::new();
        for (key, node) in entries {
            let own = if key == "contexts" { &self.context } else { &self.name };
            let values: Vec<Json> = if LISTS.contains(&key.as_str()) {
                items(node).iter().filter(|item| name(item) != Some(own)).map(Node::to_json).collect()
            } else {
                vec![node.to_json()]
            };
            if !values.is_empty() {
                others.insert(key.clone(), values);
            }
        }
        others
    }
}
