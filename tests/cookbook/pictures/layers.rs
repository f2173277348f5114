//! Pictures of layers.

use shapeproof::data::synthetic;
use shapeproof::kernel::naive;
use shapeproof::layer::{Dropout, Layer, RngKey, Tape};
use shapeproof::layer::{ELU, LeakyReLU, PReLU, ReLU, Sigmoid, Tanh};
use shapeproof::network::Network;
use shapeproof::shape::{Dims, Geometry, Window};
use shapeproof::tensor::{Tensor, Vector};

use super::svg::{BLUE, CELL, GRAY, GREEN, ORANGE, Plot, Svg, TEXT};

/// Rows of numbers as texts.
fn texts<const W: usize>(rows: &[[f32; W]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|x| x.to_string().replace('-', "−")).collect()).collect()
}

fn plain(_: usize, _: usize) -> (&'static str, f64) {
    (GRAY, 0.15)
}

/// A window of 3×3 over an image of 5×5: one output, and what it is the sum of.
pub fn convolution() -> String {
    let image =
        [[0., 0., 1., 2., 2.], [0., 1., 3., 2., 0.], [1., 3., 2., 0., 0.], [2., 3., 1., 0., 0.], [2., 1., 0., 0., 0.]];
    let filter = [[1., 0., -1.], [2., 0., -2.], [1., 0., -1.]];
    let geometry =
        Geometry { input: Dims::new(1, 5, 5), output: Dims::new(1, 3, 3), window: Window::new([3, 3], [1, 1], [0, 0]) };
    let mut output = [[0.0_f32; 3]; 3];
    naive::conv2d(&geometry, 1, image.as_flattened(), filter.as_flattened(), &[], output.as_flattened_mut());

    let mut svg = Svg::new(560.0, 200.0);
    svg.title([10.0, 12.0], "image");
    svg.table(
        [10.0, 28.0],
        &texts(&image),
        CELL,
        |y, x| {
            if y < 3 && (1..4).contains(&x) { (BLUE, 0.4) } else { plain(y, x) }
        },
    );
    svg.text([200.0, 108.0], "middle", 20.0, TEXT, "⋆");
    svg.title([230.0, 44.0], "filter");
    svg.table([230.0, 60.0], &texts(&filter), CELL, |_, _| (BLUE, 0.4));
    svg.text([360.0, 108.0], "middle", 20.0, TEXT, "=");
    svg.title([394.0, 44.0], "output");
    svg.table([394.0, 60.0], &texts(&output), CELL, |y, x| if (y, x) == (0, 1) { (ORANGE, 0.5) } else { plain(y, x) });
    svg.finish()
}

/// A synthetic digit of class 4 written with a thin pen, as bytes and as numbers.
fn four() -> ([u8; 784], Vec<f32>) {
    let (images, labels) = synthetic::digits(200, 5);
    let fours = images.iter().zip(&labels).filter(|(_, label)| **label == 4).map(|(image, _)| image.as_slice());
    let thin = fours.min_by_key(|image| image.iter().map(|&byte| u32::from(byte)).sum::<u32>()).unwrap();
    let bytes: [u8; 784] = thin.try_into().unwrap();
    (bytes, bytes.iter().map(|&byte| f32::from(byte)).collect())
}

/// The responses of two filters to a digit: positive blue, negative orange.
pub fn convolution_edges() -> String {
    let (bytes, image) = four();
    let size = Dims::new(1, 28, 28);
    let geometry = Geometry { input: size, output: size, window: Window::new([3, 3], [1, 1], [1, 1]) };
    let filters = [
        ("left to right", [1., 0., -1., 2., 0., -2., 1., 0., -1.]),
        ("top to bottom", [1., 2., 1., 0., 0., 0., -1., -2., -1.]),
    ];

    let (mut svg, scale) = (Svg::new(650.0, 220.0), 6.0);
    let place = |column: usize| 10.0 + 215.0 * column as f64;
    svg.title([place(0), 12.0], "a digit");
    svg.frame([place(0), 28.0], [168.0; 2], GRAY, 0.5);
    svg.pixels([place(0), 28.0], scale, [28, 28], TEXT, |at| i32::from(bytes[at]) / 31);
    for (column, (name, filter)) in filters.into_iter().enumerate() {
        let mut output = vec![0.0; 784];
        naive::conv2d(&geometry, 1, &image, &filter, &[], &mut output);
        let corner = [place(column + 1), 28.0];
        svg.title([corner[0], 12.0], &format!("edges, {name}"));
        svg.frame(corner, [168.0; 2], GRAY, 0.5);
        svg.pixels(corner, scale, [28, 28], BLUE, |at| (output[at] / 127.0) as i32);
    }
    svg.text([10.0, 208.0], "start", 11.0, TEXT, "blue: from bright to dark, orange: from dark to bright");
    svg.finish()
}

