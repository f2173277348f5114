//! Pictures of learning: optimizers, softmax, losses, metrics, the network, a training.

use shapeproof::data::mnist::Mnist;
use shapeproof::data::synthetic;
use shapeproof::kernel::naive;
use shapeproof::layer::{LayerPath, Parameter, Role};
use shapeproof::metrics::Confusion;
use shapeproof::optim::{Optimizer, Update};
use shapeproof::prelude::*;

use super::svg::{BLUE, CELL, GRAY, GREEN, ORANGE, Plot, Svg, TEXT};

/// The loss `½·(x² + 100·y²)` after each of 60 steps from (10, 1).
fn descent(rule: impl Optimizer) -> Vec<f64> {
    let (mut p, mut memory) = ([10.0, 1.0], vec![[0.0; 2]; rule.memory()]);
    let loss = |p: [f64; 2]| 0.5 * (p[0] * p[0] + 100.0 * p[1] * p[1]);
    let mut losses = vec![loss(p)];
    for step in 1..=60 {
        let parameter = Parameter { layer: LayerPath::FIRST, name: "weight", dims: &[2], role: Role::Constant(0.0) };
        let mut memory: Vec<&mut [f64]> = memory.iter_mut().map(|numbers| numbers.as_mut_slice()).collect();
        let gradient = [p[0], 100.0 * p[1]];
        rule.update(&Update { parameter, lr: rule.lr(), step }, &mut p, &gradient, &mut memory);
        losses.push(loss(p));
    }
    losses
}

pub fn optimizers() -> String {
    let rules = [
        ("SGD::new(0.01)", descent(SGD::new(0.01)), GRAY),
        ("SGD::new(0.01).momentum(0.9)", descent(SGD::new(0.01).momentum(0.9)), ORANGE),
        ("SGD::new(0.01).nesterov(0.9)", descent(SGD::new(0.01).nesterov(0.9)), BLUE),
        ("Adam::new(0.5)", descent(Adam::new(0.5)), GREEN),
    ];
    let mut svg = Svg::new(620.0, 290.0);
    let plot = Plot { at: [50.0, 20.0], size: [300.0, 230.0], x: [0.0, 60.0], y: [-5.0, 2.5] };
    let xs = [(0.0, "0"), (20.0, "20"), (40.0, "40"), (60.0, "60")];
    plot.axes(&mut svg, [&xs, &[(2.0, "100"), (0.0, "1"), (-2.0, "0.01"), (-4.0, "0.0001")]]);
    svg.text([200.0, 280.0], "middle", 12.0, TEXT, "steps");
    svg.text([50.0, 8.0], "middle", 12.0, TEXT, "loss");
    for (at, (name, losses, color)) in rules.into_iter().enumerate() {
        let inside = losses.iter().map(|loss| loss.log10().clamp(-5.0, 2.5));
        let points: Vec<_> = inside.enumerate().map(|(step, loss)| plot.point(step as f64, loss)).collect();
        svg.curve(&points, color, 2.0);
        let y = 60.0 + 26.0 * at as f64;
        svg.curve(&[[370.0, y], [392.0, y]], color, 3.0);
        svg.text([400.0, y], "start", 12.0, TEXT, name);
    }
    svg.finish()
}

const LOGITS: [[f64; 4]; 3] = [[1.0, 2.0, 3.0, 6.0], [0.5, 2.5, 2.0, 5.5], [0.3, 2.7, 4.5, 6.1]];

/// The softmax of the three rows over the classes, and over the samples.
fn both() -> [[[f64; 4]; 3]; 2] {
    let mut both = [[[0.0; 4]; 3]; 2];
    for (lines, of) in [[4, 1], [3, 4]].into_iter().zip(&mut both) {
        naive::softmax(lines, LOGITS.as_flattened(), of.as_flattened_mut());
    }
    both
}

pub fn softmax() -> String {
    let colors = [BLUE, ORANGE, GREEN, GRAY];
    let mut svg = Svg::new(640.0, 200.0);
    for (part, (name, of)) in
        ["each sample sums to 1", "each class sums to 1: the wrong axis"].into_iter().zip(both()).enumerate()
    {
        let x = 10.0 + 325.0 * part as f64;
        svg.title([x, 12.0], name);
        let rows: Vec<Vec<String>> = of.iter().map(|row| row.iter().map(|p| format!("{p:.4}")).collect()).collect();
        svg.table([x, 30.0], &rows, 58.0, |row, column| (colors[if part == 0 { row } else { column }], 0.35));
        for (row, of) in of.iter().enumerate() {
            let y = 30.0 + CELL * (row as f64 + 0.5);
            svg.text([x + 240.0, y], "start", 12.0, TEXT, &format!("= {:.2}", of.iter().sum::<f64>()));
        }
        for column in 0..4 {
            let sum: f64 = of.iter().map(|row| row[column]).sum();
            let at = [x + 58.0 * (column as f64 + 0.5), 30.0 + CELL * 3.0 + 14.0];
            svg.text(at, "middle", 12.0, TEXT, &format!("= {sum:.2}"));
        }
    }
    svg.text([10.0, 175.0], "start", 12.0, TEXT, "rows: three samples, columns: four classes");
    svg.finish()
}

