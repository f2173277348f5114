//! Why a request is refused: a status, and a text that says what was found and what was expected.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

/// After how many seconds a client may try again, if there was no room for its request.
const RETRY: HeaderValue = HeaderValue::from_static("1");

/// The most characters of a client's own text that an answer repeats.
const LONGEST: usize = 80;

/// An answer that is an error: `{"error": "…"}`.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub text: String,
}

impl Refusal {
    pub fn new(status: StatusCode, text: impl Into<String>) -> Refusal {
        Refusal { status, text: text.into() }
    }

    /// 400: the request is wrong, and will be the next time.
    pub fn bad(text: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, text)
    }

    /// 404
    pub fn missing(text: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, text)
    }

    /// 413
    pub fn too_large(text: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, text)
    }

    /// 503: there is no room now; the client may try again.
    pub fn busy(text: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, text)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(serde_json::json!({ "error": self.text }))).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY);
        }
        response
    }
}

/// A client's text in an answer or a log: cut after some characters, control characters escaped.
pub fn shown(text: &str) -> String {
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    text.chars().take(LONGEST).flat_map(char::escape_debug).collect::<String>() + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_cannot_move_the_cursor() {
        assert_eq!(shown("digits"), "digits");
        assert_eq!(shown("a\r\nb\u{1b}[2J"), r"a\r\nb\u{1b}[2J");
        assert_eq!(shown(&"é".repeat(81)), "é".repeat(80) + "…");
    }
}