/// How many windows see each pixel: the gradient of the input, if all weights and all gradients of outputs are 1.
pub fn convolution_gradient() -> String {
    let cases = [("stride 1, no padding: 4×4 windows", 1, 0, 4), ("stride 2, padding 1: 3×3 windows", 2, 1, 3)];
    let mut svg = Svg::new(560.0, 230.0);
    for (column, (name, stride, padding, outputs)) in cases.into_iter().enumerate() {
        let window = Window::new([3, 3], [stride; 2], [padding; 2]);
        let geometry = Geometry { input: Dims::new(1, 6, 6), output: Dims::new(1, outputs, outputs), window };
        let mut counts = [[0.0_f32; 6]; 6];
        let ones = vec![1.0; outputs * outputs];
        naive::conv2d_grad_input(&geometry, 1, &[1.0; 9], &ones, counts.as_flattened_mut());
        let corner = [10.0 + 280.0 * column as f64, 30.0];
        svg.title([corner[0], 12.0], name);
        svg.table(corner, &texts(&counts), CELL, |y, x| (BLUE, f64::from(counts[y][x]) / 12.0));
    }
    svg.finish()
}

/// `layer` at 121 numbers from −3 to 3.
fn curve<L>(layer: &L) -> Vec<[f64; 2]>
where
    L: shapeproof::layer::Module<Scalar = f64, Input = Vector<121, f64>, Output = Vector<121, f64>>,
{
    let input = Vector::from(std::array::from_fn(|i| i as f64 / 20.0 - 3.0));
    let mut output = [Vector::from([0.0; 121])];
    layer.predict::<1>(&[input], &mut output, &mut L::workspace::<1>());
    input.as_slice().iter().zip(output[0].as_slice()).map(|(&x, &y)| [x, y]).collect()
}

pub fn activations() -> String {
    let mut prelu = PReLU::<121, 1, 1, 1, f64>::zeros();
    prelu.weight = [0.25];
    let curves = [
        ("ReLU", curve(&*ReLU::<121, 1, 1, f64>::zeros())),
        ("LeakyReLU", curve(&*LeakyReLU::<121, 1, 1, { 0.01f64.to_bits() }, f64>::zeros())),
        ("PReLU, a = 0.25", curve(&*prelu)),
        ("ELU", curve(&*ELU::<121, 1, 1, { 1f64.to_bits() }, f64>::zeros())),
        ("Sigmoid", curve(&*Sigmoid::<121, 1, 1, f64>::zeros())),
        ("Tanh", curve(&*Tanh::<121, 1, 1, f64>::zeros())),
    ];
    let mut svg = Svg::new(620.0, 360.0);
    for (at, (name, points)) in curves.into_iter().enumerate() {
        let corner = [36.0 + 200.0 * (at % 3) as f64, 30.0 + 180.0 * (at / 3) as f64];
        let plot = Plot { at: corner, size: [150.0, 125.0], x: [-3.0, 3.0], y: [-2.0, 3.0] };
        svg.title([corner[0], corner[1] - 14.0], name);
        plot.axes(&mut svg, [&[(-3.0, "−3"), (0.0, "0"), (3.0, "3")], &[(-2.0, "−2"), (0.0, "0"), (3.0, "3")]]);
        let points: Vec<_> = points.into_iter().map(|[x, y]| plot.point(x, y)).collect();
        svg.curve(&points, BLUE, 2.0);
    }
    svg.finish()
}

