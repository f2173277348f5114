//! What is done around every request: it is counted, and while the server stops, its connection is closed after the answer.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::Response;

use super::app::App;

pub async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = name(request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str));
    let mut response = next.run(request).await;
    app.metrics.answered(route, response.status().as_u16(), start.elapsed());
    if app.is_stopping() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A route in the metrics.
fn name(path: &str) -> &'static str {
    match path {
        "" => "unknown",
        "/" => "page",
        "/predict" => "predict",
        "/metrics" => "metrics",
        path if path.ends_with("/infer") => "infer",
        path if path.ends_with("/ready") || path.ends_with("/live") => "health",
        _ => "metadata",
    }
}
