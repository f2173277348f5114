//! Tiles of lines, read and written in rows of a constant length.

use crate::kernel::sum::halve;
use crate::scalar::Scalar;
use crate::shape::volume;

/// How many numbers are computed side by side.
pub(super) const LANES: usize = 16;

/// Numbers that are computed side by side. Always as many: loops of a length that the compiler does not know are not vectorized.
pub(super) type Row<T> = [T; LANES];

/// Up to [`LANES`] lines side by side, as rows with a number of each; or one line whose numbers are adjacent, cut into rows.
#[derive(Clone, Copy)]
pub(super) struct Tile<T> {
    first: usize,
    /// From one row to the next.
    step: usize,
    /// How many rows have [`LANES`] numbers.
    full: usize,
    /// How many rows come after them that have less, and how many numbers these have.
    narrow: usize,
    width: usize,
    /// 1 for each number of a narrow row, then 0.
    own: Row<T>,
    /// Whether the rows are of one line.
    is_one_line: bool,
}

impl<T: Scalar> Tile<T> {
    /// Calls `work` with the numbers of each row; behind those of a narrow one is `rest`.
    #[inline(always)]
    pub(super) fn read<const N: usize>(self, from: [&[T]; N], rest: T, mut work: impl FnMut([Row<T>; N])) {
        let mut rows = [[rest; LANES]; N];
        for row in 0..self.full {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = full(&from[at..]);
            }
            work(rows);
        }
        for row in self.full..self.full + self.narrow {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = self.narrow(&from[at..], rest);
            }
            work(rows);
        }
    }

    /// Writes what `work` makes of each row.
    #[inline(always)]
    pub(super) fn write<const N: usize>(
        self,
        from: [&[T]; N],
        rest: T,
        to: &mut [T],
        mut work: impl FnMut(&mut Row<T>, [Row<T>; N]),
    ) {
        let (mut rows, mut result) = ([[rest; LANES]; N], [rest; LANES]);
        for row in 0..self.full {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = full(&from[at..]);
            }
            work(&mut result, rows);
            to[at..][..LANES].copy_from_slice(&result);
        }
        for row in self.full..self.full + self.narrow {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = self.narrow(&from[at..], rest);
            }
            work(&mut result, rows);
            self.store_narrow(&result, &mut to[at..]);
        }
    }

    /// Multiplies all rows by the same factors.
    #[inline(always)]
    pub(super) fn scale(self, numbers: &mut [T], factors: Row<T>) {
        for row in 0..self.full {
            let at = self.first + row * self.step;
            for (number, factor) in numbers[at..][..LANES].iter_mut().zip(factors) {
                *number *= factor;
            }
        }
        for row in self.full..self.full + self.narrow {
            let at = self.first + row * self.step;
            let mut scaled = self.narrow(&numbers[at..], T::zero());
            for lane in 0..LANES {
                scaled[lane] *= factors[lane];
            }
            self.store_narrow(&scaled, &mut numbers[at..]);
        }
    }

    /// The numbers of a narrow row, and `rest` after them.
    #[inline(always)]
    fn narrow(&self, from: &[T], rest: T) -> Row<T> {
        // What follows is read too, and left out: to put a row together from pieces, in memory, takes several times as long.
        let row = match from.first_chunk() {
            Some(row) => *row,
            None => pieces(&from[..self.width]),
        };
        let mut narrow = [rest; LANES];
        for lane in 0..LANES {
            narrow[lane] = if self.own[lane] > T::zero() { row[lane] } else { rest };
        }
        narrow
    }

    /// Writes the numbers of a narrow row.
    #[inline(always)]
    fn store_narrow(&self, row: &Row<T>, to: &mut [T]) {
        // What follows is written too, as it was.
        match to.first_chunk_mut::<LANES>() {
            Some(to) => {
                for lane in 0..LANES {
                    to[lane] = if self.own[lane] > T::zero() { row[lane] } else { to[lane] };
                }
            }
            None => to[..self.width].copy_from_slice(&row[..self.width]),
        }
    }

    /// The largest number of each line, in each of its lanes.
    #[inline(always)]
    pub(super) fn largest(self, input: &[T]) -> Row<T> {
        let larger = |largest, x| if x > largest { x } else { largest };
        let mut lanes = [T::neg_infinity(); LANES];
        self.read([input], T::neg_infinity(), |[x]| {
            for lane in 0..LANES {
                lanes[lane] = larger(lanes[lane], x[lane]);
            }
        });
        if self.is_one_line { [halve(lanes, larger); LANES] } else { lanes }
    }

    /// The sum over each line from those of the lanes, in each of its lanes.
    #[inline(always)]
    pub(super) fn total(self, lanes: Row<T>) -> Row<T> {
        if self.is_one_line { [halve(lanes, |a, b| a + b); LANES] } else { lanes }
    }
}

/// The first numbers, which are a whole row.
#[inline(always)]
fn full<T: Scalar>(from: &[T]) -> Row<T> {
    *from.first_chunk().expect("a whole row")
}

/// Less numbers than a row has.
#[cold]
#[inline(never)]
fn pieces<T: Scalar>(from: &[T]) -> Row<T> {
    let mut row = [T::zero(); LANES];
    row[..from.len()].copy_from_slice(from);
    row
}

/// Calls `work` with all lines, in tiles. The last of several tiles side by side begins earlier, if it would be narrow: some lines
/// are computed twice, with the same result.
#[inline(always)]
pub(super) fn for_each_tile<T: Scalar>([len, step]: [usize; 2], numbers: usize, mut work: impl FnMut(Tile<T>)) {
    let block = volume!(len, step);
    let is_whole = block > 0 && numbers.is_multiple_of(block);
    assert!(is_whole, "{numbers} values are not whole lines of {len}, each number {step} after the one before");
    let is_one_line = step == 1;
    let [full, narrow, width] = match step {
        1 => [len / LANES, usize::from(!len.is_multiple_of(LANES)), len % LANES],
        2..LANES => [0, len, step],
        _ => [len, 0, 0],
    };
    let mut own = [T::zero(); LANES];
    own[..width].fill(T::one());
    for start in (0..numbers).step_by(block) {
        for at in (0..step).step_by(LANES) {
            let first = start + at.min(step.saturating_sub(LANES));
            let step = if is_one_line { LANES } else { step };
            work(Tile { first, step, full, narrow, width, own, is_one_line });
        }
    }
}
