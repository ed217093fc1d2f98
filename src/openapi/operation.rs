//! One endpoint as an operation: what it is called, and what it reads.

use serde_json::{Map, Value};
use utoipa::openapi::{
    Content, ContentBuilder, KnownFormat, Object, ObjectBuilder, Required, SchemaFormat, Type,
    path::{Operation as Described, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    request_body::{RequestBody, RequestBodyBuilder},
};

use super::{
    refusals::{Flaw, refuses},
    responses, security,
    specimen::Specimen,
};
use crate::{
    dialect::{Dialect, Member, Operation},
    form::MEDIA_TYPES,
};

pub(super) fn operation<L>(specimen: &Specimen<'_, L>) -> Described {
    let (verb, summary) = match specimen.served.operation {
        Operation::Login => ("login", "Log in"),
        Operation::Exchange => ("exchange", "Exchange credentials for a token"),
        Operation::Refresh if specimen.served.takes_token() => ("refresh", "Refresh a token"),
        Operation::Refresh => ("refresh_bearer", "Refresh the token that is sent as a credential"),
        Operation::Logout if specimen.served.takes_token() => ("logout", "Log out with a token"),
        Operation::Logout => ("logout_bearer", "Log out with the token that is sent as a credential"),
    };
    let name = specimen.dialect.name();
    let described = OperationBuilder::new()
        .operation_id(Some(format!("{name}_{verb}")))
        .tag(name)
        .summary(Some(summary))
        .description(Some(description(specimen)))
        .securities(Some(security::of_endpoint(specimen)))
        .responses(responses::of_endpoint(specimen));
    let described = match specimen.served.takes_token() {
        true => described.parameter(token()),
        false => described,
    };
    match specimen.served.operation {
        Operation::Login => described.request_body(Some(body(specimen.dialect))).build(),
        Operation::Exchange | Operation::Refresh | Operation::Logout => described.build(),
    }
}

fn description<L>(specimen: &Specimen<'_, L>) -> String {
    let issue = specimen.dialect.issue();
    let token =
        format!("The token is signed with {} and expires after {} seconds.", issue.algorithm, issue.lifetime.as_secs());
    let window = issue.refresh_window;
    let refresh =
        window.map(|window| format!("It can be refreshed until {} seconds after the login.", window.as_secs()));
    let rate = specimen.rate();
    let limit = rate
        .map(|rate| format!("A client may send {} requests in {} seconds.", rate.requests(), rate.window().as_secs()));
    let actions = specimen.account_rate();
    let actions = actions
        .map(|rate| format!("An account may do so {} times in {} seconds.", rate.requests(), rate.window().as_secs()));
    [Some(token), refresh, limit, actions].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The token in the path.
fn token() -> Parameter {
    ParameterBuilder::new()
        .name("token")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The token. It may have expired."))
        .schema(Some(Object::with_type(Type::String)))
        .build()
}

/// The form, in each type that is read.
fn body(dialect: &dyn Dialect) -> RequestBody {
    let content = form(dialect);
    MEDIA_TYPES
        .iter()
        .fold(RequestBodyBuilder::new(), |body, media_type| body.content(*media_type, content.clone()))
        .required(Some(Required::True))
        .build()
}

fn form(dialect: &dyn Dialect) -> Content {
    let members = dialect.members();
    let schema = members.iter().fold(ObjectBuilder::new(), |form, member| {
        let form = form.property(&*member.name, text(dialect, member));
        if refuses(dialect, member, Flaw::Absent) { form.required(&*member.name) } else { form }
    });
    let example: Map<_, _> = members.into_iter().map(|member| (member.name, Value::from(member.example))).collect();
    let example = (!example.is_empty()).then(|| example.into());
    ContentBuilder::new().schema(Some(schema)).example(example).build()
}

fn text(dialect: &dyn Dialect, member: &Member) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(refuses(dialect, member, Flaw::Empty).then_some(1))
        .format(member.is_secret.then_some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .build()
}
