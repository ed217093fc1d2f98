//! `Shape`: what values have in common, read off samples of them.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::{
    RefOr, Schema, Type,
    schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType},
};

/// What values have in common.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Samples of different types: it is the application's to say.
    Any,
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    List(Option<Box<Shape>>),
    Object(BTreeMap<String, Member>),
}

/// A member of an object, and whether each sample has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    shape: Shape,
    is_required: bool,
}

impl Shape {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::Text,
            Value::Array(items) => Self::List(items.iter().map(Self::of).reduce(Self::or).map(Box::new)),
            Value::Object(members) => {
                let member = |value| Member { shape: Self::of(value), is_required: true };
                Self::Object(members.iter().map(|(name, value)| (name.clone(), member(value))).collect())
            }
        }
    }

    /// What two samples of one value have in common.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Integer | Self::Number, Self::Integer | Self::Number) => Self::Number,
            (Self::List(one), Self::List(None)) | (Self::List(None), Self::List(one)) => Self::List(one),
            (Self::List(Some(one)), Self::List(Some(other))) => Self::List(Some(Box::new(one.or(*other)))),
            (Self::Object(one), Self::Object(other)) => Self::Object(either(one, other)),
            _ => Self::Any,
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        let plain = |kind: Type| ObjectBuilder::new().schema_type(kind).into();
        match self {
            Self::Any => any().description(Some("The application's, without secret members.")).into(),
            Self::Null => plain(Type::Null),
            Self::Boolean => plain(Type::Boolean),
            Self::Integer => plain(Type::Integer),
            Self::Number => plain(Type::Number),
            Self::Text => plain(Type::String),
            Self::List(None) => ArrayBuilder::new().items(RefOr::<Schema>::from(any())).into(),
            Self::List(Some(item)) => ArrayBuilder::new().items(item.schema()).into(),
            Self::Object(members) => {
                let with = |object: ObjectBuilder, (name, member): (&String, &Member)| {
                    let object = object.property(name, member.shape.schema());
                    if member.is_required { object.required(name) } else { object }
                };
                members.iter().fold(ObjectBuilder::new(), with).into()
            }
        }
    }
}

/// A schema that each of these shapes satisfies, and no other.
pub(super) fn one_of_them(shapes: impl IntoIterator<Item = Shape>) -> RefOr<Schema> {
    let mut different: Vec<Shape> = Vec::new();
    for shape in shapes {
        if !different.contains(&shape) {
            different.push(shape);
        }
    }
    match &*different {
        [only] => only.schema(),
        several => several.iter().fold(AnyOfBuilder::new(), |any, shape| any.item(shape.schema())).into(),
    }
}

fn any() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue)
}

fn either(one: BTreeMap<String, Member>, mut other: BTreeMap<String, Member>) -> BTreeMap<String, Member> {
    let mut members = BTreeMap::new();
    for (name, member) in one {
        let member = match other.remove(&name) {
            None => Member { is_required: false, ..member },
            Some(same) => {
                Member { shape: member.shape.or(same.shape), is_required: member.is_required && same.is_required }
            }
        };
        members.insert(name, member);
    }
    members.extend(other.into_iter().map(|(name, member)| (name, Member { is_required: false, ..member })));
    members
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(samples: &[Value]) -> Value {
        let shape = samples.iter().map(Shape::of).reduce(Shape::or).unwrap();
        serde_json::to_value(shape.schema()).unwrap()
    }

    #[test]
    fn one_sample_says_its_types() {
        let sample = json!({"a": 1, "b": 0.5, "c": "x", "d": true, "e": null, "f": ["x"], "g": {"h": []}});
        let properties = json!({
            "a": {"type": "integer"},
            "b": {"type": "number"},
            "c": {"type": "string"},
            "d": {"type": "boolean"},
            "e": {"type": "null"},
            "f": {"type": "array", "items": {"type": "string"}},
            "g": {"type": "object", "properties": {"h": {"type": "array", "items": {}}}, "required": ["h"]},
        });
        let required = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(schema(&[sample]), json!({"type": "object", "properties": properties, "required": required}));
    }

    #[test]
    fn several_samples_say_what_they_have_in_common() {
        assert_eq!(schema(&[json!(1), json!(0.5)]), json!({"type": "number"}));
        assert_eq!(schema(&[json!([]), json!([1])]), json!({"type": "array", "items": {"type": "integer"}}));
        let objects = [json!({"a": 1, "b": 1}), json!({"a": 2, "c": 1})];
        assert_eq!(schema(&objects)["required"], json!(["a"]));
        assert_eq!(schema(&objects)["properties"].as_object().unwrap().len(), 3);
        let differing = schema(&[json!({"user": {"id": 1}}), json!({"user": "ada"})]);
        assert_eq!(differing["required"], json!(["user"]));
        assert_eq!(differing["properties"]["user"].get("type"), None);
    }

    #[test]
    fn different_answers_are_alternatives_and_equal_ones_are_one() {
        let shapes = || [json!({"login": "x"}), json!({"password": "x"}), json!({"login": "y"})];
        let schema = serde_json::to_value(one_of_them(shapes().iter().map(Shape::of))).unwrap();
        assert_eq!(schema["anyOf"].as_array().unwrap().len(), 2);
        let schema = serde_json::to_value(one_of_them([Shape::Text, Shape::Text])).unwrap();
        assert_eq!(schema, json!({"type": "string"}));
    }
}
