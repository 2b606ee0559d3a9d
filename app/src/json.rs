//! JSON into values with little code. `serde_json`'s own deserializer is compiled anew for every type and every kind of input, and reads structs from
//! lists too: an eighth of all the code that browsers loaded. Here a text becomes a tree first, by one function, and values are taken out of the tree.

use leptos::prelude::Resource;
use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::{Serialize, forward_to_deserialize_any};
use serde_json::{Map, Value};
use std::fmt;

/// What pages read: as [`leptos::prelude::Resource`], written and read by [`Lean`].
pub type Data<T> = Resource<T, Lean>;

/// Codec of resources, and of the answers of server functions.
pub struct Lean;

/// The answer of a server function, for its `output`.
pub type Answer = Post<Lean>;

/// Data that the document waits for; see [`Resource::new_blocking`].
pub fn data<S, T, F>(source: impl Fn() -> S + Send + Sync + 'static, read: impl Fn(S) -> F + Send + Sync + 'static) -> Data<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, read, true)
}

/// A value from JSON.
///
/// # Errors
/// When the text is not JSON, or not of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unfit> {
    T::deserialize(tree(text)?)
}

/// Apart, since there is one of it.
fn tree(text: &str) -> Result<Tree, Unfit> {
    serde_json::from_str(text).map(Tree).map_err(|_| Unfit("JSON"))
}

/// JSON that is not what was expected: the member that is missing, or what there should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit(&'static str);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not readable: {}", self.0)
    }
}

impl std::error::Error for Unfit {}

// The words that serde makes are for authors of JSON; here both ends are ours, and each of them would be code.
impl Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("value")
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("type")
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("value")
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self("length")
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self("variant")
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self("member")
    }
    fn missing_field(field: &'static str) -> Self {
        Self(field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self(field)
    }
}

impl ContentType for Lean {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Lean {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Lean {
    type Error = serde_json::Error;
    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Lean {
    type Error = Unfit;
    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        std::str::from_utf8(&bytes).map_err(|_| Unfit("JSON")).and_then(read)
    }
}

impl<T: Serialize> Encoder<T> for Lean {
    type Error = serde_json::Error;
    type Encoded = String;
    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Lean {
    type Error = Unfit;
    type Encoded = str;
    fn decode(text: &str) -> Result<T, Self::Error> {
        read(text)
    }
}

struct Tree(Value);

impl<'de> Deserializer<'de> for Tree {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(b),
            Value::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
                (Some(n), _, _) => visitor.visit_u64(n),
                (_, Some(n), _) => visitor.visit_i64(n),
                (_, _, Some(n)) => visitor.visit_f64(n),
                _ => Err(Unfit("number")),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Value::Object(members) => visitor.visit_map(Members::new(members)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.0.as_bool().map_or(Err(Unfit("boolean")), |b| visitor.visit_bool(b))
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.0.as_u64().map_or(Err(Unfit("whole number")), |n| visitor.visit_u64(n))
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.0.as_i64().map_or(Err(Unfit("whole number")), |n| visitor.visit_i64(n))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.0.as_f64().map_or(Err(Unfit("number")), |n| visitor.visit_f64(n))
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            _ => Err(Unfit("text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            _ => Err(Unfit("list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Object(members) => visitor.visit_map(Members::new(members)),
            _ => Err(Unfit("object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::String(variant) => visitor.visit_enum(Variant { variant, content: None }),
            Value::Object(members) => match members.into_iter().next() {
                Some((variant, content)) => visitor.visit_enum(Variant { variant, content: Some(content) }),
                None => Err(Unfit("variant")),
            },
            _ => Err(Unfit("variant")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i8 i16 i128 u128 char bytes byte_buf unit_struct tuple_struct }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Unfit;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        self.0.next().map(|item| seed.deserialize(Tree(item))).transpose()
    }
}

struct Members {
    left: serde_json::map::IntoIter,
    value: Value,
}

impl Members {
    fn new(members: Map<String, Value>) -> Self {
        Self { left: members.into_iter(), value: Value::Null }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Unfit;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Tree(Value::String(name))).map(Some)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unfit> {
        seed.deserialize(Tree(self.value.take()))
    }
}

struct Variant {
    variant: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unfit;
    type Variant = Content;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content), Unfit> {
        Ok((seed.deserialize(Tree(Value::String(self.variant)))?, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl<'de> VariantAccess<'de> for Content {
    type Error = Unfit;
    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Unfit> {
        seed.deserialize(Tree(self.0.unwrap_or_default()))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        Tree(self.0.unwrap_or_default()).deserialize_seq(visitor)
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        Tree(self.0.unwrap_or_default()).deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use contract::{AppError, ConfiguratorData, Me, Page, ProductCard};
    use product::CompiledProduct;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        New(i32),
        Pair(u8, String),
        Named { x: f32, y: Option<f64> },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        flag: bool,
        small: u8,
        below: i64,
        real: f64,
        whole_real: f64,
        words: String,
        nothing: Option<String>,
        some: Option<u32>,
        list: Vec<Kind>,
        pair: (u16, String),
        three: [f64; 3],
        map: BTreeMap<String, serde_json::Value>,
        #[serde(default)]
        left_out: Vec<u8>,
    }

    fn all() -> All {
        All {
            flag: true,
            small: 200,
            below: -7,
            real: 0.1,
            whole_real: 3.0,
            words: "ä \" \\ 😀".into(),
            nothing: None,
            some: Some(u32::MAX),
            list: vec![Kind::Plain, Kind::New(-1), Kind::Pair(1, "a".into()), Kind::Named { x: 1.5, y: None }],
            pair: (9, "b".into()),
            three: [1.0, -2.5, 1e9],
            map: BTreeMap::from([("k".into(), serde_json::json!([1, { "a": null }]))]),
            left_out: Vec::new(),
        }
    }

    #[test]
    fn what_serde_json_writes_is_read() {
        assert_eq!(read::<All>(&serde_json::to_string(&all()).expect("written")), Ok(all()));
        assert_eq!(read::<Result<u8, AppError>>(r#"{"Ok":3}"#), Ok(Ok(3)));
        let refused: Result<u8, AppError> = Err(AppError::invalid_at("/width", "Too wide."));
        assert_eq!(read::<Result<u8, AppError>>(&serde_json::to_string(&refused).expect("written")), Ok(refused));
        assert_eq!(read::<Option<Me>>("null"), Ok(None));
    }

    #[test]
    fn other_texts_are_refused_with_the_place() {
        let said = |text: &str| read::<All>(text).expect_err(text).to_string();
        assert_eq!(said("{"), "not readable: JSON");
        assert_eq!(said("{}"), "not readable: flag");
        assert_eq!(said("[]"), "not readable: object");
        let without = |name: &str, with: serde_json::Value| {
            let mut json = serde_json::to_value(all()).expect("written");
            json[name] = with;
            said(&json.to_string())
        };
        assert_eq!(without("small", 256.into()), "not readable: value");
        assert_eq!(without("below", 1.5.into()), "not readable: whole number");
        assert_eq!(without("words", 1.into()), "not readable: text");
        assert_eq!(without("list", serde_json::json!(["Other"])), "not readable: variant");
        assert_eq!(without("three", serde_json::json!([1, 2])), "not readable: length");
        for text in ["", "null", "7", "\"x\"", "{\"items\":3}"] {
            assert!(read::<Page<ProductCard>>(text).is_err() && read::<ConfiguratorData>(text).is_err() && read::<CompiledProduct>(text).is_err(), "{text}");
        }
    }
}