/// The 4×4 matrix, its first window, and the 3×3 winners.
pub fn pooling() -> String {
    shapeproof::network! { type Pool = [1, 4, 4] => MaxPool2D(window = 2, stride = 1) }
    let matrix = [[1., 3., 2., 4.], [5., 6., 7., 8.], [9., 10., 11., 12.], [13., 14., 15., 16.]];
    let mut output = [Tensor([[[0.0; 3]; 3]])];
    Pool::zeros().predict::<1>(&[Tensor([matrix])], &mut output, &mut ());

    let mut svg = Svg::new(340.0, 170.0);
    svg.title([10.0, 12.0], "input");
    svg.table([10.0, 28.0], &texts(&matrix), CELL, |y, x| match (y, x) {
        (1, 1) => (ORANGE, 0.5),
        (0..2, 0..2) => (BLUE, 0.4),
        _ => plain(y, x),
    });
    svg.text([180.0, 92.0], "middle", 20.0, TEXT, "→");
    svg.title([220.0, 12.0], "output");
    svg.table(
        [220.0, 44.0],
        &texts(&output[0].0[0]),
        CELL,
        |y, x| if (y, x) == (0, 0) { (ORANGE, 0.5) } else { plain(y, x) },
    );
    svg.finish()
}

/// 3×4×4 numbers as 48.
pub fn flattening() -> String {
    shapeproof::network! { type Flat = [3, 4, 4] => Flatten }
    let map = |c: usize| std::array::from_fn(|h| std::array::from_fn(|w| (c * 16 + h * 4 + w) as f32));
    let (maps, mut list) = ([Tensor::<3, 4, 4>(std::array::from_fn(map))], [Vector::from([0.0; 48])]);
    Flat::zeros().predict::<1>(&maps, &mut list, &mut ());

    let colors = [BLUE, ORANGE, GREEN];
    let mut svg = Svg::new(620.0, 230.0);
    for (c, map) in maps[0].0.iter().enumerate() {
        let corner = [10.0 + 160.0 * c as f64, 28.0];
        svg.title([corner[0], 12.0], &format!("map {c}"));
        svg.table(corner, &texts(map), CELL, |_, _| (colors[c], 0.4));
    }
    svg.text([10.0, 178.0], "start", 14.0, TEXT, "48 numbers");
    for (at, &number) in list[0].as_slice().iter().enumerate() {
        let corner = [10.0 + 12.5 * at as f64, 192.0];
        svg.rect(corner, [11.5, 26.0], colors[number as usize / 16], 0.4);
        if number % 4.0 == 0.0 {
            svg.text([corner[0] + 6.0, corner[1] + 13.0], "middle", 9.0, TEXT, &number.to_string());
        }
    }
    svg.finish()
}

/// The shapes of the example: a batch times the transposed weights.
pub fn dense() -> String {
    shapeproof::network! { type Example = [128, 1, 1] => Dense(units = 64) }
    let samples = 32;
    let (inputs, outputs) = (<Example as Layer>::Input::DIMS.len(), <Example as Layer>::Output::DIMS.len());
    let mut svg = Svg::new(560.0, 200.0);
    let mut matrix = |x: f64, rows: usize, columns: usize, name: &str, color| {
        let size = [1.2 * columns as f64, 1.2 * rows as f64];
        let corner = [x, 100.0 - size[1] / 2.0];
        svg.rect(corner, size, color, 0.4);
        svg.text([x + size[0] / 2.0, 100.0], "middle", 13.0, TEXT, &format!("{rows}×{columns}"));
        svg.text([x + size[0] / 2.0, corner[1] - 10.0], "middle", 13.0, TEXT, name);
    };
    matrix(10.0, samples, inputs, "32 samples of 128", BLUE);
    matrix(220.0, inputs, outputs, "Wᵀ", GREEN);
    matrix(360.0, samples, outputs, "32 outputs of 64", ORANGE);
    svg.text([192.0, 100.0], "middle", 20.0, TEXT, "·");
    svg.text([328.0, 100.0], "middle", 20.0, TEXT, "=");
    svg.finish()
}

