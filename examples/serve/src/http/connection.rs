//! One connection, from its first request to its end.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioTimer;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::select;
use tokio::sync::watch;

use super::guarded::Guarded;
use crate::protocol::Refusal;

/// The longest head of a request in bytes: its first line and its headers.
const HEAD: usize = 1 << 16;

/// The time limits of a connection.
#[derive(Clone, Copy)]
pub struct Times {
    /// For the head of a request, and between two of them.
    pub idle: Duration,
    /// For a write that makes no progress.
    pub write: Duration,
}

/// Answers the requests of a connection. When `closing` becomes true, an idle one is closed, and another after its answer.
pub async fn serve(stream: TcpStream, router: Router, times: Times, closing: watch::Receiver<bool>) {
    run(stream, TowerToHyperService::new(router), times, closing).await;
}

/// Answers the first request of a connection with the reason why there is no room for it.
pub async fn refuse(stream: TcpStream, times: Times, closing: watch::Receiver<bool>) {
    let full = service_fn(|_: Request<Incoming>| async {
        let text = "connections: found as many as there may be, expected fewer at once";
        let mut response: Response = Refusal::busy(text).into_response();
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        Ok::<_, Infallible>(response)
    });
    run(stream, full, times, closing).await;
}

async fn run<S>(stream: TcpStream, service: S, times: Times, mut closing: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Unpin,
{
    // An answer is one packet; waiting for more would only delay it.
    stream.set_nodelay(true).ok();
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(times.idle)
        // A client may say that it sends no more, and still wait for its answer.
        .half_close(true)
        .max_buf_size(HEAD)
        .serve_connection(Guarded::new(stream, times.write), service);
    let closing = async { drop(closing.wait_for(|&closing| closing).await) };
    let done = select! {
        result = &mut connection => Some(result),
        () = closing => None,
    };
    let result = match done {
        Some(result) => result,
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    if result.is_err_and(|error| error.is_timeout()) {
        let parts = connection.into_parts();
        // Without a byte of a request it was idle, and nobody waits for an answer.
        if !parts.read_buf.is_empty() {
            let text = "the request: found an unfinished head, expected all of it in time";
            parts.io.refuse("408 Request Timeout", text).await;
        }
    }
}
