//! The functions that define a stack.

use std::fmt::Display;

use crate::Params;
use crate::json::Json;
use crate::params::{self, Fault, Parameter};
use crate::problem::Problem;
use crate::stack::Stack;

/// A function that defines a stack: `fn(&mut Stack)` or `fn(&mut Stack, &P)`. `Kind` tells the two apart, and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not define a stack",
    label = "a stack is defined by `fn(&mut Stack)` or by `fn(&mut Stack, &P)`",
    note = "`P` is a struct with `#[derive(flashinfra::Params)]`, and the function returns nothing or `Result<(), E>`"
)]
pub trait Definition<Kind> {
    /// What its parameters say about themselves.
    fn parameters(&self) -> Vec<Parameter>;

    /// Reads the parameters and fills the stack. `file` is where the user would set a parameter.
    ///
    /// # Errors
    ///
    /// What is wrong with the parameters; then the function was not called.
    fn define(&self, stack: &mut Stack, given: &Json, file: &str) -> Result<(), Vec<Fault>>;
}

/// The parameters of a function that takes none.
#[derive(Params)]
#[param(crate = crate)]
struct NoParameters;

impl<F, R> Definition<fn() -> R> for F
where
    F: Fn(&mut Stack) -> R,
    R: Outcome,
{
    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    fn define(&self, stack: &mut Stack, given: &Json, file: &str) -> Result<(), Vec<Fault>> {
        let NoParameters = params::read(given, file)?;
        self(stack).report(stack);
        Ok(())
    }
}

impl<F, P, R> Definition<fn(P) -> R> for F
where
    F: Fn(&mut Stack, &P) -> R,
    P: Params,
    R: Outcome,
{
    fn parameters(&self) -> Vec<Parameter> {
        P::parameters()
    }

    fn define(&self, stack: &mut Stack, given: &Json, file: &str) -> Result<(), Vec<Fault>> {
        let params: P = params::read(given, file)?;
        self(stack, &params).report(stack);
        Ok(())
    }
}

/// What a function that defines a stack returns: nothing, or a failure.
#[diagnostic::on_unimplemented(
    message = "a function that defines a stack returns nothing or `Result<(), E>`, not `{Self}`",
    note = "publish values with `stack.output`"
)]
pub trait Outcome {
    /// Adds the failure to the stack's problems.
    fn report(self, stack: &mut Stack);
}

impl Outcome for () {
    fn report(self, _stack: &mut Stack) {}
}

impl<E: Display> Outcome for Result<(), E> {
    fn report(self, stack: &mut Stack) {
        if let Err(error) = self {
            stack.problems.push(Problem::new(error.to_string()));
        }
    }
}
