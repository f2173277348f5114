//! The way from the naive loops to the peak of a core, in seven steps: a convolution of 3×3, from 32 channels of 32×32 to as many.
//! The cookbook's chapter `how_it_gets_fast` tells it:
//!
//! ```text
//! cargo bench --bench steps
//! ```
//!
//! Every step computes the same numbers. The time of each is the shortest of many calls, which take turns.

#[path = "common/peak.rs"]
mod peak;

use std::hint::black_box;
use std::time::Instant;

use common::{assert_same, integers};
use peak::fma_peak;
use pulp::{Arch, Simd, WithSimd};
use shapeproof::kernel::conv2d::im2col_gemm;
use shapeproof::kernel::gemm::{Write, packed, unpacked};
use shapeproof::kernel::naive;
use shapeproof::layer::{Conv2D, Module};
use shapeproof::network::Network;
use shapeproof::tensor::{flat, flat_mut, zeros};

/// Channels, and filters.
const C: usize = 32;
/// Rows and columns, of image and output.
const SIZE: usize = 32;
/// Rows and columns with one of padding on each side.
const PADDED: usize = SIZE + 2;

type Conv = Conv2D<C, SIZE, SIZE, C, SIZE, SIZE, 3, 3, 1, 1, 1, 1>;
type Image = [[[f32; SIZE]; SIZE]; C];
type PaddedImage = [[[f32; PADDED]; PADDED]; C];
type Weights = [[[[f32; 3]; 3]; C]; C];

/// The image with a border of zeros.
#[inline(always)]
fn pad(image: &Image, padded: &mut PaddedImage) {
    for (from, to) in image.iter().zip(padded) {
        for (from, to) in from.iter().zip(&mut to[1..]) {
            to[1..=SIZE].copy_from_slice(from);
        }
    }
}

/// Step 2: sizes are constants, and the border makes the question whether a pixel is in the image needless.
fn without_branches(image: &PaddedImage, weight: &Weights, output: &mut Image) {
    for o in 0..C {
        for y in 0..SIZE {
            for x in 0..SIZE {
                let mut sum = 0.0;
                for c in 0..C {
                    for ky in 0..3 {
                        for kx in 0..3 {
                            sum += weight[o][c][ky][kx] * image[c][y + ky][x + kx];
                        }
                    }
                }
                output[o][y][x] = sum;
            }
        }
    }
}

/// Step 3: the innermost loop runs along a row of the output, so that neighbors in memory are neighbors in the loop.
#[inline(always)]
fn row_by_row(image: &PaddedImage, weight: &Weights, output: &mut Image) {
    for (output, weight) in output.iter_mut().zip(weight) {
        for (y, output) in output.iter_mut().enumerate() {
            let mut sums = [0.0; SIZE];
            for (image, weight) in image.iter().zip(weight) {
                for (row, weight) in image[y..y + 3].iter().zip(weight) {
                    for (kx, &w) in weight.iter().enumerate() {
                        let pixels = &row[kx..kx + SIZE];
                        for x in 0..SIZE {
                            sums[x] += w * pixels[x];
                        }
                    }
                }
            }
            *output = sums;
        }
    }
}

/// Step 4: the same loops, compiled for the widest vectors of this processor.
fn row_by_row_wide(image: &PaddedImage, weight: &Weights, output: &mut Image) {
    struct RowByRow<'a>(&'a PaddedImage, &'a Weights, &'a mut Image);
    impl WithSimd for RowByRow<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            row_by_row(self.0, self.1, self.2);
        }
    }
    Arch::new().dispatch(RowByRow(image, weight, output));
}

/// What a step does to the output.
type Step<'a> = (&'a str, Box<dyn FnMut(&mut [f32]) + 'a>);

