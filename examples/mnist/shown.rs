//! What a terminal shows after a training: the confusion matrix, mistakes, and the filters of the first layer.

use std::io::{self, IsTerminal, Write};

use console::Term;
use shapeproof::data::Dataset;
use shapeproof::layer::Module;
use shapeproof::tensor::{Tensor, boxed};

use crate::console::Console;
use crate::half_blocks::{Colors, Picture};
use crate::test_set::Outcome;

/// The columns between two pictures.
const GAP: usize = 2;

/// Draws in the width of the terminal; nothing where standard output is none.
///
/// # Errors
/// That of the console.
pub fn draw<N, D>(network: &N, outcome: &Outcome, test: &D, mut out: &Console) -> io::Result<()>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>>,
    D: Dataset<Input = N::Input>,
{
    if !io::stdout().is_terminal() || outcome.score.samples == 0 {
        return Ok(());
    }
    let (columns, colors) = (usize::from(Term::stdout().size().1), Colors::of_stdout());
    writeln!(out, "\nThe confusion matrix as a picture, truth downwards, predictions to the right:\n")?;
    for (class, line) in matrix(outcome).lines(colors).iter().enumerate() {
        writeln!(out, "{class} {line}")?;
    }
    writeln!(out, "  0 1 2 3 4 5 6 7 8 9")?;
    let shown: Vec<_> = outcome.mistakes.iter().take((columns + GAP) / (28 + GAP)).collect();
    if !shown.is_empty() {
        writeln!(out, "\n{} of {} mistakes:\n", shown.len(), outcome.mistakes.len())?;
        side_by_side(&shown.iter().map(|mistake| digit(test, mistake.0)).collect::<Vec<_>>(), 28, colors, out)?;
        let texts =
            shown.iter().map(|(_, label, predicted)| format!("{:<28}", format!("a {label}, taken for a {predicted}")));
        writeln!(out, "{}", texts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end())?;
    }
    if let (Some(filters), true) = (filters(network, columns), colors != Colors::None) {
        writeln!(out, "\nThe filters of the first layer, orange above zero and blue below:\n")?;
        for line in filters.lines(colors) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn matrix(outcome: &Outcome) -> Picture {
    let mut picture = Picture::new(20, 20);
    for (truth, row) in outcome.confusion.counts.iter().enumerate() {
        let all: u64 = row.iter().sum();
        for (predicted, &count) in row.iter().enumerate() {
            let share = (count as f64 / all.max(1) as f64).sqrt();
            // From dark blue to light yellow, as viridis.
            let color =
                [(40.0, 253.0), (20.0, 231.0), (70.0, 37.0)].map(|(from, to)| (from + share * (to - from)) as u8);
            for pixel in 0..4 {
                picture.set(2 * predicted + pixel % 2, 2 * truth + pixel / 2, color);
            }
        }
    }
    picture
}

fn digit<D: Dataset<Input = Tensor<1, 28, 28>>>(test: &D, index: usize) -> Picture {
    let mut input = boxed();
    test.load(index, &mut *input);
    let rows = &input.0[0];
    let numbers = rows.as_flattened();
    let min = numbers.iter().copied().fold(f32::INFINITY, f32::min);
    let max = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut picture = Picture::new(28, 28);
    for (y, row) in rows.iter().enumerate() {
        for (x, number) in row.iter().enumerate() {
            picture.set(x, y, [((number - min) / (max - min).max(f32::MIN_POSITIVE) * 255.0) as u8; 3]);
        }
    }
    picture
}

fn side_by_side(pictures: &[Picture], width: usize, colors: Colors, mut out: &Console) -> io::Result<()> {
    let lines: Vec<Vec<String>> = pictures.iter().map(|picture| picture.lines(colors)).collect();
    for row in 0..lines[0].len() {
        let parts = lines.iter().map(|lines| match colors {
            Colors::None => format!("{:<width$}", lines[row]),
            _ => lines[row].clone(),
        });
        writeln!(out, "{}", parts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end())?;
    }
    Ok(())
}

/// The filters of the first convolution with one channel, as many in a row as fit.
fn filters<N: Module<Scalar = f32>>(network: &N, columns: usize) -> Option<Picture> {
    let mut drawn = None;
    N::visit([network], [], &mut |parameter, [weights], []| {
        let &[filters, 1, height, width] = parameter.dims else { return };
        if drawn.is_some() {
            return;
        }
        let in_a_row = ((columns + 1) / (width + 1)).clamp(1, filters);
        let rows = filters.div_ceil(in_a_row);
        let mut picture = Picture::new(in_a_row * (width + 1) - 1, rows * (height + 1) - 1);
        let largest = weights.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        for (i, weight) in weights.iter().enumerate() {
            let (filter, y, x) = (i / (height * width), i / width % height, i % width);
            let (row, column) = (filter / in_a_row, filter % in_a_row);
            picture.set(column * (width + 1) + x, row * (height + 1) + y, signed(weight / largest));
        }
        drawn = Some(picture);
    });
    drawn
}

/// From −1, blue, over 0, white, to 1, orange.
fn signed(number: f32) -> [u8; 3] {
    let end: [f32; 3] = if number < 0.0 { [33.0, 102.0, 172.0] } else { [201.0, 100.0, 12.0] };
    end.map(|part| (247.0 + (part - 247.0) * number.abs().min(1.0)) as u8)
}
