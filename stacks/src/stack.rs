//! The stack that a definition fills.

use std::collections::BTreeMap;
use std::panic::Location;
use std::rc::Rc;

use crate::address::{Address, check_name, suggested_name};
use crate::draft::{Draft, Options};
use crate::lookup::{IntoLookup, Lookup, LookupHandle};
use crate::needs::Needs;
use crate::problem::Problem;
use crate::provider::{IntoProvider, ProviderHandle};
use crate::publish::Publish;
use crate::resource::{Dependencies, Handle, IntoResource, Resource};
use crate::schema::{Schema, Text};
use crate::value::Value;

/// A named set of declared resources for one environment.
///
/// A definition is a function that takes one and fills it; [`main!`](crate::main) makes a program of it. What is wrong with a
/// definition (a name, a resource that is declared twice) stops nothing: the problems are collected, each with its line, and
/// [`compile`](Self::compile) tells them together.
///
/// ```
/// use flashinfra_stacks::Stack;
///
/// fn network(stack: &mut Stack) {
///     stack.output("zones", 3).doc("In how many zones the network is.");
/// }
///
/// let mut stack = Stack::new("shop", "production");
/// stack.scope("network", network);
/// assert!(stack.compile()?.contains("network.zones"));
/// # Ok::<(), Vec<flashinfra_stacks::Problem>>(())
/// ```
pub struct Stack {
    pub(crate) name: String,
    pub(crate) environment: String,
    pub(crate) resources: Vec<Declaration>,
    pub(crate) lookups: Vec<Declaration>,
    pub(crate) outputs: Vec<OutputDeclaration>,
    pub(crate) providers: BTreeMap<String, ProviderDeclaration>,
    pub(crate) problems: Vec<Problem>,
    scopes: Rc<Vec<Scope>>,
    /// The provider instances that resources without one of their own go to, by type; the last one counts.
    default_providers: Vec<ProviderHandle>,
    /// What the resources of this part of the definition come after.
    after: Vec<Address>,
    /// Whose line it is that a library declares things for; that of the call itself when there is none.
    caller: Option<&'static Location<'static>>,
}

/// A resource that was added, or a lookup.
pub(crate) struct Declaration {
    pub(crate) address: Address,
    pub(crate) schema: &'static Schema,
    pub(crate) provider: String,
    pub(crate) attributes: BTreeMap<Text, Value>,
    /// Boxed, since few resources say anything here and all of them are sorted.
    pub(crate) options: Option<Box<Options>>,
    /// The scopes that it stands in, outermost first.
    pub(crate) scopes: Rc<Vec<Scope>>,
    pub(crate) location: &'static Location<'static>,
    /// What finds what it needs and does not refer to.
    pub(crate) needs: Option<Needs>,
}

/// A value that the stack publishes.
pub(crate) struct OutputDeclaration {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) doc: String,
    pub(crate) location: &'static Location<'static>,
}

/// A provider that was configured.
pub(crate) struct ProviderDeclaration {
    pub(crate) provider_type: &'static str,
    pub(crate) config: BTreeMap<Text, Value>,
    pub(crate) location: &'static Location<'static>,
}

/// A scope that is open.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) name: String,
    pub(crate) location: &'static Location<'static>,
}

impl Stack {
    /// An empty stack.
    pub fn new(name: impl Into<String>, environment: impl Into<String>) -> Self {
        let mut stack = Self {
            name: name.into(),
            environment: environment.into(),
            resources: Vec::new(),
            lookups: Vec::new(),
            outputs: Vec::new(),
            providers: BTreeMap::new(),
            problems: Vec::new(),
            scopes: Rc::default(),
            default_providers: Vec::new(),
            after: Vec::new(),
            caller: None,
        };
        for (what, name) in [("stack", stack.name.clone()), ("environment", stack.environment.clone())] {
            stack.problems.extend(name_problem(what, &name));
        }
        stack
    }

    /// The name of the stack.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The environment that it is compiled for: `production`. Prefer parameters to branching on it.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Declares a resource. The handle's methods are its outputs, for other resources to refer to.
    ///
    /// The name is the resource's identity across runs, within its kind and scope: lower-case letters, digits, `-` and `_`.
    #[track_caller]
    pub fn add<B: IntoResource>(&mut self, name: impl AsRef<str>, builder: B) -> <B::Resource as Resource>::Handle {
        let (schema, needs) = (builder.schema(), builder.needs());
        let mut draft = builder.into_draft();
        if !self.after.is_empty() {
            draft.options.get_or_insert_default().depends_on.extend_from_slice(&self.after);
        }
        let declared = self.declared("resource", schema, name.as_ref(), draft);
        let declaration = Declaration { needs, ..declared };
        let address = declaration.address.clone();
        self.resources.push(declaration);
        Handle::at(address)
    }

