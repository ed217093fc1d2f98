//! Login: count, read the form, look up, verify, sign.

use http_body::Body;

use super::{mint::Issued, visit::Visit};
use crate::{
    dialect::Refusal,
    form,
    lookup::{Identifier, Lookup},
};

pub(super) async fn login<L, B>(visit: &mut Visit<'_, L>, body: B) -> Result<Issued, Refusal>
where
    L: Lookup,
    B: Body,
{
    visit.limit_client().await?;
    let context = visit.context;
    let form = form::read(&visit.parts.headers, body, context.body).await?;
    let read = visit.dialect.read(&form)?;
    let user_id = read.identifier.as_ref().map_or("", Identifier::as_str).to_owned();
    visit.limit_user_id(&user_id).await?;
    let (account, since) = visit.admit(read.identifier, &read.password).await?;
    visit.begin(&account, &user_id, None, since).await
}
