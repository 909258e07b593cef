//! Mistakes that do not compile, each with an error that says what to do: the `.stderr` files are what users read.

#[test]
fn mistakes_do_not_compile_and_the_errors_say_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
