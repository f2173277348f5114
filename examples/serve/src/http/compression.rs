//! `gzip` and `deflate`, in both directions.

use std::io::{self, ErrorKind, Read, Write};

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use flate2::read::MultiGzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compression, Decompress, FlushDecompress, Status};

use super::budget::{Taken, too_large};
use crate::protocol::{Refusal, shown};

/// A shorter answer is not compressed: it would hardly become shorter.
const SHORTEST: usize = 1024;

/// The bytes as they were before they were compressed.
///
/// # Errors
/// 413 if these are too many, 400 if they are damaged, 415 for a compression that is not known, 503 if there is no memory left.
pub fn decompress(
    headers: &HeaderMap,
    bytes: Vec<u8>,
    limit: usize,
    taken: &mut Taken<'_>,
) -> Result<Vec<u8>, Refusal> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(bytes) };
    match encoding.as_bytes() {
        name if name.eq_ignore_ascii_case(b"identity") => Ok(bytes),
        name if name.eq_ignore_ascii_case(b"gzip") => inflate(MultiGzDecoder::new(&*bytes), limit, taken),
        name if name.eq_ignore_ascii_case(b"deflate") => inflate(Zlib::new(&bytes), limit, taken),
        name => {
            let found = shown(&String::from_utf8_lossy(name));
            let text = format!("Content-Encoding: found {found}, expected gzip, deflate or identity");
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
        }
    }
}

fn inflate(mut decoder: impl Read, limit: usize, taken: &mut Taken<'_>) -> Result<Vec<u8>, Refusal> {
    let (mut bytes, mut chunk) = (vec![], [0; 1 << 14]);
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(count) if bytes.len() + count > limit => return Err(too_large(limit)),
            Ok(count) => {
                taken.take(count)?;
                bytes.extend_from_slice(&chunk[..count]);
            }
            Err(error) => return Err(Refusal::bad(format!("the compressed body: {error}"))),
        }
    }
}

/// A stream of zlib, which has an end. flate2's own decoder does not miss it when a stream is cut short.
struct Zlib<'a> {
    state: Decompress,
    rest: &'a [u8],
    ended: bool,
}

impl Zlib<'_> {
    fn new(bytes: &[u8]) -> Zlib<'_> {
        Zlib { state: Decompress::new(true), rest: bytes, ended: false }
    }
}

impl Read for Zlib<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(self.rest, buffer, FlushDecompress::None)?;
            let taken = (self.state.total_in() - taken) as usize;
            let given = (self.state.total_out() - given) as usize;
            self.rest = &self.rest[taken..];
            self.ended = status == Status::StreamEnd;
            if given > 0 {
                return Ok(given);
            }
            if taken == 0 && !self.ended {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// The bytes compressed as the client asks for it, if that pays, and its name.
pub fn compress(headers: &HeaderMap, bytes: Vec<u8>) -> (Vec<u8>, Option<HeaderValue>) {
    if bytes.len() < SHORTEST {
        return (bytes, None);
    }
    let accepted = |name: &str| {
        let all = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        all.flat_map(|list| list.split(',')).any(|each| accepts(each, name))
    };
    // Neither fails: what they write to is memory.
    let compressed = if accepted("gzip") {
        let mut encoder = GzEncoder::new(vec![], Compression::fast());
        encoder.write_all(&bytes).and_then(|()| encoder.finish()).map(|bytes| (bytes, "gzip"))
    } else if accepted("deflate") {
        let mut encoder = ZlibEncoder::new(vec![], Compression::fast());
        encoder.write_all(&bytes).and_then(|()| encoder.finish()).map(|bytes| (bytes, "deflate"))
    } else {
        return (bytes, None);
    };
    match compressed {
        Ok((bytes, name)) => (bytes, Some(HeaderValue::from_static(name))),
        Err(_) => (bytes, None),
    }
}

/// Whether one item of `Accept-Encoding` is this encoding, with a weight above 0.
fn accepts(item: &str, name: &str) -> bool {
    let mut parts = item.split(';').map(str::trim);
    let named = parts.next().is_some_and(|found| found.eq_ignore_ascii_case(name));
    let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
    named && weight != Some(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::budget::Budget;
    use super::*;

    fn header(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
        [(name, HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn there_and_back() {
        let bytes: Vec<u8> = (0..5000).map(|i| (i / 100) as u8).collect();
        for name in ["gzip", "deflate"] {
            let (compressed, encoding) = compress(&header(ACCEPT_ENCODING, name), bytes.clone());
            assert_eq!(encoding.unwrap(), name);
            assert!(compressed.len() < bytes.len());
            let (headers, budget) = (header(CONTENT_ENCODING, name), Budget::new(5000));
            let back = |limit, bytes: &[u8]| {
                decompress(&headers, bytes.to_vec(), limit, &mut Taken::nothing(&budget))
                    .map_err(|refusal| refusal.status)
            };
            assert_eq!(back(5000, &compressed), Ok(bytes.clone()));
            assert_eq!(back(4999, &compressed), Err(StatusCode::PAYLOAD_TOO_LARGE));
            assert_eq!(back(5000, &compressed[..20]), Err(StatusCode::BAD_REQUEST));
            assert_eq!(back(5000, b"no such thing"), Err(StatusCode::BAD_REQUEST));
            assert_eq!(back(9999, &compressed), Ok(bytes.clone()));
            let _others = Taken::nothing(&budget).take(4000);
        }
        let budget = Budget::new(10);
        let refusal =
            decompress(&header(CONTENT_ENCODING, "br"), bytes, 9999, &mut Taken::nothing(&budget)).unwrap_err();
        assert_eq!(refusal.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }

    #[test]
    fn only_what_is_asked_for_is_compressed() {
        let accepted = |value| compress(&header(ACCEPT_ENCODING, value), vec![0; 2000]).1;
        assert_eq!(accepted("br, deflate;q=0.5, gzip;q=0").unwrap(), "deflate");
        assert!(accepted("br").is_none() && accepted("gzip; q=0").is_none());
        assert!(compress(&header(ACCEPT_ENCODING, "gzip"), vec![0; 100]).1.is_none());
    }
}
