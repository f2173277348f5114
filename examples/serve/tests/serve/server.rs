//! The server as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

pub struct Server {
    process: Child,
    pub address: SocketAddr,
    lines: Receiver<String>,
}

impl Server {
    /// Starts it on a free port, and waits until it listens.
    pub fn start(options: &[&str]) -> Server {
        let mut process = command(options).args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let (send, lines) = channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        let mut server = Server { process, address: ([127, 0, 0, 1], 0).into(), lines };
        let line = server.wait_for("listening on http://");
        let address = line.split_once("http://").unwrap().1.split_once(',').unwrap().0;
        server.address = address.parse().unwrap();
        server
    }

    /// Waits for a line of its log that contains the text.
    pub fn wait_for(&self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => panic!("the server has not said {text}"),
                Err(RecvTimeoutError::Disconnected) => panic!("the server has ended and has not said {text}"),
            }
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn end(mut self) -> ExitStatus {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the server has not ended");
    }

    /// The sum of the metrics whose line begins with this.
    pub fn metric(&self, begin: &str) -> f64 {
        let text = String::from_utf8(super::client::get(self.address, "/metrics").body).unwrap();
        let values = text.lines().filter(|line| line.starts_with(begin)).filter_map(|line| line.rsplit_once(' '));
        values.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

pub fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shapeproof-serve"));
    command.args(options).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}
