//! The least of an HTTP client that a measurement needs, so that it takes little of the machine: one connection, answers with a
//! `Content-Length`.

use std::io::{self, Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer takes longer, or it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer in bytes.
const LONGEST: usize = 1 << 20;

pub struct Client {
    stream: TcpStream,
    address: SocketAddr,
    buffer: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Client { stream, address, buffer: vec![0; LONGEST] })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request, reads its whole answer, and returns the status.
    pub fn answer(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let mut whole = None;
        loop {
            if whole.is_none() {
                whole = whole_length(&self.buffer[..filled])?;
            }
            if whole.is_some_and(|whole| filled >= whole) {
                let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|text| text.parse().ok());
                return status.ok_or_else(|| invalid("no status"));
            }
            match self.stream.read(&mut self.buffer[filled..])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
    }
}

/// The length of an answer with its head, once the head is there.
fn whole_length(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| invalid("a head that is no text"))?;
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, length)| length.parse::<usize>().ok()).ok_or_else(|| invalid("no length"))?;
    Ok(Some(end + 4 + length))
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, text)
}
