//! How much faster a training step should be on many processes: a model, not a measurement. It prints the tables of `scaling.md`.
//!
//! ```text
//! cargo bench --bench scaling
//! ```
//!
//! A step on a mini-batch of `B` images, on `P` processes of `T` threads each, takes
//!
//! ```text
//! step     = compute + update + exchange                 (exchange = 0 if P = 1)
//! compute  = min(B, 16·⌈⌈⌈B/16⌉/P⌉/T⌉) · image           the shards of the thread that has most
//! update   = 5·bytes / (memory · T)                      SGD with momentum reads three arrays and writes two
//! exchange = moved + latency + meetings + barriers
//! moved    = (4 + 3·(pieces − 1)/P)·bytes / memory       in the process: written to messages, added up, read back
//!          + (2·(P − 1)/P·bytes + 64·(P − 1)) / bandwidth          all-to-all of slices and scores, all-gather of slices
//! latency  = α + (P − 1)·o + (P − 1)·α                   MPI_Alltoallv, all messages at once; MPI_Allgatherv, a ring
//! meetings = 2·⌈log₂ P⌉·α                                MPI_Allreduce of 80 bytes, before and after a step
//! barriers = 2·barriers·⌈log₂ P⌉·α + (pieces − 1)·8·shared / bandwidth       MPI_Allgatherv of each
//! pieces   = min(P, ⌈B/16⌉)                              for powers of two; other numbers of processes have more
//! ```
//!
//! with the time `image` of an image on one thread, `bytes` of gradients (each parameter, and each running statistic), the numbers
//! `shared` at all barriers of both passes, the rate `memory` at which one thread reads and writes, a latency `α`, the time `o` until a
//! process can send the next message, and `bandwidth = min(of the link, of the machine / P)`.

use common::digits::DigitNet;
use shapeproof::layer::Module;

shapeproof::network! {
    /// Five million parameters.
    type Large = [3, 32, 32] =>
        Conv2D(filters = 64, kernel = 3, padding = 1), BatchNorm, ReLU, MaxPool2D(window = 2),  // 64×16×16
        Conv2D(filters = 128, kernel = 3, padding = 1), BatchNorm, ReLU, MaxPool2D(window = 2), // 128×8×8
        Conv2D(filters = 256, kernel = 3, padding = 1), BatchNorm, ReLU, MaxPool2D(window = 2), // 256×4×4
        Conv2D(filters = 512, kernel = 3, padding = 1), BatchNorm, ReLU,
        Conv2D(filters = 512, kernel = 3, padding = 1), BatchNorm, ReLU, MaxPool2D(window = 2), // 512×2×2
        Flatten, Dense(units = 512), ReLU, Dense(units = 10),
}

/// The images of a shard, as in `Settings::default()`.
const SHARD: usize = 16;

/// What the model needs to know of a network. Times are in seconds.
#[derive(Clone, Copy)]
struct Net {
    name: &'static str,
    bytes: f64,
    image: f64,
    memory: f64,
    barriers: f64,
    shared: f64,
}

struct Link {
    name: &'static str,
    latency: f64,
    overhead: f64,
    bandwidth: f64,
    /// What all processes have together, if they are on one machine.
    machine: f64,
}

/// 605 kB, which stay in the cache; 5.6 ms for 64 images (`speed.md`).
const DIGIT_NET: Net =
    Net { name: "DigitNet", bytes: 605_236.0, image: 5.6e-3 / 64.0, memory: 100e9, barriers: 0.0, shared: 0.0 };

/// 20 MB, which do not; a forward pass and a backward pass of twice its operations, at 80 GFLOP/s. A BatchNorm of C channels shares
/// 2·C + 1 numbers in the forward pass and 2·C in the backward pass.
const LARGE: Net = Net {
    name: "5 M parameters",
    bytes: size_of::<Large>() as f64,
    image: 3.0 * Large::FLOPS as f64 / 80e9,
    memory: 20e9,
    barriers: 5.0,
    shared: (4 * (64 + 128 + 256 + 512 + 512) + 5) as f64,
};

const LINKS: [Link; 3] = [
    Link { name: "shared memory", latency: 1e-6, overhead: 0.3e-6, bandwidth: 5e9, machine: 100e9 },
    Link { name: "10 GbE", latency: 25e-6, overhead: 5e-6, bandwidth: 1.1e9, machine: f64::INFINITY },
    Link { name: "100 GbE, RDMA", latency: 2e-6, overhead: 0.3e-6, bandwidth: 11e9, machine: f64::INFINITY },
];

const PROCESSES: [usize; 7] = [2, 4, 8, 16, 64, 256, 1024];

/// A `size` is a number of processes, and of threads of each.
impl Net {
    fn compute(&self, batch: usize, (processes, threads): (usize, usize)) -> f64 {
        let shards = batch.div_ceil(SHARD).div_ceil(processes).div_ceil(threads);
        batch.min(SHARD * shards) as f64 * self.image
    }

    fn update(&self, (_, threads): (usize, usize)) -> f64 {
        5.0 * self.bytes / (self.memory * threads as f64)
    }

