//! A small tree of XML elements. AWS's replies have no mixed content, so an element holds elements or text.

use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    /// As written, escapes and all: nothing here looks inside.
    attributes: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// An element without parts.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The same element in a namespace.
    #[must_use]
    pub(crate) fn in_namespace(mut self, namespace: &str) -> Self {
        self.attributes = format!(" xmlns=\"{}\"", quick_xml::escape::escape(namespace));
        self
    }

    /// The same element with a text in it.
    #[must_use]
    pub(crate) fn with_text(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    /// The same element with one more in it.
    #[must_use]
    pub(crate) fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Reads a document; none when it is not well formed.
    pub(crate) fn read(document: &str) -> Option<Self> {
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Self> = Vec::new();
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => open.push(opened(&start)),
                Event::Empty(start) => {
                    let element = opened(&start);
                    match open.last_mut() {
                        Some(holder) => holder.children.push(element),
                        None => return Some(element),
                    }
                }
                Event::End(_) => {
                    let mut element = open.pop()?;
                    if !element.children.is_empty() {
                        // White space between elements.
                        element.text.clear();
                    }
                    match open.last_mut() {
                        Some(holder) => holder.children.push(element),
                        None => return Some(element),
                    }
                }
                Event::Text(text) => add(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
                Event::CData(text) => add(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
                Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                    Some(character) => add(&mut open, character.encode_utf8(&mut [0; 4])),
                    None => add(&mut open, quick_xml::escape::resolve_xml_entity(&name.into_inner())?),
                },
                Event::Eof => return None,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    /// The document whose root this is.
    pub(crate) fn document(&self) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        // Writing into memory does not fail.
        let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let _ = self.write(&mut writer);
        writer.into_inner()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let content = format!("{}{}", self.name, self.attributes);
        writer.write_event(Event::Start(BytesStart::from_content(content, self.name.len())))?;
        if !self.text.is_empty() {
            writer.write_event(Event::Text(BytesText::new(&self.text)))?;
        }
        for child in &self.children {
            child.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name.as_str())))
    }

    /// The element at a path below this one.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        steps.try_fold(self, |element, step| element.children.iter().find(|child| child.name == step))
    }

    /// Likewise, to be changed.
    pub(crate) fn at_mut(&mut self, path: &str) -> Option<&mut Self> {
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        steps.try_fold(self, |element, step| element.children.iter_mut().find(|child| child.name == step))
    }

    /// The text of an element without parts.
    pub(crate) fn text(&self) -> Option<String> {
        self.children.is_empty().then(|| self.text.clone())
    }

    /// Whether an element of this name, at any depth, has a text that matches.
    pub(crate) fn any(&self, name: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        let here = self.name == name && self.children.is_empty() && matches(&self.text);
        here || self.children.iter().any(|child| child.any(name, matches))
    }

    /// Writes the text of a child, which is made when it is missing.
    pub(crate) fn put(&mut self, name: &str, text: &str) {
        match self.children.iter_mut().find(|child| child.name == name) {
            Some(child) => *child = Self { text: text.to_owned(), children: Vec::new(), ..std::mem::take(child) },
            None => self.children.push(Self::new(name).with_text(text)),
        }
    }

    /// Takes a child out.
    pub(crate) fn detach(&mut self, name: &str) -> Option<Self> {
        let index = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.remove(index))
    }

    /// Puts a child at the end.
    pub(crate) fn attach(&mut self, child: Self) {
        self.children.push(child);
    }

    /// Takes all children out.
    pub(crate) fn take_items(&mut self) -> Vec<Self> {
        std::mem::take(&mut self.children)
    }
}

fn opened(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes_raw().trim_end();
    Element { name: start.name().as_ref().to_owned(), attributes: attributes.to_owned(), ..Element::default() }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}
