use flashinfra::Stack;

fn broken(stack: &mut Stack) {
    stack.nothing();
}

flashinfra::main!("broken", broken);
