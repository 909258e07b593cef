//! What a scenario acts on: a directory, a declared stack, the sandbox in it.

use std::collections::BTreeMap;

use flashinfra_plans::{Ledger, ledger};

use super::kind_text::Kind;
use super::masks::Masks;
use super::script::{Directive, Item};
use super::stack_text::Stack;
use super::tampering::FAULTS_VARIABLE;
use crate::shell::{Run, Shell};

/// The kinds that all scenarios share, `tests/scenarios/kinds.txt`.
pub(crate) type Kinds = BTreeMap<String, Kind>;

/// The file that a scenario's stack is compiled to.
pub(super) const COMPILED: &str = "stack.json";

/// The uuid that a scenario's first stack gets; the next ones count on.
const STACK_UUID: &str = "5ce9a210-0000-4000-8000-00000000000";

/// Reads the shared kinds.
pub(crate) fn shared_kinds(text: &str) -> Kinds {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ")).collect();
    let mut stack = Stack::default();
    stack.take(&lines).expect("tests/scenarios/kinds.txt");
    stack.kinds
}

/// One scenario's world.
pub(crate) struct World<'a> {
    pub(super) shell: Shell,
    kinds: &'a Kinds,
    stack: Option<Stack>,
    masks: Masks,
    /// How many stacks there are.
    stacks: u8,
    /// All that was ever printed, for `~ absent`.
    pub(super) said: String,
}

impl<'a> World<'a> {
    /// An empty one.
    pub(crate) fn new(kinds: &'a Kinds) -> Self {
        Self { shell: Shell::new(), kinds, stack: None, masks: Masks::default(), stacks: 0, said: String::new() }
    }

    /// Does what one item says and returns what is to stand below it. The error is a mistake in the scenario, or a promise
    /// that flashinfra broke whatever the scenario expects.
    pub(crate) fn play(&mut self, item: &Item) -> Result<String, String> {
        match &item.directive {
            Directive::Comment(_) => Ok(String::new()),
            Directive::Block(head, lines) => {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                self.declare(head, &lines).map(|()| String::new())
            }
            Directive::Command(line) => self.command(line),
            Directive::Tamper(line) => {
                let output = self.tamper(line)?;
                Ok(self.masked(&output))
            }
        }
    }

    /// `= stack NAME ENVIRONMENT` starts anew, `= change` goes on from what there is.
    fn declare(&mut self, head: &str, lines: &[&str]) -> Result<(), String> {
        let words: Vec<&str> = head.split_whitespace().collect();
        let mut stack = match (words.as_slice(), self.stack.take()) {
            (["stack", name], _) => Stack::new(name, "default", self.kinds),
            (["stack", name, environment], _) => Stack::new(name, environment, self.kinds),
            (["change"], Some(stack)) => stack,
            (["change"], None) => return Err("there is no stack to change yet".into()),
            _ => return Err(format!("`= {head}` is neither `= stack NAME ENVIRONMENT` nor `= change`")),
        };
        stack.take(lines)?;
        self.shell.write(COMPILED, &stack.to_json());
        self.begin_ledger(&stack);
        self.stack = Some(stack);
        // From its seed, before flashinfra makes one that is different each time.
        self.sandbox().map(drop)
    }

    /// An empty ledger with a uuid that is the same in each run, since ids in the sandbox follow from it.
    fn begin_ledger(&mut self, stack: &Stack) {
        let file = format!(".flashinfra/{}/{}/ledger.json", stack.name, stack.environment);
        if self.shell.file(&file).exists() {
            return;
        }
        self.stacks += 1;
        let uuid = format!("{STACK_UUID}{:x}", self.stacks).into();
        let ledger = Ledger::new(stack.name.as_str().into(), stack.environment.as_str().into(), uuid);
        self.shell.write(&file, &String::from_utf8_lossy(&ledger::write(&ledger)));
    }

    fn command(&mut self, line: &str) -> Result<String, String> {
        let mut words = words(line)?;
        let variables = words.iter().take_while(|word| word.contains('=')).count();
        for variable in words.drain(..variables) {
            let (name, value) = variable.split_once('=').unwrap_or_default();
            self.shell.set(name, value);
        }
        if words.first().map(String::as_str) != Some("flashinfra") {
            return Err(format!("`{line}` does not run flashinfra"));
        }
        let arguments = self.completed(&words[1..]);
        let run = self.shell.run(&arguments);
        self.said += &run.stdout;
        self.said += &run.stderr;
        self.is_empty_again(&arguments, &run)?;
        let text = told(&run);
        Ok(self.masked(&text))
    }

    /// The arguments with what every command of a scenario has and none of them writes.
    fn completed(&self, arguments: &[String]) -> Vec<String> {
        let mut all = arguments.to_vec();
        let has = |option: &str| arguments.iter().any(|argument| argument.trim_start_matches('-').starts_with(option));
        let plain = || arguments.iter().filter(|argument| !argument.starts_with('-'));
        let command = plain().next().map_or("", String::as_str);
        let takes_stack = matches!(command, "validate" | "plan" | "test" | "graph" | "recover" | "adopt" | "import")
            || (command == "apply" && plain().count() == 1);
        if takes_stack && self.stack.is_some() && !has("compiled") && !has("dir") {
            all.push(format!("--compiled={COMPILED}"));
        }
        if !has("no-sandbox") {
            all.push("--sandbox".into());
        }
        // One after the other, so that what is printed does not depend on which step is quicker.
        if matches!(command, "apply" | "resume" | "rollback" | "destroy" | "test") && !has("parallelism") {
            all.push("--parallelism=1".into());
        }
        all.retain(|argument| argument != "--no-sandbox");
        all
    }

    /// After every apply of a whole stack, another plan has nothing to do. Checked everywhere, written nowhere.
    fn is_empty_again(&mut self, arguments: &[String], run: &Run) -> Result<(), String> {
        let plain = arguments.iter().filter(|argument| !argument.starts_with('-')).collect::<Vec<_>>();
        let narrowed = ["target", "exclude", "destroy", "refresh-only", "allow-partial"];
        let is_whole = !arguments
            .iter()
            .any(|argument| narrowed.iter().any(|option| argument.trim_start_matches('-').starts_with(option)));
        if plain != ["apply"] || run.code != 0 || !is_whole {
            return Ok(());
        }
        let given = |argument: &&String| ["--compiled", "--sandbox"].iter().any(|option| argument.starts_with(option));
        let mut plan = vec!["plan".to_owned(), "--detailed-exitcode".into()];
        plan.extend(arguments.iter().filter(given).cloned());
        // What goes wrong on purpose is not what this is about.
        let faults = self.shell.unset(FAULTS_VARIABLE);
        let again = self.shell.run(&plan);
        faults.iter().for_each(|file| self.shell.set(FAULTS_VARIABLE, file));
        if again.code == 0 { Ok(()) } else { Err(format!("the plan after the apply is not empty:\n{again}")) }
    }

    fn masked(&mut self, text: &str) -> String {
        self.masks.mask(text, &self.shell.path().to_string_lossy())
    }
}

/// Results as they are, diagnostics behind `! `, and the exit code when it is not 0.
fn told(run: &Run) -> String {
    let mut text = run.stdout.clone();
    for line in run.stderr.lines() {
        text += format!("! {line}").trim_end();
        text.push('\n');
    }
    if run.code != 0 {
        text += &format!("[exit {}]\n", run.code);
    }
    text
}

/// The words of a command line; single quotes keep blanks.
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if quoted { Err(format!("`{line}` has an open quote")) } else { Ok(words) }
}
