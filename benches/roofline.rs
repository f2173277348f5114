//! The cost of a training step of the reference network: each layer's operations and bytes, its time, and its fraction of the
//! peak of a core of this machine:
//!
//! ```text
//! cargo bench --bench roofline
//! ```

#[path = "common/peak.rs"]
mod peak;

use std::hint::black_box;
use std::time::Instant;

use bytemuck::{Pod, Zeroable};
use peak::fma_peak;
use shapeproof::layer::{Conv2D, Dense, Dropout, MaxPool2D, Module, PReLU};
use shapeproof::network::Network;
use shapeproof::shape::Shape;
use shapeproof::tensor::flat_mut;

/// The number of samples that a layer processes together, as in training.
const SAMPLES: usize = 8;

type Conv1 = Conv2D<1, 28, 28, 32, 28, 28, 3, 3, 1, 1, 1, 1>;
type Pool1 = MaxPool2D<32, 28, 28, 14, 14, 2, 2, 2, 2>;
type Conv2 = Conv2D<32, 14, 14, 64, 8, 8, 3, 3, 2, 2, 2, 2>;
type Pool2 = MaxPool2D<64, 8, 8, 4, 4, 2, 2, 2, 2>;

fn main() {
    // `cargo bench -- --test` only checks that the benchmark runs.
    let rounds = if std::env::args().any(|argument| argument == "--test") { 1 } else { 200 };
    let peak = fma_peak(rounds);
    println!("Peak of one core, multiplying and adding in registers: {:.0} GFLOP/s\n", peak / 1e9);
    println!("| layer | pass | MFLOP | KiB | FLOP/byte | µs | GFLOP/s | of peak |");
    println!("|---|---|---|---|---|---|---|---|");
    let bench = Bench { rounds, peak };
    let total = [
        bench.layer::<Conv1>("Conv2D 1→32", First, MostlyZero),
        bench.layer::<PReLU<32, 28, 28>>("PReLU", Inner, MostlyZero),
        bench.layer::<Pool1>("MaxPool2D", Inner, Full),
        bench.layer::<Conv2>("Conv2D 32→64", Inner, MostlyZero),
        bench.layer::<PReLU<64, 8, 8>>("PReLU", Inner, MostlyZero),
        bench.layer::<Pool2>("MaxPool2D", Inner, Full),
        bench.layer::<Dense<1024, 128>>("Dense 1024→128", Inner, Full),
        bench.layer::<PReLU<128, 1, 1>>("PReLU", Inner, Full),
        bench.layer::<Dropout<128, 1, 1>>("Dropout", Inner, Full),
        bench.layer::<Dense<128, 10>>("Dense 128→10", Inner, Full),
    ];
    let (flops, seconds): (f64, f64) = (total.iter().map(|t| t.0).sum(), total.iter().map(|t| t.1).sum());
    row("all", "both", flops, None, seconds, peak);
}

/// The position of a layer: the first has no input gradient to compute.
enum Place {
    First,
    Inner,
}

/// The sparsity of the output's gradient: three of four entries are zero after a 2×2 max pooling.
enum Gradient {
    Full,
    MostlyZero,
}

use Gradient::{Full, MostlyZero};
use Place::{First, Inner};

struct Bench {
    rounds: usize,
    peak: f64,
}

impl Bench {
    /// Measures a layer, prints its two rows, and returns the operations and seconds per sample of both passes.
    fn layer<L: Module<Scalar = f32>>(&self, name: &str, place: Place, gradient: Gradient) -> (f64, f64) {
        let (network, mut grad, mut tape) = (L::new(1), L::zeros(), L::tape(SAMPLES));
        let mut lines = [lines::<L::Input>(), lines::<L::Output>(), lines::<L::Output>(), lines::<L::Input>()];
        let [x, y, dy, dx] = &mut lines;
        let (x, y, dy, dx) = (batch::<L::Input>(x), batch::<L::Output>(y), batch::<L::Output>(dy), batch(dx));
        let mut random = random();
        flat_mut(x).fill_with(&mut random);
        flat_mut(dy).fill_with(|| match (&gradient, random()) {
            (MostlyZero, value) if value < 0.25 => 0.0,
            (_, value) => value,
        });

        let forward = self.best(|| network.forward_pass(black_box(x), black_box(y), &mut tape));
        let backward = self.best(|| {
            let dx = if let Inner = place { Some(&mut *dx) } else { None };
            network.backward_pass(black_box(x), &mut tape, black_box(dy), dx, &mut grad);
        });

        let [input, output] = [size_of::<L::Input>(), size_of::<L::Output>()];
        // A shared parameter is read once for all samples, and its gradient read and written.
        let parameters = size_of::<L>() / SAMPLES;
        let products = if let Inner = place { 2.0 } else { 1.0 };
        let flops = L::FLOPS as f64;
        row(name, "forward", flops, Some(input + output + parameters), forward, self.peak);
        let bytes = match place {
            First => input + output + 2 * parameters,
            Inner => 2 * input + output + 3 * parameters,
        };
        row(name, "backward", products * flops, Some(bytes), backward, self.peak);
        ((1.0 + products) * flops, forward + backward)
    }

    /// The shortest time of a call, per sample, in seconds.
    fn best(&self, mut call: impl FnMut()) -> f64 {
        (0..self.rounds).map(|_| seconds(&mut call)).fold(f64::INFINITY, f64::min) / SAMPLES as f64
    }
}

/// A cache line: batches are aligned to it, as in a network.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

fn lines<S: Shape>() -> Vec<Line> {
    vec![Line::zeroed(); (SAMPLES * size_of::<S>()).div_ceil(size_of::<Line>())]
}

fn batch<S: Shape>(lines: &mut [Line]) -> &mut [S] {
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(lines);
    bytemuck::cast_slice_mut(&mut bytes[..SAMPLES * size_of::<S>()])
}

fn seconds(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}

fn row(name: &str, pass: &str, flops: f64, bytes: Option<usize>, seconds: f64, peak: f64) {
    let bytes = bytes.map(|bytes| bytes as f64);
    let kib = bytes.map_or_else(String::new, |bytes| format!("{:.0}", bytes / 1024.0));
    let (time, rate) = (1e6 * seconds, flops / seconds);
    if flops > 0.0 {
        let intensity = bytes.map_or_else(String::new, |bytes| format!("{:.1}", flops / bytes));
        let (mflop, gflops, share) = (flops / 1e6, rate / 1e9, 100.0 * rate / peak);
        println!("| {name} | {pass} | {mflop:.3} | {kib} | {intensity} | {time:.1} | {gflops:.0} | {share:.0} % |");
    } else {
        println!("| {name} | {pass} | – | {kib} | – | {time:.1} | – | – |");
    }
}

/// Numbers from −0.5 to 0.5. Their values do not affect the time, except that denormal numbers would.
fn random() -> impl FnMut() -> f32 {
    let mut state = 1u64;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); // Knuth's MMIX
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }
}
