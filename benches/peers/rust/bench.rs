//! What the peers that are Rust programs share: the command line, the images, and the measurements as one line of JSON, with the keys of
//! `cargo run --example throughput`.

#![allow(dead_code, reason = "a peer trains, or predicts, or does both")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

/// What `compare.py` asks for.
pub struct Job {
    pub network: String,
    pub mode: String,
    pub work: String,
    pub threads: usize,
    /// 1×28×28 or 3×32×32
    pub input: [usize; 3],
    /// As many as were saved, from 0 to 1
    pub images: Vec<f32>,
    logits: Vec<f32>,
    batches: Vec<usize>,
    seconds: f64,
    folder: PathBuf,
}

impl Job {
    pub fn from_arguments() -> Job {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let given: HashMap<&str, &str> =
            arguments.chunks_exact(2).map(|pair| (pair[0].trim_start_matches('-'), &*pair[1])).collect();
        let text = |name: &str| given.get(name).copied().unwrap_or_else(|| panic!("--{name} is missing")).to_string();
        let (network, folder) = (text("network"), PathBuf::from(text("folder")));
        let numbers = |extension: &str| -> Vec<f32> {
            let file = folder.join(format!("{network}.{extension}"));
            let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
        };
        let (images, logits) = (numbers("images"), numbers("logits"));
        Job {
            input: if images.len() / (logits.len() / 10) == 784 { [1, 28, 28] } else { [3, 32, 32] },
            images,
            logits,
            mode: text("mode"),
            work: text("only"),
            threads: text("threads").parse().unwrap(),
            batches: text("batches").split(',').map(|size| size.parse().unwrap()).collect(),
            seconds: text("seconds").parse().unwrap(),
            network,
            folder,
        }
    }

    /// The network's file that ends in `.extension`.
    pub fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.network))
    }

    /// The first `count` images.
    pub fn first(&self, count: usize) -> &[f32] {
        &self.images[..count * self.input.iter().product::<usize>()]
    }

    /// Label `i` of random labels.
    pub fn label(&self, i: usize) -> u32 {
        ((i as u32).wrapping_mul(2_654_435_769) >> 16) % 10
    }

    /// Measures a training step.
    pub fn train(&self, step: impl FnMut()) {
        println!("{{\"train_ms\":{},\"rss_mib\":{}}}", spread(20, 300, self.seconds, |s| 1e3 * s, step), peak_memory());
    }

    /// Measures prediction. `predictor` gets images ready in batches of the given size, and returns the program that predicts them: its
    /// result are the logits.
    pub fn predict<'a>(&self, mut predictor: impl FnMut(usize) -> Box<dyn FnMut() -> Vec<f32> + 'a>) {
        let logits = predictor(64)();
        assert_eq!(logits.len(), 640);
        let difference = logits
            .iter()
            .zip(&self.logits)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, |a: f32, b| if b > a || b.is_nan() { b } else { a });
        let mut json = format!("\"difference\":{difference:e}");
        for &count in [1].iter().chain(&self.batches) {
            let mut program = predictor(count);
            let run = || drop(program());
            json += &match count {
                1 => format!(",\"lat_us\":{}", spread(200, 3000, self.seconds, |s| 1e6 * s, run)),
                _ => format!(",\"img_s_{count}\":{}", spread(5, 500, self.seconds, |s| count as f64 / s, run)),
            };
        }
        println!("{{{json},\"rss_mib\":{}}}", peak_memory());
    }
}

/// The median of `calls` calls after `warm_up` others, or of as many as there is time for, but of three.
fn spread(warm_up: usize, calls: usize, seconds: f64, figure: impl Fn(f64) -> f64, mut run: impl FnMut()) -> String {
    run();
    let (mut figures, mut call, begin) = (Vec::new(), 0, Instant::now());
    while figures.len() < calls && !(figures.len() >= 3 && begin.elapsed().as_secs_f64() > seconds) {
        let start = Instant::now();
        run();
        let time = start.elapsed().as_secs_f64();
        call += 1;
        if call > warm_up.min(2) && (call > warm_up || begin.elapsed().as_secs_f64() > seconds / 4.0) {
            figures.push(figure(time));
        }
    }
    figures.sort_by(f64::total_cmp);
    let n = figures.len();
    let [median, p10, p90, min] = [n / 2, n / 10, n * 9 / 10, 0].map(|i| figures[i]);
    format!("{{\"median\":{median},\"p10\":{p10},\"p90\":{p90},\"min\":{min},\"n\":{n}}}")
}

/// The largest resident set the process has had, in MiB, on Linux.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