    /// Asks about something that exists already and that the stack does not own: the zones of a region, an image, a network
    /// of another team. The handle's methods are what is answered, for resources and outputs to refer to.
    ///
    /// A plan asks first, so that answers are known while planning, and apply asks again before a step that uses one.
    #[track_caller]
    pub fn lookup<B: IntoLookup>(&mut self, name: impl AsRef<str>, builder: B) -> <B::Lookup as Lookup>::Handle {
        let schema = <B::Lookup as Lookup>::SCHEMA;
        let declaration = self.declared("lookup", schema, name.as_ref(), builder.into_draft());
        let address = declaration.address.clone();
        self.lookups.push(declaration);
        LookupHandle::at(address)
    }

    /// What a builder says, with where it is said.
    #[track_caller]
    fn declared(&mut self, what: &str, schema: &'static Schema, name: &str, draft: Draft) -> Declaration {
        let location = self.caller.unwrap_or(Location::caller());
        self.refuse_bad_name(what, name, location);
        let address = Address::new(&schema.kind, &self.scoped(name));
        self.refuse_set_twice(draft.twice, address.as_str(), location);
        let attributes = draft.attributes;
        let options = draft.options;
        let provider = options.as_ref().and_then(|options| options.provider.clone());
        let provider = provider.unwrap_or_else(|| self.default_provider(schema.provider()));
        let scopes = Rc::clone(&self.scopes);
        Declaration { address, schema, provider, attributes, options, scopes, location, needs: None }
    }

    /// Runs a part of the definition in a scope: the names of what it declares begin with the scope's.
    ///
    /// A scope stands for Terraform's module call: a function can be used twice in one stack, under two names.
    #[track_caller]
    pub fn scope<R>(&mut self, name: impl AsRef<str>, define: impl FnOnce(&mut Self) -> R) -> R {
        let location = self.caller.unwrap_or(Location::caller());
        self.refuse_bad_name("scope", name.as_ref(), location);
        let outer = Rc::clone(&self.scopes);
        Rc::make_mut(&mut self.scopes).push(Scope { name: name.as_ref().to_owned(), location });
        let result = define(self);
        self.scopes = outer;
        result
    }

    /// Runs a part of the definition that a library declares for its caller: whoever reads a plan or a problem is led to the line of who
    /// called the library, and not into it.
    ///
    /// ```
    /// # use flashinfra_stacks::Stack;
    /// #[track_caller]
    /// fn web_service(stack: &mut Stack) {
    ///     stack.for_caller(|stack| { /* … */ });
    /// }
    /// ```
    #[track_caller]
    pub fn for_caller<R>(&mut self, define: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.caller;
        // Of a library that calls another one, the first caller is the one who knows what it is for.
        self.caller = Some(outer.unwrap_or(Location::caller()));
        let result = define(self);
        self.caller = outer;
        result
    }