fn main() {
    // `cargo bench -- --test` only checks that the benchmark runs.
    let rounds = if std::env::args().any(|argument| argument == "--test") { 1 } else { 400 };
    let geometry = &Conv::GEOMETRY;
    let numbers = [integers(geometry.input.len(), 1), integers(C * geometry.patch(), 2)];
    let [x, w] = &numbers;
    let (mut image, mut weight) = (zeros::<Image>(1), zeros::<Weights>(1));
    image[0].as_flattened_mut().as_flattened_mut().copy_from_slice(x);
    weight[0].as_flattened_mut().as_flattened_mut().as_flattened_mut().copy_from_slice(w);
    let (image, weight) = (&image[0], &weight[0]);

    let plain = |of: fn(&PaddedImage, &Weights, &mut Image)| {
        let (mut padded, mut result) = (zeros::<PaddedImage>(1), zeros::<Image>(1));
        move |y: &mut [f32]| {
            pad(black_box(image), &mut padded[0]);
            of(&padded[0], black_box(weight), &mut result[0]);
            y.copy_from_slice(result[0].as_flattened().as_flattened());
        }
    };
    let mut columns = [(); 2].map(|()| vec![0.0; geometry.patch() * geometry.positions()]);
    let [packed_columns, columns] = &mut columns;
    let (mut layer, mut tape, mut output) = (Conv::zeros(), <Conv as Module>::tape(1), zeros(1));
    <Conv as Module>::visit([], [&mut *layer], &mut |parameter, [], [numbers]| {
        if parameter.name == "weight" {
            numbers.copy_from_slice(w);
        }
    });
    let mut input = zeros::<<Conv as Module>::Input>(1);
    flat_mut(&mut input).copy_from_slice(x);

    let mut steps: [Step<'_>; 7] = [
        ("the definition", Box::new(|y| naive::conv2d(geometry, 1, black_box(x), black_box(w), &[], y))),
        ("constant sizes, no branches", Box::new(plain(without_branches))),
        ("rows innermost", Box::new(plain(row_by_row))),
        ("the widest vectors", Box::new(plain(row_by_row_wide))),
        (
            "a matrix product, packed",
            Box::new(|y| {
                let (x, w) = (black_box(x), black_box(w));
                im2col_gemm::conv2d(geometry, x, w, Write::Overwrite, packed_columns, y, packed::gemm);
            }),
        ),
        (
            "a matrix product in registers",
            Box::new(|y| {
                let (x, w) = (black_box(x), black_box(w));
                im2col_gemm::conv2d(geometry, x, w, Write::Overwrite, columns, y, unpacked::gemm);
            }),
        ),
        (
            "patches read in place",
            Box::new(|y| {
                layer.forward_pass(black_box(&input), &mut output, &mut tape);
                y.copy_from_slice(flat(&output));
            }),
        ),
    ];

    let mut expected = vec![f32::NAN; geometry.output.len()];
    steps[0].1(&mut expected);
    let (mut y, mut best) = (vec![f32::NAN; expected.len()], [f64::INFINITY; 7]);
    for round in 0..rounds {
        for (at, (name, step)) in steps.iter_mut().enumerate() {
            if round > 20 && at < 2 {
                continue; // slow, and steady
            }
            let start = Instant::now();
            step(black_box(&mut y));
            best[at] = best[at].min(start.elapsed().as_secs_f64());
            if round == 0 {
                assert_same(name, &expected, &y);
            }
        }
    }

    let peak = fma_peak(rounds);
    println!("Peak of one core, multiplying and adding in registers: {:.0} GFLOP/s\n", peak / 1e9);
    println!("| | step | µs | GFLOP/s | of peak |");
    println!("|---|---|---|---|---|");
    for (at, ((name, _), seconds)) in steps.iter().zip(best).enumerate() {
        let rate = <Conv as Module>::FLOPS as f64 / seconds;
        let (time, gflops, share) = (1e6 * seconds, rate / 1e9, 100.0 * rate / peak);
        println!("| {} | {name} | {time:.0} | {gflops:.1} | {share:.1} % |", at + 1);
    }
}
