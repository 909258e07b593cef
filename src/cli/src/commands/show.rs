//! `flashinfra show FILE`.

use super::{Context, apply, plan};
use crate::args::Show;
use crate::json_lines;
use crate::problem::{Ended, Exit};

/// Prints a plan file as it was shown when it was made.
pub(super) fn run(context: &Context<'_>, args: &Show) -> Ended {
    let plan = apply::read(context, &args.file)?.plan;
    json_lines::plan(context.output, &plan, Some(&args.file.to_string_lossy()));
    plan::result(context, &plan);
    Ok(Exit::Ok)
}
