//! `flashinfra show FILE`.

use flashinfra_plans::render;

use super::{Context, apply};
use crate::args::Show;
use crate::json_lines;
use crate::problem::{Ended, Exit};

/// Prints a plan file as it was shown when it was made.
pub(super) fn run(context: &Context<'_>, args: &Show) -> Ended {
    let plan = apply::read(context, &args.file)?.plan;
    json_lines::plan(context.output, &plan, Some(&args.file.to_string_lossy()));
    context.output.result(&render::plan(&plan, &context.output.style()));
    Ok(Exit::Ok)
}
