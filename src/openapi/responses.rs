//! What a route answers: one entry a status, with an example of each answer and a schema that all of them satisfy.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use serde_json::Value;
use utoipa::openapi::{
    Content, ContentBuilder, RefOr, ResponseBuilder, Responses,
    example::{Example, ExampleBuilder},
};

use super::{
    headers::headers,
    refusals::refusals,
    shape::{Shape, one_of_them},
    specimen::Specimen,
};

/// One answer: what it answers, and samples of it that differ in what is the application's.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) samples: Vec<Response<Bytes>>,
}

/// What an endpoint answers.
pub(super) fn of_endpoint<L>(specimen: &Specimen<'_, L>) -> Responses {
    let granted = Told { name: "granted".into(), samples: specimen.granted() };
    let refused = refusals(specimen)
        .into_iter()
        .map(|refusal| Told { name: refusal.as_str().into(), samples: vec![specimen.refused(refusal)] });
    responses(std::iter::once(granted).chain(refused))
}

pub(super) fn responses(answers: impl Iterator<Item = Told>) -> Responses {
    let mut statuses: BTreeMap<u16, Vec<Told>> = BTreeMap::new();
    for told in answers {
        if let Some(first) = told.samples.first() {
            statuses.entry(first.status().as_u16()).or_default().push(told);
        }
    }
    statuses.into_iter().map(|(status, answers)| (status.to_string(), response(&answers))).collect()
}

fn response(answers: &[Told]) -> ResponseBuilder {
    let mut contents: BTreeMap<String, Vec<&Told>> = BTreeMap::new();
    for told in answers {
        if let Some(media_type) = told.samples.first().and_then(media_type) {
            contents.entry(media_type).or_default().push(told);
        }
    }
    let response = ResponseBuilder::new().description(description(answers));
    let response = headers(answers.iter().flat_map(|told| &told.samples))
        .into_iter()
        .fold(response, |response, (name, header)| response.header(name, header));
    contents
        .into_iter()
        .fold(response, |response, (media_type, answers)| response.content(media_type, content(&answers)))
}

/// Not the parameters: a `charset` says nothing of JSON (RFC 8259 §11), and generators of clients look for the bare
/// type.
fn media_type(answer: &Response<Bytes>) -> Option<String> {
    let text = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next()?.trim();
    (!answer.body().is_empty()).then(|| essence.to_ascii_lowercase())
}

fn content(answers: &[&Told]) -> Content {
    let shape = |told: &&Told| told.samples.iter().map(|sample| Shape::of(&value(sample))).reduce(Shape::or);
    let mut examples: Vec<(String, Value)> = Vec::new();
    for told in answers {
        // Refusals that a client cannot tell apart have one example.
        let value = told.samples.first().map(value).filter(|value| examples.iter().all(|(_, known)| known != value));
        examples.extend(value.map(|value| (told.name.clone(), value)));
    }
    let example = |(name, value): (String, Value)| {
        let example = ExampleBuilder::new().summary(words(&name)).value(Some(value));
        (name, RefOr::<Example>::from(example))
    };
    ContentBuilder::new()
        .schema(Some(one_of_them(answers.iter().filter_map(shape))))
        .examples_from_iter(examples.into_iter().map(example))
        .build()
}

/// The body: JSON where it is, and else text.
fn value(answer: &Response<Bytes>) -> Value {
    let is_json = media_type(answer).is_some_and(|media_type| media_type.ends_with("json"));
    let json = is_json.then(|| serde_json::from_slice(answer.body()).ok()).flatten();
    json.unwrap_or_else(|| Value::from(String::from_utf8_lossy(answer.body())))
}

/// `Bad Request: malformed body, missing password`: the status in words, and what leads to it.
fn description(answers: &[Told]) -> String {
    let status = answers.first().and_then(|told| told.samples.first()?.status().canonical_reason());
    let reasons: Vec<_> = answers.iter().map(|told| words(&told.name)).collect();
    format!("{}: {}", status.unwrap_or("Answer"), reasons.join(", "))
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}