/// Two samples of two channels, normalized over each channel, and over the channels of each pixel.
pub fn batch_norm() -> String {
    let input = [[[1.0, 3.0], [-10.0, -10.0]], [[5.0, 7.0], [-10.0, -10.0]]];
    let mut right = input;
    naive::batch_norm(
        2,
        1e-5,
        input.as_flattened().as_flattened(),
        &[1.0; 2],
        &[0.0; 2],
        right.as_flattened_mut().as_flattened_mut(),
    );
    // Each pixel of a sample on its own, as a "channel" of its own.
    let mut wrong = input;
    for (sample, normalized) in input.iter().zip(&mut wrong) {
        for w in 0..2 {
            let mut pixel = [0.0; 2];
            naive::batch_norm(1, 1e-5, &[sample[0][w], sample[1][w]], &[1.0], &[0.0], &mut pixel);
            (normalized[0][w], normalized[1][w]) = (pixel[0], pixel[1]);
        }
    }

    let mut svg = Svg::new(620.0, 190.0);
    let parts = [("as it is", input, 0), ("each channel by itself", right, 1), ("over the channels", wrong, 2)];
    for (part, (name, numbers, kind)) in parts.into_iter().enumerate() {
        let x = 80.0 + 190.0 * part as f64;
        svg.title([x, 12.0], name);
        for (n, sample) in numbers.iter().enumerate() {
            let y = 30.0 + 76.0 * n as f64;
            let rows: Vec<Vec<String>> = sample
                .iter()
                .map(|row| row.iter().map(|x| format!("{x:.1}").replace('-', "−").replace("−0.0", "0.0")).collect())
                .collect();
            svg.table([x, y], &rows, 48.0, |c, w| match (kind, c, w) {
                (0, ..) => (GRAY, 0.15),
                (1, 0, _) => (BLUE, 0.4),
                (1, ..) => (ORANGE, 0.4),
                (_, _, 0) => (BLUE, if n == 0 { 0.5 } else { 0.25 }),
                _ => (ORANGE, if n == 0 { 0.5 } else { 0.25 }),
            });
            if part == 0 {
                svg.text([70.0, y + CELL / 2.0], "end", 11.0, TEXT, &format!("sample {n},"));
                svg.text([70.0, y + CELL / 2.0 + 14.0], "end", 11.0, TEXT, "channels");
                svg.text([70.0, y + CELL / 2.0 + 28.0], "end", 11.0, TEXT, "0 and 1");
            }
        }
    }
    svg.finish()
}

/// A digit in three steps of a training, and in a prediction.
pub fn dropout() -> String {
    type Half = Dropout<784, 1, 1, 50>;
    let (_, image) = four();
    let input = [*Vector::<784>::from_slice(&image)];
    let mut svg = Svg::new(640.0, 200.0);
    svg.text([10.0, 188.0], "start", 11.0, TEXT, "what is kept in a training counts twice");
    for (column, name) in ["step 1", "step 2", "step 3", "prediction"].into_iter().enumerate() {
        let mut output = input;
        if column < 3 {
            let mut tape = <Half as Layer>::tape(1);
            tape.set_rng_key(RngKey::new(1, column as u64 + 1, 0));
            Half::zeros().forward_pass(&input, &mut output, &mut tape);
        } else {
            Half::zeros().predict::<1>(&input, &mut output, &mut ());
        }
        let corner = [10.0 + 158.0 * column as f64, 28.0];
        svg.title([corner[0], 12.0], name);
        svg.frame(corner, [140.0; 2], GRAY, 0.5);
        // Up to twice 255.
        svg.pixels(corner, 5.0, [28, 28], TEXT, |at| (output[0].as_slice()[at] / 63.0) as i32);
    }
    svg.finish()
}

/// A vector from a slice of as many numbers.
trait FromSlice {
    fn from_slice(numbers: &[f32]) -> &Self;
}

impl<const N: usize> FromSlice for Vector<N> {
    fn from_slice(numbers: &[f32]) -> &Self {
        &shapeproof::tensor::view(numbers).expect("as many numbers")[0]
    }
}
