//! One file from one mirror, by HTTP.

use std::format;
use std::io::{self, Read};
use std::string::{String, ToString};
use std::time::Duration;

use ureq::http::Response;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderName, RANGE};
use ureq::{Agent, Body, Error, Timeout};

const REDIRECTS: u32 = 5;

/// A client; it uses the proxy that the environment variables name.
pub(super) struct Client {
    agent: Agent,
}

/// What a mirror answered instead of the file.
#[derive(Debug)]
pub(super) struct Refusal {
    pub found: String,
    /// Whether nothing came in time.
    pub timed_out: bool,
    /// Whether it does not have the part that was requested.
    pub no_such_part: bool,
}

/// The file, or the end of it.
pub(super) struct Reply {
    /// The byte at which it begins: the one requested, or 0.
    pub start: u64,
    body: ureq::BodyReader<'static>,
}

impl Client {
    /// `stall`: how long to wait for each step of a connection, and for more bytes.
    pub(super) fn new(stall: Duration) -> Client {
        let config = Agent::config_builder()
            .user_agent(concat!("shapeproof/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .max_redirects(REDIRECTS)
            .timeout_resolve(Some(stall))
            .timeout_connect(Some(stall))
            .timeout_recv_response(Some(stall))
            .timeout_per_read(Some(stall))
            .build();
        Client { agent: config.into() }
    }

    /// Requests a file of `len` bytes from byte `start` on. All of it has to have come after `limit`.
    pub(super) fn get(&self, url: &str, start: u64, len: u64, limit: Duration) -> Result<Reply, Refusal> {
        let mut request = self.agent.get(url);
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        let mut config = request.config().timeout_global(Some(limit));
        if is_loopback(url) {
            config = config.proxy(None);
        }
        let response = config.build().call().map_err(|error| refusal(&error))?;
        let start = check(&response, start, len).map_err(|found| Refusal {
            found,
            timed_out: false,
            no_such_part: start > 0,
        })?;
        Ok(Reply { start, body: response.into_body().into_reader() })
    }
}

/// Whether a mirror is on this computer: no proxy is used then.
fn is_loopback(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    local.iter().filter_map(|local| url.strip_prefix(local)).any(|rest| rest.starts_with([':', '/']))
}

/// Whether the head of a response is one for a file of `len` bytes. Returns where its body begins.
fn check(response: &Response<Body>, start: u64, len: u64) -> Result<u64, String> {
    let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    if header(CONTENT_TYPE).is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html")) {
        return Err("a web page".into());
    }
    let body: Option<u64> = header(CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
    let (begin, end) = match response.status().as_u16() {
        200 => (0, body),
        206 if start > 0 => {
            let range = header(CONTENT_RANGE).and_then(range).filter(|&(begin, _)| begin == start);
            range.ok_or("a part that was not requested")?
        }
        status => return Err(format!("status {status}")),
    };
    match end {
        Some(end) if end != len => Err(format!("{end} bytes")),
        _ => Ok(begin),
    }
}

/// The start, and the length of the whole file, in `bytes 500-999/1000`.
fn range(header: &str) -> Option<(u64, Option<u64>)> {
    let (range, whole) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, whole.trim().parse().ok()))
}

impl Reply {
    /// Reads more of it; 0 bytes are its end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Refusal> {
        loop {
            match self.body.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| refusal(&Error::from(error))),
            }
        }
    }
}

fn refusal(error: &Error) -> Refusal {
    let found = match error {
        Error::StatusCode(status) => format!("status {status}"),
        Error::Timeout(Timeout::Resolve) => "no address of its host in time".into(),
        Error::Timeout(Timeout::Connect) => "no connection in time".into(),
        Error::Timeout(_) => "nothing more in time".into(),
        Error::HostNotFound => "no such host".into(),
        Error::TlsRequired | Error::Tls(_) => "a redirect to https, which needs the feature `https`".into(),
        Error::Io(error) => format!("no answer ({error})"),
        error => error.to_string(),
    };
    let timed_out = matches!(error, Error::Timeout(_));
    Refusal { found, timed_out, no_such_part: matches!(error, Error::StatusCode(416)) }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_read() {
        assert_eq!(range("bytes 500-999/1000"), Some((500, Some(1000))));
        assert_eq!(range("bytes 500-999/*"), Some((500, None)));
        for wrong in ["", "bytes", "bytes */1000", "bytes -1-2/3", "bits 0-1/2", "bytes 99999999999999999999-1/2"] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }
}
