//! Health, metadata, metrics and the page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::app::App;
use super::place::Place;
use crate::metrics::TEXT;
use crate::protocol::{Refusal, metadata};

pub async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let ready = app.is_ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": ready }))).into_response()
}

pub async fn server() -> Json<Value> {
    Json(metadata::server())
}

pub async fn model(State(app): State<Arc<App>>, place: Place) -> Result<Json<Value>, Refusal> {
    let (_, live) = app.repository.find(&place.model, place.version.as_deref())?;
    Ok(Json(metadata::model(&place.model, &app.repository.versions(&place.model), &live.signature)))
}

pub async fn model_ready(State(app): State<Arc<App>>, place: Place) -> Result<Json<Value>, Refusal> {
    app.repository.find(&place.model, place.version.as_deref())?;
    if app.is_stopping() {
        return Err(Refusal::busy("the server: found it stopping, expected it ready"));
    }
    Ok(Json(json!({ "name": place.model, "ready": true })))
}

pub async fn config(State(app): State<Arc<App>>, place: Place) -> Result<Json<Value>, Refusal> {
    let (_, live) = app.repository.find(&place.model, place.version.as_deref())?;
    Ok(Json(metadata::config(&place.model, app.most_samples, &live.signature)))
}

pub async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT)], app.metrics.text())
}

pub async fn page(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Refusal> {
    let page = app.page.clone().ok_or_else(|| Refusal::missing("/: found no page, expected --page FILE"))?;
    Ok(([(CONTENT_TYPE, "text/html; charset=utf-8")], page))
}
