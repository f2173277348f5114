//! Measures a server: requests at a fixed rate, and how long their answers take.
//!
//! ```text
//! shapeproof-load --rate 5000 --seconds 60
//! shapeproof-load --kind fastapi-json --address 127.0.0.1:8001      as fast as the connections go
//! ```
//!
//! With a rate, request `k` is due at `start + k / rate`, whether or not the answers before it have come, and its latency counts from
//! there. A server that stalls thus has the latency of all that should have been sent meanwhile, and not of the one request that
//! waited (G. Tene, *How NOT to Measure Latency*, 2013: coordinated omission).

mod body;
mod client;
mod percentiles;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use body::Kind;
use clap::Parser;
use client::Client;
use percentiles::Percentiles;

/// Requests at a fixed rate to a server on this machine, and the percentiles of how long its answers take.
#[derive(Parser)]
struct Options {
    /// The server, on this machine
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8000")]
    address: SocketAddr,
    /// What is sent
    #[arg(long, value_enum, default_value = "binary")]
    kind: Kind,
    /// Requests per second; 0 for as many as the connections can have answered one after the other
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    rate: u32,
    /// How long, at most ten minutes
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections, each with a thread of its own
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=256))]
    connections: u64,
}

/// What one connection has seen.
#[derive(Default)]
struct Seen {
    microseconds: Vec<u32>,
    failed: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.address.ip().is_loopback() {
        writeln!(io::stderr(), "error: --address: found {}, expected this machine", options.address).ok();
        return ExitCode::from(2);
    }
    match measure(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            writeln!(io::stderr(), "error: {}: {error}", options.address).ok();
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> io::Result<bool> {
    let request = options.kind.request();
    // The first answers find nothing warm.
    let mut warm = Client::connect(options.address)?;
    for _ in 0..50 {
        warm.answer(&request)?;
    }
    drop(warm);
    let clients = (0..options.connections).map(|_| Client::connect(options.address)).collect::<io::Result<Vec<_>>>()?;
    let (next, start) = (AtomicU64::new(0), Instant::now());
    let end = start + Duration::from_secs(options.seconds);
    let seen: Vec<Seen> = thread::scope(|scope| {
        let run = |client| scope.spawn(|| run(client, &request, options.rate, &next, start, end));
        let threads: Vec<_> = clients.into_iter().map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let took = start.elapsed().as_secs_f64();
    let failed: u64 = seen.iter().map(|seen| seen.failed).sum();
    let all = Percentiles::of(seen.into_iter().flat_map(|seen| seen.microseconds).collect());
    let (count, kind) = (all.count(), options.kind);
    let mut out = io::stdout();
    writeln!(out, "{kind:?}, {} connections, {took:.1} s: {:.0} requests/s", options.connections, count as f64 / took)?;
    writeln!(out, "answered {count}, failed {failed}")?;
    writeln!(out, "{all}")?;
    Ok(failed == 0)
}

/// Sends the requests that are due, one after the other, until the time is over.
fn run(mut client: Client, request: &[u8], rate: u32, next: &AtomicU64, start: Instant, end: Instant) -> Seen {
    let mut seen = Seen::default();
    loop {
        let due = match rate {
            0 => Instant::now(),
            rate => {
                let request = next.fetch_add(1, Ordering::Relaxed);
                start + Duration::from_secs_f64(request as f64 / f64::from(rate))
            }
        };
        if due >= end || Instant::now() >= end + Duration::from_secs(5) {
            return seen;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        match client.answer(request) {
            Ok(200) => seen.microseconds.push(due.elapsed().as_micros().try_into().unwrap_or(u32::MAX)),
            Ok(_) => seen.failed += 1,
            Err(_) => {
                seen.failed += 1;
                match Client::connect(client.address()) {
                    Ok(another) => client = another,
                    Err(_) => return seen,
                }
            }
        }
    }
}