    /// Publishes a value: `flashinfra output` shows it, and other stacks can read it.
    ///
    /// `.doc("…")` on what it returns says what the value is.
    #[track_caller]
    pub fn output(&mut self, name: impl AsRef<str>, value: impl Publish) -> PublishedOutput<'_> {
        let location = self.caller.unwrap_or(Location::caller());
        self.refuse_bad_name("output", name.as_ref(), location);
        let name = self.scoped(name.as_ref());
        self.outputs.push(OutputDeclaration { name, value: value.into_published(), doc: String::new(), location });
        PublishedOutput { stack: self }
    }

    /// Configures a provider under a name. The name of its type (`aws`) makes it the one that resources go to unless told
    /// otherwise; any other name makes one more, for [`Stack::with_provider`] and for `.provider(…)` of builders.
    ///
    /// The configuration may hold outputs of resources: a cluster's address. What is in the provider then depends on them, and is
    /// planned together with them, also before they are there.
    #[track_caller]
    pub fn provider<P: IntoProvider>(&mut self, name: impl AsRef<str>, config: P) -> ProviderHandle {
        let location = Location::caller();
        let name = name.as_ref().to_owned();
        self.refuse_bad_name("provider", &name, location);
        let draft = config.into_draft();
        self.refuse_set_twice(draft.twice, &format!("provider `{name}`"), location);
        let config = draft.attributes;
        if let Some(first) = self.providers.get(&name) {
            let message = format!("provider `{name}` is configured twice");
            let help = format!("the first is at {}", crate::location::describe(first.location));
            self.problems.push(Problem::new(message).at(location).help(help));
        } else {
            self.providers.insert(name.clone(), ProviderDeclaration { provider_type: P::TYPE, config, location });
        }
        ProviderHandle::new(name)
    }

    /// Runs a part of the definition with this provider for all kinds of its type that name no other.
    pub fn with_provider<R>(&mut self, provider: &ProviderHandle, define: impl FnOnce(&mut Self) -> R) -> R {
        self.default_providers.push(provider.clone());
        let result = define(self);
        self.default_providers.pop();
        result
    }

    /// Runs a part of the definition that comes after these resources as a whole: all that it declares is made once they are there, and
    /// is gone before they go. It is for what is not seen in any value: a program that needs the machines of its cluster.
    ///
    /// ```
    /// # use flashinfra_stacks::{Dependencies, Stack};
    /// # fn application(stack: &mut Stack) {}
    /// # fn whole(stack: &mut Stack, nodes: impl Dependencies) {
    /// stack.after(nodes, application);
    /// # }
    /// ```
    pub fn after<R>(&mut self, resources: impl Dependencies, define: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.after.len();
        resources.each(&mut |address| self.after.push(address.clone()));
        let result = define(self);
        self.after.truncate(outer);
        result
    }

    /// Reports that the definition cannot be carried out, with the caller's line. The stack does not compile, and all
    /// problems are told together.
    #[track_caller]
    pub fn problem(&mut self, problem: impl Into<Problem>) {
        let mut problem = problem.into();
        if problem.at.is_none() {
            problem = problem.at(Location::caller());
        }
        self.problems.push(problem);
    }

    fn scoped(&self, name: &str) -> String {
        let mut scoped = String::new();
        for scope in self.scopes.iter() {
            scoped.push_str(&scope.name);
            scoped.push('.');
        }
        scoped + name
    }

    fn default_provider(&self, provider_type: &str) -> String {
        let is_of_type = |handle: &&ProviderHandle| {
            self.providers.get(handle.name()).is_some_and(|declared| declared.provider_type == provider_type)
        };
        let named = self.default_providers.iter().rev().find(is_of_type);
        named.map_or_else(|| provider_type.to_owned(), |handle| handle.name().to_owned())
    }

    fn refuse_bad_name(&mut self, what: &str, name: &str, location: &Location<'_>) {
        let problem = name_problem(what, name).map(|problem| problem.at(location));
        self.problems.extend(problem);
    }

    fn refuse_set_twice(&mut self, paths: Vec<String>, what: &str, location: &Location<'_>) {
        for path in paths {
            let problem = Problem::new(format!("{what} sets `{path}` twice")).at(location);
            self.problems.push(problem.help("keep one of the two"));
        }
    }
}

/// An output that was just published.
pub struct PublishedOutput<'stack> {
    stack: &'stack mut Stack,
}

impl PublishedOutput<'_> {
    /// Says what the value is, for people.
    pub fn doc(self, doc: impl Into<String>) {
        if let Some(output) = self.stack.outputs.last_mut() {
            output.doc = doc.into();
        }
    }
}

fn name_problem(what: &str, name: &str) -> Option<Problem> {
    let reason = check_name(name).err()?;
    let rule = "lower-case letters, digits, `-` and `_`, a letter or digit first";
    let help = match suggested_name(name) {
        Some(near) => format!("write `{near}`: {rule}"),
        None => format!("a name is made of {rule}"),
    };
    Some(Problem::new(format!("{what} name: {reason}")).help(help))
}

impl Declaration {
    /// What was said about the resource as a whole.
    pub(crate) fn options(&self) -> &Options {
        static NOTHING: Options = Options::new();
        self.options.as_deref().unwrap_or(&NOTHING)
    }

    /// Whether it is no part of what is applied, but tests it.
    pub(crate) fn is_test(&self) -> bool {
        self.options().lifecycle.test
    }
}
