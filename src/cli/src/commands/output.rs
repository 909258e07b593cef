//! `flashinfra output [NAME]`.

use flashinfra_plans::Value;

use super::Context;
use crate::args::Output;
use crate::problem::{Ended, Exit, Problem};
use crate::{outputs, session, suggest};

/// Prints what the stack publishes, as of the last apply.
pub(super) async fn run(context: &Context<'_>, args: &Output) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let ledger = session::ledger(context, &session, &key).await?;
    let output = context.output;
    let Some(name) = &args.name else {
        if output.is_json() {
            output.document(&outputs::json(&ledger.outputs));
        } else if ledger.outputs.is_empty() {
            output.note(&format!("{}/{} publishes nothing.", key.stack(), key.environment()));
        } else {
            output.result(&outputs::table(&ledger.outputs, output.paint()));
        }
        return Ok(Exit::Ok);
    };
    let Some(value) = ledger.outputs.get(name.as_str()) else {
        return Err(unknown(name, ledger.outputs.keys().map(|name| name.as_str())).into());
    };
    match (args.raw, value) {
        _ if output.is_json() => output.document(&value.to_json()),
        (true, Value::Text(text)) => output.raw(text),
        (true, Value::Bool(_) | Value::Integer(_)) => output.raw(&value.to_json()),
        (true, _) => {
            return Err(Problem::new(format!("the output `{name}` is not a single value that could be printed raw"))
                .help(format!("`flashinfra output --json {name}` prints it as JSON"))
                .into());
        }
        (false, _) => output.result(&outputs::line(value)),
    }
    Ok(Exit::Ok)
}

fn unknown<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Problem {
    let problem = Problem::new(format!("no output `{name}` was published by the last apply"));
    let list = names.clone().collect::<Vec<_>>().join(", ");
    match suggest::nearest(name, names) {
        Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
        None if list.is_empty() => problem.help("the stack publishes nothing; `stack.output(\"name\", value)` does"),
        None => problem.help(format!("there are: {list}")),
    }
}
