//! What a program answers, as text: no I/O.

use std::panic::Location;

use crate::compile::FORMAT;
use crate::json::Json;
use crate::location;
use crate::params::path::ParameterPath;
use crate::params::suggest::nearest;
use crate::params::{Fault, Parameter};
use crate::problem::Problem;
use crate::program::Definition;
use crate::stack::Stack;

/// The stacks of a program.
#[derive(Default)]
pub struct Program {
    stacks: Vec<Entry>,
}

/// A stack of a program.
struct Entry {
    name: &'static str,
    doc: String,
    parameters: Box<dyn Fn() -> Vec<Parameter>>,
    define: Box<DefineFn>,
}

type DefineFn = dyn Fn(&mut Stack, &Json, &str) -> Result<(), Vec<Fault>>;

/// What a program is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which stack; may be left out when there is only one.
    pub stack: Option<String>,
    /// The environment to compile it for.
    pub environment: String,
    /// The parameters, one JSON object.
    pub parameters: String,
    /// Where the user would set a parameter, for messages.
    pub parameters_file: String,
    /// Whether to describe the stacks instead of compiling one.
    pub describe: bool,
}

impl Program {
    /// A program without stacks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stack. `doc` are the lines of its documentation, as `///` gives them.
    #[must_use]
    pub fn stack<K>(
        mut self,
        name: &'static str,
        doc: &[&str],
        definition: impl Definition<K> + Clone + 'static,
    ) -> Self {
        let lines: Vec<&str> = doc.iter().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
        let described = definition.clone();
        self.stacks.push(Entry {
            name,
            doc: lines.join("\n").trim().to_owned(),
            parameters: Box::new(move || described.parameters()),
            define: Box::new(move |stack, given, file| definition.define(stack, given, file)),
        });
        self
    }

    /// The compiled stack, or the description.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the request, the parameters or the definition.
    pub fn answer(&self, request: &Request) -> Result<String, Vec<Problem>> {
        self.check_names()?;
        if request.describe {
            return Ok(self.describe());
        }
        let entry = self.select(request.stack.as_deref()).map_err(|problem| vec![problem])?;
        let given = Json::parse(&request.parameters)
            .map_err(|error| vec![Problem::new(format!("the parameters are not JSON: {error}"))])?;
        let mut stack = Stack::new(entry.name, request.environment.clone());
        (entry.define)(&mut stack, &given, &request.parameters_file)
            .map_err(|faults| faults.into_iter().map(Problem::from).collect::<Vec<_>>())?;
        stack.compile()
    }

    fn check_names(&self) -> Result<(), Vec<Problem>> {
        let twice = self
            .stacks
            .iter()
            .enumerate()
            .filter(|(index, entry)| self.stacks[..*index].iter().any(|earlier| earlier.name == entry.name));
        let problems: Vec<Problem> = twice
            .map(|(_, entry)| Problem::new(format!("the program has two stacks named `{}`", entry.name)))
            .map(|problem| problem.help("give each stack in `flashinfra::main!` a name of its own"))
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn select(&self, name: Option<&str>) -> Result<&Entry, Problem> {
        let names: Vec<&str> = self.stacks.iter().map(|entry| entry.name).collect();
        let there_are = format!("its stacks are: {}", names.join(", "));
        match (name, self.stacks.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(Problem::new("the program has several stacks, and none was chosen").help(there_are)),
            (Some(name), stacks) => stacks.iter().find(|entry| entry.name == name).ok_or_else(|| {
                let help = nearest(name, names).map_or(there_are, |near| format!("did you mean `{near}`?"));
                Problem::new(format!("the program has no stack `{name}`")).help(help)
            }),
        }
    }

    /// One line a stack.
    fn describe(&self) -> String {
        let stacks = self.stacks.iter().map(|entry| {
            let parameters = (entry.parameters)().iter().map(Parameter::to_json).collect();
            format!(
                "{{\"name\":{},\"doc\":{},\"parameters\":{}}}",
                Json::from(entry.name),
                Json::from(entry.doc.as_str()),
                Json::List(parameters)
            )
        });
        format!("{{\"format\":{FORMAT},\"stacks\":[\n{}]}}\n", stacks.collect::<Vec<_>>().join(",\n"))
    }
}

impl From<Fault> for Problem {
    fn from(Fault { path, message, help }: Fault) -> Self {
        let mut problem = Self::new(message);
        if path != ParameterPath::ROOT {
            problem = problem.parameter(path.to_string());
        }
        Self { help, ..problem }
    }
}

/// The answer when there are problems: one line each.
pub(crate) fn problems(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(problem).collect();
    format!("{{\"format\":{FORMAT},\"problems\":[\n{}]}}\n", lines.join(",\n"))
}

/// The answer of a panic.
pub(crate) fn panic(text: &str, at: Option<&Location<'_>>) -> String {
    let at = at.map(location::describe);
    format!("{{\"format\":{FORMAT}{}}}\n", members(&[("panic", Some(text)), ("at", at.as_deref())]))
}

fn problem(problem: &Problem) -> String {
    let Problem { message, at, help, parameter } = problem;
    let optional = [("at", at), ("help", help), ("parameter", parameter)].map(|(key, value)| (key, value.as_deref()));
    let members = members(&[[("message", Some(message.as_str()))].as_slice(), &optional].concat());
    format!("{{{}}}", &members[1..])
}

/// `,"key":"text"` for each key that has a text.
fn members(entries: &[(&str, Option<&str>)]) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        if let Some(value) = value {
            out.push_str(&format!(",\"{key}\":{}", Json::from(*value)));
        }
    }
    out
}
