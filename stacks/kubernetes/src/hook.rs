//! Jobs that run before or after what they belong to, each time that changes.
//!
//! A hook is a Job like any other: a step of the plan, made when what it needs is there, waited for until it has completed. Its pods
//! have a digest of what it belongs to as an annotation, and a Job's pods never change: so what it belongs to changes, and the plan
//! replaces the Job, which runs again. Nothing else makes it run, and an unchanged release has an empty plan.

use flashinfra::__private::{Address, Digest, Draft, Turn};
use flashinfra::schema::Schema;
use flashinfra::{Handle, IntoResource, Lifecycle, Value};
use serde::Serialize;

use crate::convert::Parts;
use crate::handle::kind;
use crate::kinds;
use crate::object::{Object, of_parts, parts};

/// A Job that runs before or after other objects are changed, to be added to a stack.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// # fn main() -> Result<(), Vec<flashinfra::Problem>> {
/// use flashinfra::Stack;
/// use kubernetes::{Hook, WebService};
/// use serde_json::json;
///
/// let mut stack = Stack::new("shop", "production");
/// let web = WebService::named("web", "shop", "registry.example.com/web:1.4.2", 8080).add_to(&mut stack, "web");
/// let job = |name: &str, command: &str| json!({
///     "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name, "namespace": "shop" },
///     "spec": { "backoffLimit": 0, "template": { "spec": { "restartPolicy": "Never", "containers": [
///         { "name": name, "image": "registry.example.com/web:1.4.2", "command": [command] },
///     ] } } },
/// });
/// stack.add("migrate", Hook::before(&web.deployment, job("migrate", "/migrate")));
/// stack.add("smoke", Hook::after(&web.deployment, job("smoke", "/smoke-test")));
/// # stack.compile().map(|_| ())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "it is in no stack yet"]
pub struct Hook {
    job: Object,
    is_before: bool,
    weight: i32,
    /// What it runs before or after.
    around: Vec<Address>,
    /// What makes it run again.
    of: Vec<Address>,
}

impl Hook {
    /// A Job that has to complete before this object is made or changed. When it fails, the object stays as it is.
    pub fn before(object: &impl Handle, job: impl Serialize) -> Self {
        Self::around(object, job, true)
    }

    /// A Job that runs once this object is made or changed and ready. When it fails, so does the apply.
    pub fn after(object: &impl Handle, job: impl Serialize) -> Self {
        Self::around(object, job, false)
    }

    fn around(object: &impl Handle, job: impl Serialize, is_before: bool) -> Self {
        let mut parts = parts(job);
        check(&mut parts);
        let address = object.address().clone();
        Self { job: of_parts(parts), is_before, weight: 0, around: vec![address.clone()], of: vec![address] }
    }

    /// It runs before or after this object, too, and again when it changes.
    pub fn and(mut self, object: &impl Handle) -> Self {
        self.around.push(object.address().clone());
        self.of.push(object.address().clone());
        self
    }

    /// It runs again when this object changes, too. Whether before or after it, only their references say.
    pub fn again_with(mut self, object: &impl Handle) -> Self {
        self.of.push(object.address().clone());
        self
    }

    /// When it runs among the hooks before, or after, the same object: those of less weight first, one after the other; those of the
    /// same at once. It is 0 unless this says otherwise.
    pub fn weight(self, weight: i32) -> Self {
        Self { weight, ..self }
    }

    /// What has to be there before it, beyond what its tokens say.
    pub fn depends_on(self, resources: impl flashinfra::Dependencies) -> Self {
        Self { job: self.job.depends_on(resources), ..self }
    }

    /// Deletes the Job once it has completed; that it is gone is no difference. Without this it stays until it runs again.
    pub fn delete_after_success(self) -> Self {
        self.lifecycle(Lifecycle::new().delete_after_success())
    }

    /// Deletes the Job when it has failed, once its pods and their logs are told.
    pub fn delete_after_failure(self) -> Self {
        self.lifecycle(Lifecycle::new().delete_after_failure())
    }

    /// What may happen to it over its life.
    pub fn lifecycle(self, lifecycle: Lifecycle) -> Self {
        Self { job: self.job.lifecycle(lifecycle), ..self }
    }
}

fn check(parts: &mut Parts) {
    if !parts.problems.is_empty() {
        return;
    }
    if parts.kind != "Job" {
        parts.problems.push(format!("it is a {}, and a hook is a Job", parts.kind));
    }
    let lives_on = match parts.attributes.get("spec") {
        Some(Value::Map(spec)) => !spec.contains_key("ttlSecondsAfterFinished"),
        Some(_) | None => true,
    };
    if !lives_on {
        let why = "a hook that the cluster deletes may be gone before anybody has seen whether it completed. Leave \
                   `ttlSecondsAfterFinished` out, and say `.delete_after_success()`";
        parts.problems.push(why.into());
    }
}

impl IntoResource for Hook {
    type Resource = kind::Any;

    fn schema(&self) -> &'static Schema {
        kinds::schema("batch", "Job")
    }

    fn into_draft(self) -> Draft {
        let Self { job, is_before, weight, around, of } = self;
        let digest = |of: Address| {
            // `kubernetes.config_map` is told as `config map`; the group of a custom resource says nothing here.
            let kind = of.kind().split('.').nth(1).unwrap_or("object").replace('_', "-");
            Digest { of, attributes: &[], at: &["spec", "template", "metadata", "annotations"], prefix: kind.into() }
        };
        let draft = job.into_draft().turn(Turn { is_before, weight, around });
        of.into_iter().map(digest).fold(draft, Draft::digest)
    }
}