/// `−ln p`, with the three samples by either axis.
pub fn losses() -> String {
    let mut svg = Svg::new(650.0, 270.0);
    let plot = Plot { at: [40.0, 20.0], size: [340.0, 210.0], x: [0.0, 1.0], y: [0.0, 4.0] };
    let xs = [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")];
    plot.axes(&mut svg, [&xs, &[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"), (4.0, "4")]]);
    svg.text([210.0, 260.0], "middle", 12.0, TEXT, "probability of the right class");
    svg.text([40.0, 8.0], "middle", 12.0, TEXT, "loss");
    let curve = (0..=100).map(|i| (-4.0 * f64::from(i) / 100.0).exp());
    let points: Vec<_> = curve.map(|p| plot.point(p, -p.ln())).collect();
    svg.curve(&points, GRAY, 2.0);
    let parts = [("softmax over the classes: mean", ORANGE), ("over the samples: mean", BLUE)];
    for (at, (of, (name, color))) in both().into_iter().zip(parts).enumerate() {
        let mut sum = 0.0;
        for (label, row) in [3, 1, 2].into_iter().zip(of) {
            svg.circle(plot.point(row[label], -row[label].ln()), 5.0, color);
            sum -= row[label].ln();
        }
        let y = 70.0 + 26.0 * at as f64;
        svg.circle([400.0, y], 5.0, color);
        svg.text([412.0, y], "start", 12.0, TEXT, &format!("{name} {:.4}", sum / 3.0));
    }
    svg.finish()
}

/// The confusion matrix of the nearest mean image, in whole numbers: the mean of 100 images of each class, rounded.
pub fn metrics() -> String {
    let (images, labels) = synthetic::digits(1000, 1);
    let mut sums = [[0_u32; 784]; 10];
    for (image, &label) in images.iter().zip(&labels) {
        sums[usize::from(label)].iter_mut().zip(image.as_slice()).for_each(|(sum, &pixel)| *sum += u32::from(pixel));
    }
    let (images, labels) = synthetic::digits(1000, 2);
    let mut confusion = Confusion::<10>::new();
    for (image, &label) in images.iter().zip(&labels) {
        let distance = |class: &usize| -> i64 {
            let pairs = sums[*class].iter().zip(image.as_slice());
            pairs.map(|(&sum, &pixel)| (i64::from(sum / 100) - i64::from(pixel)).pow(2)).sum()
        };
        confusion.record(usize::from(label), (0..10).min_by_key(distance).unwrap());
    }

    let mut svg = Svg::new(440.0, 410.0);
    svg.text([200.0, 12.0], "middle", 14.0, TEXT, "predicted");
    svg.text([18.0, 210.0], "middle", 14.0, TEXT, "true");
    for class in 0..10 {
        let along = CELL * (f64::from(class) + 0.5);
        svg.text([60.0 + along, 38.0], "middle", 12.0, GRAY, &class.to_string());
        svg.text([48.0, 50.0 + along], "middle", 12.0, GRAY, &class.to_string());
    }
    let rows: Vec<Vec<String>> = confusion
        .counts
        .iter()
        .map(|row| row.iter().map(|&count| if count == 0 { String::new() } else { count.to_string() }).collect())
        .collect();
    svg.table([60.0, 50.0], &rows, CELL, |row, column| {
        let share = confusion.counts[row][column] as f64 / 100.0;
        if row == column { (BLUE, 0.1 + 0.5 * share) } else { (ORANGE, (3.0 * share).min(0.7)) }
    });
    svg.text([60.0, 392.0], "start", 12.0, TEXT, &format!("accuracy {:.1} %", 100.0 * confusion.accuracy()));
    svg.finish()
}

network! {
    type DigitNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), PReLU, MaxPool2D(window = 2),
        Flatten, Dense(units = 128), PReLU, Dropout(percent = 50), Dense(units = 10),
}

/// The rows of the summary: the share of the parameters and of the arithmetic that each layer has.
pub fn network() -> String {
    let mut svg = Svg::new(620.0, 300.0);
    svg.text([330.0, 12.0], "middle", 13.0, BLUE, "parameters");
    svg.text([500.0, 12.0], "middle", 13.0, ORANGE, "MFLOP of a prediction");
    let summary = DigitNet::summary().to_string();
    let rows: Vec<Vec<&str>> =
        summary.lines().map(|line| line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect()).collect();
    let mut y = 36.0;
    for words in rows
        .iter()
        .filter(|words| words.first().is_some_and(|word| word.split(' ').next().unwrap().parse::<usize>().is_ok()))
    {
        // `0  Conv2D 3×3, padding 1×1`, `32×28×28`, `320`, `0.452`: all but the layer are without spaces.
        let words: Vec<&str> = words.iter().flat_map(|word| word.split(' ')).collect();
        let [layer @ .., output, parameters, mflop] = &words[..] else { panic!("{words:?}") };
        let layer = layer.iter().skip(1).take_while(|word| !word.contains('×')).copied().collect::<Vec<_>>().join(" ");
        svg.text([10.0, y], "start", 12.0, TEXT, &layer);
        svg.text([230.0, y], "end", 12.0, TEXT, output);
        let (parameters, mflop): (f64, f64) = (parameters.parse().unwrap(), mflop.parse().unwrap());
        svg.rect([250.0, y - 8.0], [parameters / 1000.0, 16.0], BLUE, 0.6);
        svg.rect([430.0, y - 8.0], [mflop * 60.0, 16.0], ORANGE, 0.6);
        if parameters > 300.0 {
            svg.text([254.0 + parameters / 1000.0, y], "start", 11.0, TEXT, &parameters.to_string());
        }
        if mflop > 0.01 {
            svg.text([434.0 + mflop * 60.0, y], "start", 11.0, TEXT, &mflop.to_string());
        }
        y += 23.0;
    }
    svg.finish()
}

/// The losses of a training on 300 digits.
pub fn training() -> String {
    network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 4, kernel = 5, stride = 3), PReLU, MaxPool2D(window = 2), Flatten, Dense(units = 10),
    }
    let (train, validation) = Mnist::synthetic(500, 0).train.split(HeldOut::Count(200));
    let settings = Settings { batch_size: 20, ..Settings::default() };
    let optimizer = SGD::new(0.03).nesterov(0.9);
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), optimizer, settings).unwrap();
    let history = trainer.fit(&train, &validation, &Fit { epochs: 20, schedule: &Constant }, &mut []).unwrap();

    let mut svg = Svg::new(560.0, 260.0);
    let plot = Plot { at: [40.0, 20.0], size: [340.0, 200.0], x: [1.0, 20.0], y: [0.0, 2.5] };
    let xs = [(1.0, "1"), (5.0, "5"), (10.0, "10"), (15.0, "15"), (20.0, "20")];
    plot.axes(&mut svg, [&xs, &[(0.0, "0"), (0.5, "0.5"), (1.0, "1"), (1.5, "1.5"), (2.0, "2"), (2.5, "2.5")]]);
    svg.text([210.0, 250.0], "middle", 12.0, TEXT, "epoch");
    svg.text([40.0, 8.0], "middle", 12.0, TEXT, "loss");
    let of_train: Vec<f64> = history.epochs.iter().map(|epoch| epoch.train.loss()).collect();
    let of_validation: Vec<f64> = history.epochs.iter().map(|epoch| epoch.validation.unwrap().loss()).collect();
    for (at, (name, losses, color)) in
        [("training", of_train, BLUE), ("validation", of_validation, ORANGE)].into_iter().enumerate()
    {
        let points: Vec<_> =
            losses.iter().enumerate().map(|(epoch, &loss)| plot.point(epoch as f64 + 1.0, loss.min(2.5))).collect();
        svg.curve(&points, color, 2.0);
        let y = 60.0 + 26.0 * at as f64;
        svg.curve(&[[400.0, y], [422.0, y]], color, 3.0);
        svg.text([430.0, y], "start", 12.0, TEXT, name);
    }
    svg.finish()
}

