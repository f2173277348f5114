//! `POST /v2/models/{model}/infer`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::sync::oneshot;
use tokio::task::block_in_place;
use tokio::time::{Instant, timeout_at};

use super::app::App;
use super::body;
use super::budget::Taken;
use super::compression::compress;
use super::place::Place;
use crate::model::{Full, Live};
use crate::protocol::Refusal;
use crate::protocol::answer::{Answer, Predicted};
use crate::protocol::question::Question;

/// The length of the JSON before binary tensors.
const HEADER_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

/// A body of more bytes than this is read where it may take its time, without other requests waiting for it.
const LARGE: usize = 1 << 17;

pub async fn infer(State(app): State<Arc<App>>, place: Place, request: Request) -> Result<Response, Refusal> {
    let deadline = Instant::now() + app.timeout;
    let (head, body) = request.into_parts();
    let mut taken = Taken::nothing(&app.budget);
    let body = body::read(&app, &head.headers, body, deadline, &mut taken).await?;
    let (version, live) = app.repository.find(&place.model, place.version.as_deref())?;
    let header = header_length(&head.headers)?;
    let read = || Question::read(&body, header, &live.signature);
    let question = if body.len() > LARGE { block_in_place(read) } else { read() }?;
    let Question { id, inputs, samples, wanted } = question;
    drop(body);
    let outputs = predict(&app, &live, inputs, samples, deadline).await?;
    let predicted = Predicted {
        model: &place.model,
        version,
        id: id.as_deref(),
        outputs: &outputs,
        samples,
        classes: &live.classes,
    };
    Ok(respond(&head.headers, Answer::write(&predicted, wanted, &live.signature)?))
}

/// The outputs of a batch.
///
/// # Errors
/// 503 if there is no room for it, 504 if it takes too long, 500 if the network panics, 400 if it has more samples than may wait.
pub async fn predict(
    app: &App,
    live: &Live,
    inputs: Vec<f32>,
    samples: usize,
    deadline: Instant,
) -> Result<Vec<f32>, Refusal> {
    if samples > app.most_samples {
        return Err(Refusal::bad(format!("input: found {samples} samples, expected at most {}", app.most_samples)));
    }
    let outputs = live
        .predict(inputs, samples)
        .map_err(|Full| Refusal::busy("the queue: found no room for the request, expected fewer at once"))?;
    wait(app, outputs, deadline).await
}

async fn wait(app: &App, outputs: oneshot::Receiver<Vec<f32>>, deadline: Instant) -> Result<Vec<f32>, Refusal> {
    match timeout_at(deadline, outputs).await {
        Ok(Ok(outputs)) => Ok(outputs),
        Ok(Err(_)) => {
            let text = "the prediction: found a panic of the network, expected outputs";
            Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, text))
        }
        Err(_) => {
            let text = format!("the prediction: found none, expected one within {:?}", app.timeout);
            Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, text))
        }
    }
}

/// # Errors
/// If the header is there and is no length, or is there twice.
fn header_length(headers: &HeaderMap) -> Result<Option<usize>, Refusal> {
    let mut values = headers.get_all(HEADER_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match value.to_str().ok().filter(digits).and_then(|text| text.parse().ok()) {
        Some(length) if values.next().is_none() => Ok(Some(length)),
        _ => Err(Refusal::bad("Inference-Header-Content-Length: found no single length, expected one in bytes")),
    }
}

fn respond(asked: &HeaderMap, Answer { body, header }: Answer) -> Response {
    let (bytes, encoding) = compress(asked, body);
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let kind = if header.is_some() { "application/octet-stream" } else { "application/json" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(length) = header {
        headers.insert(HEADER_LENGTH, length.into());
    }
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, encoding);
        headers.insert(VARY, ACCEPT_ENCODING.into());
    }
    response
}
