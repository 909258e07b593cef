//! JSON as the program's protocol uses it: a strict reader for the parameters, and a writer.
//!
//! A custom stack links no JSON library, since a few hundred lines are all it needs. The reader takes exactly RFC 8259,
//! refuses an object that names a key twice, and stops at [`DEPTH_MAX`] so that no input can overflow the stack.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// How deep lists and objects may nest. Parameters are a few levels deep; each level costs a stack frame to read.
pub const DEPTH_MAX: usize = 64;

/// A JSON value. Its [`Display`](fmt::Display) is compact JSON with sorted keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number, as it was written: nothing in a stack is a float, so it is only good for telling so.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong. It never repeats the text, which may hold what nobody should see.
    pub reason: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Json {
    /// Reads one JSON value that fills the whole text.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, names a key of an object twice, or nests deeper than [`DEPTH_MAX`].
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let mut parser = Parser { text, position: 0 };
        let value = parser.value(0).and_then(|value| {
            parser.skip_space();
            if parser.position == text.len() { Ok(value) } else { Err("something follows the value") }
        });
        value.map_err(|reason| parser.error(reason))
    }

    /// What this is, for a message: `text "abc"`, `the number 1.5`, `a list`. Long text is cut.
    pub fn told(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => format!("the number {value}"),
            Self::Number(value) => format!("the number {value}"),
            Self::Text(text) => format!("the text {}", quoted(text)),
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) => "a table".to_owned(),
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => f.write_str(value),
            Self::Text(text) => write_text(f, text),
            Self::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_char(']')
            }
            Self::Object(entries) => {
                f.write_char('{')?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write_text(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {}, column {})", self.reason, self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

/// Writes text as a JSON string, quotes included. Only what must be escaped is escaped, so that equal text is equal bytes.
///
/// # Errors
///
/// Those of the writer; a `String` has none.
pub fn write_text(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    // By bytes, which is several times quicker: what must be escaped is ASCII, and no part of a longer character.
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.write_str("\\\"")?,
            Some('\\') => out.write_str("\\\\")?,
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(control) => write!(out, "\\u{:04x}", u32::from(control))?,
            None => {}
        }
        rest = characters.as_str();
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// Text in quotes for a message, cut when it is long.
fn quoted(text: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 60;
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

/// A position in the text. Reading stops at the first error, whose place is where it stopped.
struct Parser<'text> {
    text: &'text str,
    position: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, &'static str> {
        if depth > DEPTH_MAX {
            return Err("it nests too deep");
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err("it ends where a value is expected"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.position += 1;
        let mut entries = BTreeMap::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(entries));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err("a key in double quotes is expected");
            }
            let key = self.string()?;
            self.skip_space();
            self.expect(b':', "a colon is expected")?;
            if entries.insert(key, self.value(depth + 1)?).is_some() {
                return Err("an object names a key twice");
            }
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Object(entries));
            }
            self.expect(b',', "a comma or `}` is expected")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.position += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            self.expect(b',', "a comma or `]` is expected")?;
        }
    }

    fn string(&mut self) -> Result<String, &'static str> {
        self.position += 1;
        let mut out = String::new();
        loop {
            let start = self.position;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= b' ') {
                self.position += 1;
            }
            out.push_str(&self.text[start..self.position]);
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.position += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err("a control character in text must be escaped"),
                None => return Err("text is not closed"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        let byte = self.peek().ok_or("text is not closed")?;
        self.position += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => {
                self.position -= 1;
                return Err("no such escape");
            }
        })
    }

    /// What follows `\u`: four digits, or the two halves of a surrogate pair.
    fn unicode(&mut self) -> Result<char, &'static str> {
        const HALF: &str = "half of a surrogate pair";
        let first = self.hex()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or(HALF);
        }
        if !self.text[self.position..].starts_with("\\u") {
            return Err(HALF);
        }
        self.position += 2;
        let second = self.hex()?;
        if first >= 0xDC00 || !(0xDC00..0xE000).contains(&second) {
            return Err(HALF);
        }
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(HALF)
    }

    fn hex(&mut self) -> Result<u32, &'static str> {
        const DIGITS: &str = "four hexadecimal digits are expected";
        let digits = self.text.get(self.position..self.position + 4).ok_or(DIGITS)?;
        // `from_str_radix` alone would take a sign.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(DIGITS);
        }
        self.position += 4;
        u32::from_str_radix(digits, 16).map_err(|_| DIGITS)
    }

    fn number(&mut self) -> Result<Json, &'static str> {
        const DIGIT: &str = "a digit is expected";
        let start = self.position;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits().ok_or(DIGIT)?;
        }
        let mut whole = true;
        if self.take(b'.') {
            whole = false;
            self.digits().ok_or(DIGIT)?;
        }
        if self.take(b'e') || self.take(b'E') {
            whole = false;
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits().ok_or(DIGIT)?;
        }
        let text = &self.text[start..self.position];
        Ok(match text.parse() {
            Ok(integer) if whole => Json::Integer(integer),
            _ => Json::Number(text.to_owned()),
        })
    }

    /// Skips one digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        (self.position > start).then_some(())
    }

    fn word(&mut self) -> Result<Json, &'static str> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.text[self.position..].starts_with(word) {
                self.position += word.len();
                return Ok(value);
            }
        }
        Err("a value is expected")
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.position += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), &'static str> {
        if self.take(byte) { Ok(()) } else { Err(reason) }
    }

    fn error(&self, reason: &'static str) -> JsonError {
        let before = self.text.get(..self.position).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        JsonError { reason, line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests;