/// The steps of the chapter's table, as bars, and the peak.
pub fn how_it_gets_fast() -> String {
    let chapter = include_str!("../../../src/_cookbook/how_it_gets_fast.md");
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let rows = chapter.lines().filter(|line| line.starts_with("| ") && line.ends_with("% |")).map(cells);
    let (peak, scale) = (118.0, 3.0);
    let (left, mut y) = (230.0, 36.0);
    let mut svg = Svg::new(680.0, 230.0);
    svg.text([left + scale * peak, 12.0], "middle", 12.0, TEXT, "peak, 118 GFLOP/s");
    svg.curve(&[[left + scale * peak, 22.0], [left + scale * peak, 222.0]], GRAY, 1.0);
    for row in rows {
        let [number, step, _, rate, _] = row[..] else { panic!("{row:?}") };
        let width = scale * rate.parse::<f64>().unwrap();
        svg.text([left - 10.0, y], "end", 13.0, TEXT, &format!("{number}. {step}"));
        svg.rect([left, y - 9.0], [width, 18.0], BLUE, 0.6);
        let (x, anchor) = if width > 60.0 { (left + width - 6.0, "end") } else { (left + width + 6.0, "start") };
        svg.text([x, y], anchor, 12.0, TEXT, rate);
        y += 28.0;
    }
    svg.finish()
}
