//! Values of a shape that nobody modelled.

use crate::input::Scalar;
use crate::json::Json;
use crate::problem::Problem;
use crate::schema::{Element, Text};
use crate::value::Value;

/// A value of a shape that nobody modelled: any JSON without floats.
///
/// ```
/// use flashinfra_stacks::Any;
///
/// let values = Any::parse(r#"{"replicas": 3, "zones": ["a", "b"]}"#)?;
/// # Ok::<(), flashinfra_stacks::Problem>(())
/// ```
#[derive(Clone)]
pub struct Any {
    value: Value,
}

impl Any {
    /// Reads JSON.
    ///
    /// # Errors
    /// When the text is not JSON, or holds a number that is not a whole one of 64 bits.
    pub fn parse(json: &str) -> Result<Self, Problem> {
        read(json).map(|value| Self { value }).map_err(Problem::new)
    }
}

#[diagnostic::do_not_recommend]
impl Scalar for Any {
    const ELEMENT: Element = Element::Any;

    fn into_value(self) -> Value {
        self.value
    }
}

/// JSON as a value, or why it is none.
pub(crate) fn read(json: &str) -> Result<Value, String> {
    value(Json::parse(json).map_err(|error| format!("its value is not JSON: {error}"))?)
}

fn value(json: Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Integer(number) => Value::Integer(number),
        Json::Number(number) => {
            return Err(format!(
                "{number} is not a whole number of 64 bits; write it as text if the provider takes that"
            ));
        }
        Json::Text(text) => Value::text(text),
        Json::List(items) => Value::List(items.into_iter().map(value).collect::<Result<_, _>>()?),
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(key, json)| Ok((Text::from(key), value(json)?)));
            Value::Map(entries.collect::<Result<_, String>>()?)
        }
    })
}
