extern crate flashinfra_stacks as flashinfra;

use flashinfra::json;

struct Hours;

fn main() {
    let _ = json!({ "a": 1.5 });
    let _ = json!({ "a": 1, "a": 2 });
    let _ = json!({ a: 1 });
    let _ = json!({ "a" 1 });
    let _ = json!({ "a": });
    let _ = json!({ "a": Hours });
}