    /// The parts of the exchange: what is moved, the latency of gradients, the meetings, the barriers.
    fn exchange(&self, link: &Link, batch: usize, processes: usize) -> [f64; 4] {
        if processes == 1 {
            return [0.0; 4];
        }
        let (p, pieces) = (processes as f64, processes.min(batch.div_ceil(SHARD)) as f64);
        let (others, rounds) = (p - 1.0, p.log2().ceil());
        let bandwidth = link.bandwidth.min(link.machine / p);
        let moved = (4.0 + 3.0 * (pieces - 1.0) / p) * self.bytes / self.memory
            + (2.0 * others / p * self.bytes + 64.0 * others) / bandwidth;
        let latency = link.latency + others * (link.overhead + link.latency);
        let meetings = 2.0 * rounds * link.latency;
        let barriers = 2.0 * self.barriers * rounds * link.latency + (pieces - 1.0) * 8.0 * self.shared / bandwidth;
        [moved, latency, meetings, barriers]
    }

    fn step(&self, link: &Link, batch: usize, size: (usize, usize)) -> f64 {
        let exchange: f64 = self.exchange(link, batch, size.0).iter().sum();
        self.compute(batch, size) + self.update(size) + exchange
    }

    /// The speed-up over one process with as many threads.
    fn speed_up(&self, link: &Link, batch: usize, size: (usize, usize)) -> f64 {
        self.step(link, batch, (1, size.1)) / self.step(link, batch, size)
    }
}

/// A table of speed-ups. Shared memory ends at 64 processes.
fn table(net: &Net, links: &[Link], batches: &[usize], threads: usize) {
    println!("\n### {}: speed-up by processes, threads of each: {threads}\n", net.name);
    println!("| link | batch |{}", PROCESSES.map(|processes| format!(" {processes} |")).concat());
    println!("|---|---|{}", "---|".repeat(PROCESSES.len()));
    for link in links {
        for &batch in batches {
            let cells = PROCESSES.map(|processes| match net.speed_up(link, batch, (processes, threads)) {
                _ if processes > 64 && link.machine.is_finite() => " – |".into(),
                factor if factor < 9.95 => format!(" {factor:.1} |"),
                factor => format!(" {factor:.0} |"),
            });
            println!("| {} | {batch} |{}", link.name, cells.concat());
        }
    }
}

/// Where the time of a step goes.
fn parts(net: &Net, link: &Link, batch: usize) {
    println!("\n### {}, {}, batch {batch}: milliseconds of a step\n", net.name, link.name);
    println!(
        "| processes | compute | update | data moved | latency | meetings | barriers | all |\n|{}",
        "---|".repeat(8)
    );
    for processes in [1, 2, 16, 64, 256, 1024] {
        let size = (processes, 1);
        let [moved, latency, meetings, barriers] = net.exchange(link, batch, processes);
        let all = net.step(link, batch, size);
        let all = [net.compute(batch, size), net.update(size), moved, latency, meetings, barriers, all];
        let cells = all.map(|part| format!(" {:.3} |", 1e3 * part));
        println!("| {processes} |{}", cells.concat());
    }
}

/// What `--bench processes` measures: exchanges without meetings, and steps that meet once, as outside of `fit`.
fn checked() {
    println!("\n### 2 processes of one thread, shared memory: milliseconds\n\n| | modelled |\n|---|---|");
    let link = &LINKS[0];
    let dense = Net { bytes: 4.0 * 5_005_000.0, barriers: 0.0, ..LARGE };
    for (name, net) in [("0.15 M", DIGIT_NET), ("5 M", dense)] {
        let [moved, latency, ..] = net.exchange(link, 2 * SHARD, 2);
        println!("| exchange of {name} gradients | {:.3} |", 1e3 * (moved + latency));
    }
    for batch in [64, 512] {
        let step = DIGIT_NET.step(link, batch, (2, 1)) - link.latency;
        println!("| step of the reference network, batch {batch} | {:.3} |", 1e3 * step);
    }
    println!("| a barrier of a step: 129 numbers | {:.4} |", 1e3 * (link.latency + 8.0 * 129.0 / link.bandwidth));
}

/// Values worked out by hand.
fn check() {
    let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-3, "{found}, not {expected}");
    assert_eq!(size_of::<DigitNet>(), 605_236);
    // Parameters, of BatchNorm also its two running statistics; products of weights, then BatchNorm's of each of its inputs.
    assert_eq!(size_of::<Large>() / 4, 4_965_002 + 2 * 1472 + 2 * 1472);
    close(Large::FLOPS as f64, 2.0 * (97_195_008.0 + 131_072.0));
    // 4 shards on 2 processes, on 4, and on 8 of which 4 have nothing to do.
    for (processes, images) in [(1, 64.0), (2, 32.0), (4, 16.0), (8, 16.0)] {
        close(DIGIT_NET.compute(64, (processes, 1)), images * 87.5e-6);
    }
    close(DIGIT_NET.compute(65_536, (64, 8)), 128.0 * 87.5e-6);
    let [moved, latency, meetings, _] = DIGIT_NET.exchange(&LINKS[1], 65_536, 1024);
    close(moved, 6.997 * 605_236.0 / 100e9 + (1.99805 * 605_236.0 + 65_472.0) / 1.1e9);
    close(latency + meetings, 25e-6 + 1023.0 * 30e-6 + 500e-6);
    close(LARGE.exchange(&LINKS[2], 64, 8)[3], 10.0 * 3.0 * 2e-6 + 3.0 * 8.0 * 5893.0 / 11e9);
}

fn main() {
    check();
    for net in [&DIGIT_NET, &LARGE] {
        table(net, &LINKS, &[64, 512, 4096, 65_536], 1);
        table(net, &LINKS[1..], &[4096, 65_536], 8);
        parts(net, &LINKS[1], 4096);
    }
    checked();
}
