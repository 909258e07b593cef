//! JSON objects and lists, written as they come.

use super::values::write_text;

/// An object that is being written.
pub(super) struct Object<'out> {
    out: &'out mut String,
    is_empty: bool,
}

impl<'out> Object<'out> {
    pub(super) fn open(out: &'out mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// Writes a key; its value is written next.
    pub(super) fn key(&mut self, key: &str) -> &mut String {
        self.separated("", key)
    }

    /// Writes a key at the begin of a line, also the first.
    pub(super) fn key_on_new_line(&mut self, key: &str) -> &mut String {
        self.separated("\n", key)
    }

    fn separated(&mut self, line_end: &str, key: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        self.out.push_str(line_end);
        write_text(self.out, key);
        self.out.push(':');
        self.out
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        write_text(self.key(key), text);
    }

    pub(super) fn integer(&mut self, key: &str, number: i64) {
        self.key(key).push_str(&number.to_string());
    }

    pub(super) fn bool(&mut self, key: &str, truth: bool) {
        self.key(key).push_str(if truth { "true" } else { "false" });
    }

    /// Writes a truth whose default is false.
    pub(super) fn flag(&mut self, key: &str, truth: bool) {
        if truth {
            self.bool(key, true);
        }
    }

    pub(super) fn close(self) {
        self.out.push('}');
    }
}

/// Writes a list.
pub(super) fn list<T>(out: &mut String, items: impl IntoIterator<Item = T>, write: impl Fn(T, &mut String)) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}
