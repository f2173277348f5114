//! A TCP connection, guarded against two things that hyper leaves to others.
//!
//! - **A client that does not read.** A write that makes no progress for some time is an error, so an answer that nobody takes does
//!   not hold its connection for ever.
//! - **Errors without words.** What is not HTTP at all is answered by hyper itself: status 400, 414 or 431, and an empty body. Here it
//!   gets the JSON that all other errors have.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

pub struct Guarded {
    io: TokioIo<TcpStream>,
    patience: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    /// What is written instead of hyper's own answer.
    instead: Vec<u8>,
}

impl Guarded {
    pub fn new(stream: TcpStream, patience: Duration) -> Guarded {
        Guarded { io: TokioIo::new(stream), patience, waiting: None, instead: vec![] }
    }

    /// Answers a request whose head did not arrive in time, and closes.
    pub async fn refuse(self, status: &str, text: &str) {
        let mut stream = self.io.into_inner();
        let send = async {
            stream.write_all(&answer(status, text)).await?;
            stream.shutdown().await
        };
        tokio::time::timeout(self.patience, send).await.ok();
    }

    /// The result of a write, or an error if it has waited too long.
    fn watched<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.waiting = None;
            return result;
        }
        let patience = self.patience;
        ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
    }

    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let result = Pin::new(&mut self.io).poll_write(context, &self.instead);
            let written = ready!(self.watched(context, result))?;
            self.instead.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl Read for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Guarded {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_instead(context))?;
        if let [only] = slices
            && let Some(instead) = instead_of(only)
        {
            self.instead = instead;
            return Poll::Ready(Ok(only.len()));
        }
        let result = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.watched(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(context))?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(context))?;
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// The answer to write instead of one that hyper made itself: those alone have an error status and no body.
fn instead_of(head: &[u8]) -> Option<Vec<u8>> {
    let own = head.starts_with(b"HTTP/1.1 4") && head.windows(21).any(|bytes| bytes == b"\r\ncontent-length: 0\r\n");
    let status = std::str::from_utf8(head).ok().filter(|_| own)?.lines().next()?.strip_prefix("HTTP/1.1 ")?;
    let text = match status.get(..3)? {
        "414" => "the request: found an address that is too long, expected a shorter one",
        "431" => "the request: found too many or too long headers, expected fewer",
        _ => "the request: found bytes that are not HTTP/1.1, expected a request",
    };
    Some(answer(status, text))
}

fn answer(status: &str, text: &str) -> Vec<u8> {
    let body = serde_json::json!({ "error": text }).to_string();
    let head = "content-type: application/json\r\nconnection: close";
    format!("HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::instead_of;

    #[test]
    fn only_empty_errors_are_replaced() {
        let instead = instead_of(b"HTTP/1.1 431 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
        let text = String::from_utf8(instead).unwrap();
        assert!(text.starts_with("HTTP/1.1 431 Too Large\r\n") && text.ends_with("expected fewer\"}"), "{text}");
        for head in
            ["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\n\r\n"]
        {
            assert!(instead_of(head.as_bytes()).is_none());
        }
    }
}
