//! The types that a parameter can have, beside those that derive [`Params`](crate::params::Params).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::json::Json;
use crate::params::path::Step;
use crate::params::reader::{LIST, NUMBER, TABLE, TRUTH};
use crate::params::{Kind, Param, Reader, Shape};

#[diagnostic::do_not_recommend]
impl Param for bool {
    fn shape() -> Shape {
        Shape::of(Kind::Bool)
    }

    fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(*value),
            other => reader.mismatch(TRUTH, other),
        }
    }

    fn to_json(&self) -> Json {
        Json::Bool(*self)
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Param for $integer {
            fn shape() -> Shape {
                Shape::of(Kind::Integer)
            }

            fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
                let Json::Integer(number) = json else { return reader.mismatch(NUMBER, json) };
                let value = Self::try_from(*number).ok();
                if value.is_none() {
                    reader.refuse(format!("must be {NUMBER} from {} to {}, not {number}", Self::MIN, Self::MAX));
                }
                value
            }

            fn to_json(&self) -> Json {
                i64::try_from(*self).map_or_else(|_| Json::Number(self.to_string()), Json::Integer)
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64 usize);

#[diagnostic::do_not_recommend]
impl Param for String {
    fn shape() -> Shape {
        Shape::of(Kind::Text)
    }

    fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
        match json {
            Json::Text(text) => Some(text.clone()),
            other => reader.mismatch("text", other),
        }
    }

    fn to_json(&self) -> Json {
        Json::Text(self.clone())
    }
}

macro_rules! text_types {
    ($($text:ty, $format:literal, $expected:literal;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Param for $text {
            fn shape() -> Shape {
                Shape { format: $format, ..Shape::of(Kind::Text) }
            }

            fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
                reader.parse_text(json, $expected)
            }

            fn to_json(&self) -> Json {
                Json::Text(self.to_string())
            }
        }
    )*};
}

text_types! {
    IpAddr, "IpAddr", "text that is an IP address";
    Ipv4Addr, "Ipv4Addr", "text that is an IPv4 address such as 10.0.0.1";
    Ipv6Addr, "Ipv6Addr", "text that is an IPv6 address";
}

#[diagnostic::do_not_recommend]
impl<T: Param> Param for Option<T> {
    fn shape() -> Shape {
        Shape { optional: true, ..T::shape() }
    }

    fn read(given: Option<&Json>, default: Option<Self>, reader: &mut Reader) -> Option<Self> {
        match given {
            None => Some(default.flatten()),
            Some(Json::Null) => Some(None),
            Some(_) => T::read(given, default.flatten(), reader).map(Some),
        }
    }

    fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
        Self::read(Some(json), None, reader)
    }

    fn to_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, Param::to_json)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Param> Param for Vec<T> {
    fn shape() -> Shape {
        Shape::collection(Kind::List, T::shape())
    }

    fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
        let Json::List(items) = json else { return reader.mismatch(LIST, json) };
        // Every item is read before the first failure is passed on, so that all faults are told.
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| reader.within(Step::Index(index), |reader| T::read(Some(item), None, reader)))
            .collect();
        read.into_iter().collect()
    }

    fn to_json(&self) -> Json {
        Json::List(self.iter().map(Param::to_json).collect())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Param> Param for BTreeMap<String, T> {
    fn shape() -> Shape {
        Shape::collection(Kind::Map, T::shape())
    }

    fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
        let Json::Object(entries) = json else { return reader.mismatch(TABLE, json) };
        let read: Vec<Option<(String, T)>> = entries
            .iter()
            .map(|(key, value)| {
                let value = reader.within(Step::Key(key.clone()), |reader| T::read(Some(value), None, reader));
                value.map(|value| (key.clone(), value))
            })
            .collect();
        read.into_iter().collect()
    }

    fn to_json(&self) -> Json {
        Json::Object(self.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
    }
}
