//! Which request is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use super::app::App;
use super::measure::measure;
use super::{body, describe, infer, predict};
use crate::protocol::{Refusal, shown};

pub fn router(app: Arc<App>) -> Router {
    let model = Router::new()
        .route("/", get(describe::model))
        .route("/ready", get(describe::model_ready))
        .route("/config", get(describe::config))
        .route("/infer", post(infer::infer));
    Router::new()
        .route("/", get(describe::page))
        .route("/predict", post(predict::predict))
        .route("/metrics", get(describe::metrics))
        .route("/v2", get(describe::server))
        .route("/v2/", get(describe::server))
        .route("/v2/health/live", get(describe::live))
        .route("/v2/health/ready", get(describe::ready))
        .nest("/v2/models/{model}", model.clone())
        .nest("/v2/models/{model}/versions/{version}", model)
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(app.clone(), measure))
        .with_state(app)
}

async fn unknown(request: Request) -> Refusal {
    let path = shown(request.uri().path());
    body::discard(request.into_body()).await;
    Refusal::missing(format!("the address: found {path}, expected one of the server"))
}

async fn not_allowed(request: Request) -> Refusal {
    let text = format!("the method: found {}, expected one that the address has", shown(request.method().as_str()));
    body::discard(request.into_body()).await;
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, text)
}
