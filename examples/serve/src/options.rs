//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Parser;

use crate::model::{Batching, Source};

/// Answer with predictions, over HTTP, in the Open Inference Protocol that Triton and KServe speak.
///
/// Without --model and --repository, the model inside the binary is served. SIGTERM and SIGINT stop the server after it has answered
/// what it has accepted; a second one stops it at once.
#[derive(Clone, Debug, Parser)]
#[command(name = "shapeproof-serve")]
pub struct Options {
    /// A model file of the network of this binary, as version 1. It is loaded again when it changes
    #[arg(long, value_name = "FILE", conflicts_with = "repository")]
    model: Option<PathBuf>,
    /// A folder with NAME/VERSION/model.safetensors, as Triton's. What is added, changed or removed there comes and goes
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// The name of the model, if it is not from --repository [default: that in the binary]
    #[arg(long, conflicts_with = "repository")]
    pub name: Option<String>,
    /// The address to listen on; port 0 is any that is free
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// An HTML file for `/`
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long)]
    pub quiet: bool,

    /// Threads that predict, for each version [default: one for every two processors]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
    /// The most samples of several requests that are predicted together
    #[arg(long, value_name = "SAMPLES", default_value = "32")]
    batch: NonZeroUsize,
    /// How long a request waits for others to be predicted together with
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 0)]
    batch_delay: u64,
    /// The most samples that wait; what finds no room is answered with 503
    #[arg(long, value_name = "SAMPLES", default_value = "1024")]
    pub queue: NonZeroUsize,

    /// The largest body, also after decompression
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    pub body_limit: usize,
    /// The most that bodies may take together
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    pub memory_limit: usize,
    /// The most connections
    #[arg(long, value_name = "COUNT", default_value = "1024")]
    connections: NonZeroUsize,
    /// For a body to arrive and be answered, and for an answer to be read
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// For the head of a request to arrive, and so also how long a connection may be idle
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub idle_timeout: Duration,
    /// How long /v2/health/ready says no before no more connections are accepted
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub stop_delay: Duration,
    /// How long a stop may take from then on
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub stop_timeout: Duration,
    /// How often files are looked at; one is loaded when it stays the same from one look to the next
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = seconds)]
    pub look: Duration,
}

impl Options {
    pub fn source(&self) -> Source {
        match (&self.model, &self.repository) {
            (Some(file), _) => Source::File(file.clone()),
            (None, Some(folder)) => Source::Folder(folder.clone()),
            (None, None) => Source::Embedded,
        }
    }

    pub fn batching(&self) -> Batching {
        let processors = || available_parallelism().map_or(1, NonZeroUsize::get);
        Batching {
            samples: self.batch.get(),
            delay: Duration::from_micros(self.batch_delay),
            waiting: self.queue.get(),
            threads: self.threads.map_or_else(|| processors().div_ceil(2), NonZeroUsize::get),
        }
    }

    /// How many connections there may be, of those that a system can have.
    pub fn connections(&self) -> u32 {
        u32::try_from(self.connections.get()).unwrap_or(u32::MAX).min(1 << 24)
    }
}

/// The longest time that can be set: a year.
const LONGEST: f64 = 365.0 * 24.0 * 3600.0;

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=LONGEST).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("found {text}, expected seconds from 0 to {LONGEST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for text in ["-1", "NaN", "inf", "1e300", "", "1 s"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_model_is_from_one_place() {
        let parse = |options: &str| Options::try_parse_from(format!("serve {options}").split_whitespace());
        assert!(matches!(parse("").unwrap().source(), Source::Embedded));
        assert!(matches!(parse("--model a --name b").unwrap().source(), Source::File(_)));
        assert!(matches!(parse("--repository a").unwrap().source(), Source::Folder(_)));
        assert!(parse("--repository a --model b").is_err() && parse("--repository a --name b").is_err());
        assert!(parse("--batch 0").is_err());
    }
}
