//! The model and version that a path names.

use axum::extract::path::Path;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;

use crate::protocol::Refusal;

/// `/v2/models/{model}` or `/v2/models/{model}/versions/{version}`; for `/predict`, `?model=…&version=…`.
#[derive(Deserialize)]
pub struct Place<Name = String> {
    pub model: Name,
    pub version: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Place, Refusal> {
        read::<Path<Place>, _>(parts, state).await.map(|Path(place)| place)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Place<Option<String>> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Place<Option<String>>, Refusal> {
        read::<Query<Place<Option<String>>>, _>(parts, state).await.map(|Query(place)| place)
    }
}

/// What axum reads, with errors in JSON.
async fn read<E, S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<E, Refusal>
where
    E: FromRequestParts<S, Rejection: std::fmt::Display>,
{
    E::from_request_parts(parts, state).await.map_err(|error| Refusal::bad(format!("the address: {error}")))
}
