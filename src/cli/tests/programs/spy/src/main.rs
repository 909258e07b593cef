use flashinfra::Stack;

fn spy(stack: &mut Stack) {
    stack.output("build", include_str!(concat!(env!("OUT_DIR"), "/variables")));
    let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    names.sort();
    stack.output("program", names.join(" "));
}

flashinfra::main!("spy", spy);
