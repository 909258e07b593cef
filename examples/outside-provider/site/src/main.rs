//! A web site of two files.

use files::{Provider, Text};
use flashinfra::{Stack, output};

fn site(stack: &mut Stack) {
    stack.provider("files", Provider::builder().root("target"));
    let page = stack.add("page", Text::builder().path("index.html").content("<h1>It works</h1>\n"));
    let note = output!("{} has {} bytes\n", page.path(), page.size());
    stack.add("note", Text::builder().path("note.txt").content(note));
}

flashinfra::main!("site", site);
