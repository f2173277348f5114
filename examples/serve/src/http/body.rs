//! The body of a request, read within limits of size, memory and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::app::App;
use super::budget::{Taken, too_large};
use super::compression::decompress;
use crate::protocol::Refusal;

/// How long a body that is too large is still read: a client that sends before it listens would not see the answer otherwise.
const DISCARD: Duration = Duration::from_secs(1);

/// Reads a body, and decompresses it if its headers say that it is compressed.
///
/// # Errors
/// 413 if it is too large, 408 if it does not arrive before the `deadline`, 503 if there is no memory left, 400 if it is damaged, and
/// 415 for a compression that is not known.
pub async fn read(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    deadline: Instant,
    taken: &mut Taken<'_>,
) -> Result<Vec<u8>, Refusal> {
    let bytes = match timeout_at(deadline, collect(app, headers, body, taken)).await {
        Ok(read) => read?,
        Err(_) => {
            let text = format!("the body: found an unfinished one, expected all of it within {:?}", app.timeout);
            return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, text));
        }
    };
    decompress(headers, bytes, app.body_limit, taken)
}

async fn collect(app: &App, headers: &HeaderMap, mut body: Body, taken: &mut Taken<'_>) -> Result<Vec<u8>, Refusal> {
    let claimed = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if claimed.is_some_and(|length| length > app.body_limit as u64) {
        discard(body).await;
        return Err(too_large(app.body_limit));
    }
    let mut bytes = vec![];
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::bad(format!("the body: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > app.body_limit {
            drop(std::mem::take(&mut bytes));
            discard(body).await;
            return Err(too_large(app.body_limit));
        }
        taken.take(data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Reads the rest of a body, for some time, and keeps nothing.
pub async fn discard(mut body: Body) {
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    timeout(DISCARD, all).await.ok();
}
