//! A server on loopback that misbehaves in one way.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does with a request for a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    /// Sends it, or the part that is requested.
    Good,
    /// Sends it in small pieces, with a pause of this many microseconds after each.
    Slow(u64),
    /// Always sends all of it.
    NoRanges,
    /// Sends as many bytes of what is requested, then closes the connection.
    Cut(usize),
    /// Sends as many bytes, then nothing more.
    Stall(usize),
    /// Accepts the connection, and does not answer.
    Silent,
    /// Sends a file of the same length, with one wrong byte.
    Wrong,
    /// Sends bytes without end, and without saying how many.
    Endless,
    /// Sends a web page, with status 200: the login page of a network.
    Html,
    /// Says that the file is elsewhere, here, by https.
    ToHttps,
    /// Says that the file is elsewhere: here, under a second name.
    Moved,
    /// Says that there is no such file.
    Missing,
    /// Sends another part than the one that is requested.
    OtherPart,
    /// Sends what is not HTTP.
    Noise,
}

use Manner::*;

/// A server of some files, for the lifetime of the process.
pub struct Server {
    /// Its address, `http://127.0.0.1:1234/`.
    pub url: String,
    /// The requests so far: the file, and the first byte that is wanted.
    pub requests: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Server {
    /// Serves these files. `manner` says how, from the name of the file and the number of requests before this one.
    pub fn new(
        files: Vec<(String, Vec<u8>)>,
        manner: impl Fn(&str, usize) -> Manner + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new((files, manner, Arc::clone(&requests)));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                // What a client that has gone misses is no error.
                thread::spawn(move || serve(stream.unwrap(), &shared.0, &shared.1, &shared.2));
            }
        });
        Server { url, requests }
    }

    /// The number of requests so far.
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// The first line of a request, and the first byte that is wanted, if not all are.
fn head(lines: &mut Lines<BufReader<TcpStream>>) -> Option<(String, Option<usize>)> {
    let first = lines.next()?.ok()?;
    let mut start = None;
    for line in lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let line = line.to_ascii_lowercase();
        start = line.strip_prefix("range: bytes=").and_then(|range| range.trim_end_matches('-').parse().ok()).or(start);
    }
    Some((first, start))
}

fn serve(
    mut stream: TcpStream,
    files: &[(String, Vec<u8>)],
    manner: &impl Fn(&str, usize) -> Manner,
    requests: &Mutex<Vec<(String, usize)>>,
) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let (mut first, mut start) = head(&mut lines)?;
    if first.starts_with("CONNECT ") {
        // As a proxy: what is requested of another server is answered here.
        requests.lock().unwrap().push((first, 0));
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n").ok()?;
        (first, start) = head(&mut lines)?;
    }
    let name = first.split(' ').nth(1)?.rsplit('/').next()?.to_string();
    let (name, moved) = (name.trim_start_matches("moved-"), name.starts_with("moved-"));
    let before = {
        let mut requests = requests.lock().unwrap();
        requests.push((name.to_string(), start.unwrap_or(0)));
        requests.len() - 1
    };
    let file = &files.iter().find(|(other, _)| other == name)?.1;
    let manner = match manner(name, before) {
        Moved if moved => Good,
        manner => manner,
    };
    let from = start.filter(|_| manner != NoRanges).unwrap_or(0);
    if from >= file.len() {
        return write!(stream, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n").ok();
    }
    let body = &file[from..];
    let mut head = String::from("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/x-gzip\r\n");
    if from > 0 {
        let (from, last) = if manner == OtherPart { (from - 1, file.len() - 2) } else { (from, file.len() - 1) };
        head = head.replace("200 OK", "206 Partial Content");
        head += &format!("Content-Range: bytes {from}-{last}/{}\r\n", file.len());
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    let forever = || thread::sleep(Duration::from_secs(600));
    match manner {
        Good | NoRanges | OtherPart => stream.write_all(&[head.as_bytes(), body].concat()).ok()?,
        Slow(pause) => {
            stream.write_all(head.as_bytes()).ok()?;
            for piece in body.chunks(512) {
                stream.write_all(piece).ok()?;
                thread::sleep(Duration::from_micros(pause));
            }
        }
        Cut(len) => stream.write_all(&[head.as_bytes(), &body[..len.min(body.len())]].concat()).ok()?,
        Stall(len) => {
            stream.write_all(&[head.as_bytes(), &body[..len.min(body.len())]].concat()).ok()?;
            forever();
        }
        Silent => forever(),
        Wrong => {
            let mut wrong = body.to_vec();
            wrong[body.len() / 2] ^= 1;
            stream.write_all(&[head.as_bytes(), &wrong].concat()).ok()?;
        }
        Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").ok()?;
            loop {
                stream.write_all(&[7; 4096]).ok()?;
            }
        }
        Html => {
            let page = "<html>Please log in</html>";
            let len = page.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML\r\nContent-Length: {len}\r\n\r\n{page}").ok()?;
        }
        ToHttps => {
            let to = format!("https://{}/{name}", stream.local_addr().ok()?);
            write!(stream, "HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").ok()?;
        }
        Moved => {
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: /moved-{name}\r\nContent-Length: 0\r\n\r\n").ok()?;
        }
        Missing => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").ok()?,
        Noise => stream.write_all(b"\0\x1b[2Jnoise\r\n\r\n").ok()?,
    }
    stream.shutdown(Shutdown::Both).ok()
}
