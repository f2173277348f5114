//! Matrix products. The expected result is computed here in integers too wide to wrap around.

use proptest::prelude::*;
use shapeproof::kernel::gemm::implicit::{self, ImplicitIm2col};
use shapeproof::kernel::gemm::nt::add_gemm_nt;
use shapeproof::kernel::gemm::{Write, gemm, packed, unpacked};
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::sparse::{Pattern, count};
use shapeproof::kernel::transpose::transpose;

use crate::values::{Guarded, are_words, config, integers, outcome, size};

#[test]
fn rows_of_c_that_go_backwards_in_wrapping_numbers() {
    let (a, b) = (Matrix::new(&[1f32, 1.0], 2, 1), Matrix::new(&[666f32; 64], 1, 64));
    for product in [packed::gemm, gemm, unpacked::gemm] {
        let mut c = Guarded::new(64);
        let words = outcome(|| product(a, b, Write::Overwrite, c.numbers(), usize::MAX - 63)).unwrap_err();
        assert!(are_words(&words), "{words}");
        c.check(true).unwrap();
    }
}

/// A matrix with a slice of its own.
#[derive(Clone, Debug)]
struct Given {
    data: Vec<f32>,
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Given {
    fn matrix(&self) -> Matrix<'_, f32> {
        let Given { ref data, rows, columns, row_stride, column_stride } = *self;
        Matrix { data, rows, columns, row_stride, column_stride }
    }

    /// The index of an entry, regardless of the slice's end.
    fn place(&self, row: usize, column: usize) -> u128 {
        row as u128 * self.row_stride as u128 + column as u128 * self.column_stride as u128
    }

    fn is_inside(&self) -> bool {
        self.rows == 0 || self.columns == 0 || self.place(self.rows - 1, self.columns - 1) < self.data.len() as u128
    }
}

/// A stride: that of contiguous rows, any size, or one with which `(count − 1)·stride + extent` wraps around to a small number.
fn stride(count: usize, extent: usize) -> impl Strategy<Value = usize> {
    let wrapping = move |small: usize| small.wrapping_sub(extent) / count.wrapping_sub(1).max(1);
    let half = move |small: usize| wrapping(small).wrapping_add(1 << (usize::BITS - 1));
    prop_oneof![
        6 => Just(extent),
        3 => size(),
        2 => (0_usize..70).prop_map(wrapping),
        1 => (0_usize..70).prop_map(half),
    ]
}

/// Any matrix; with this number of rows, if it is given.
fn given(seed: usize, rows: Option<usize>) -> impl Strategy<Value = Given> {
    (size(), size(), any::<bool>()).prop_flat_map(move |(any, columns, transposed)| {
        let rows = rows.unwrap_or(any);
        let long = if transposed { stride(columns, rows) } else { stride(rows, columns) };
        let short = prop_oneof![5 => Just(1_usize), 1 => size()];
        let whole = rows.saturating_mul(columns).min(100);
        (long, short, prop_oneof![3 => Just(whole), 1 => 0_usize..100]).prop_map(move |(long, short, len)| {
            let (row_stride, column_stride) = if transposed { (short, long) } else { (long, short) };
            Given { data: integers(len, seed), rows, columns, row_stride, column_stride }
        })
    })
}

#[derive(Clone, Debug)]
struct Call {
    a: Given,
    b: Given,
    bias: Option<Vec<f32>>,
    accumulates: bool,
    c: usize,
    stride: usize,
}

impl Call {
    fn write(&self) -> Write<'_, f32> {
        match &self.bias {
            Some(rows) => Write::Bias(rows),
            None if self.accumulates => Write::Accumulate,
            None => Write::Overwrite,
        }
    }

    /// Whether the call is valid.
    fn is_legal(&self) -> bool {
        let (m, n) = (self.a.rows as u128, self.b.columns as u128);
        let needed = if m == 0 { 0 } else { (m - 1) * self.stride as u128 + n };
        self.a.columns == self.b.rows
            && self.a.is_inside()
            && self.b.is_inside()
            && n <= self.stride as u128
            && needed <= self.c as u128
            && self.bias.as_ref().is_none_or(|rows| rows.len() as u128 == m)
    }

    /// How many multiplications it takes.
    fn work(&self) -> u128 {
        [self.a.columns, self.b.columns].iter().fold(self.a.rows as u128, |all, &size| all.saturating_mul(size as u128))
    }

    /// Computes the result row by row: `A·B`, combined with what was there `before` as `write` says.
    fn carry_out(&self, c: &mut [f32]) {
        if self.b.columns == 0 {
            return; // however many rows
        }
        for i in 0..self.a.rows {
            for j in 0..self.b.columns {
                let at = |given: &Given, i, j| given.data[given.place(i, j) as usize];
                let sum: f32 = (0..self.a.columns).map(|k| at(&self.a, i, k) * at(&self.b, k, j)).sum();
                let c = &mut c[i * self.stride + j];
                *c = sum
                    + match self.write() {
                        Write::Overwrite => 0.0,
                        Write::Accumulate => *c,
                        Write::Bias(rows) => rows[i],
                    };
            }
        }
    }

    /// Runs the call by `way`, which may refuse it only if it is invalid or `may_refuse`.
    fn check(&self, way: Way, may_refuse: bool) -> Result<(), TestCaseError> {
        let call = |c: &mut [f32]| way(self.a.matrix(), self.b.matrix(), self.write(), c, self.stride);
        Guarded::new(self.c).judge(call, self.is_legal(), may_refuse, |c| self.carry_out(c))
    }
}

type Way = fn(Matrix<'_, f32>, Matrix<'_, f32>, Write<'_, f32>, &mut [f32], usize);

fn call() -> impl Strategy<Value = Call> {
    // In most calls the inner dimensions of A and B agree; other mistakes only show then.
    let matrices = (given(1, None), 0..5).prop_flat_map(|(a, chance)| {
        let rows = (chance > 0).then_some(a.columns);
        (Just(a), given(2, rows))
    });
    (matrices, 0..8, size()).prop_flat_map(|((a, b), kind, any)| {
        let (m, n) = (a.rows, b.columns);
        let bias = match kind {
            0 => Some(integers(any.min(100), 5)),
            1..4 => Some(integers(m.min(100), 5)),
            _ => None,
        };
        let exact = m.saturating_mul(n).min(100);
        (Just((a, b, bias, kind > 5)), prop_oneof![3 => Just(exact), 1 => 0_usize..100], stride(m, n))
            .prop_map(|((a, b, bias, accumulates), c, stride)| Call { a, b, bias, accumulates, c, stride })
    })
}

/// A product with patches of an image.
#[derive(Clone, Debug)]
struct WithPatches {
    a: Given,
    image: Vec<f32>,
    starts: Vec<u32>,
    runs: usize,
    run: usize,
    apart: usize,
    c: usize,
    stride: usize,
}

impl WithPatches {
    fn patches(&self) -> ImplicitIm2col<'_, f32> {
        let WithPatches { image, starts, runs, run, apart, .. } = self;
        ImplicitIm2col { image, starts, runs: *runs, run: *run, stride: *apart }
    }

    /// The same product with an explicit matrix, if the patches are inside the image.
    fn written(&self) -> Option<Call> {
        let WithPatches { a, image, starts, runs, run, apart, c, stride } = self.clone();
        let last = starts.iter().max().map_or(0, |&start| start as u128);
        let is_inside =
            runs == 0 || run == 0 || (runs as u128 - 1) * apart as u128 + run as u128 + last <= image.len() as u128;
        if !is_inside || (1..16).contains(&run) {
            return None;
        }
        let columns = runs.checked_mul(run)?;
        let entry = |start: u32, j: usize| image[start as usize + j / run * apart + j % run];
        let data = starts.iter().flat_map(|&start| (0..columns).map(move |j| entry(start, j))).collect();
        let b = Given { data, rows: starts.len(), columns, row_stride: columns, column_stride: 1 };
        Some(Call { a, b, bias: None, accumulates: false, c, stride })
    }
}

fn with_patches() -> impl Strategy<Value = WithPatches> {
    let run =
        prop_oneof![2 => Just(16_usize), 1 => Just(17_usize), 1 => Just(28_usize), 1 => Just(32_usize), 1 => size()];
    let starts = prop::collection::vec(prop_oneof![5 => 0_u32..20, 1 => any::<u32>()], 0..5);
    (given(1, None), prop_oneof![4 => 0_usize..4, 1 => size()], run, starts, any::<bool>()).prop_flat_map(
        |(mut a, runs, run, starts, fits)| {
            if fits {
                a.columns = starts.len();
            }
            let (rows, columns) = (a.rows, runs.wrapping_mul(run));
            let c = prop_oneof![3 => Just(rows.saturating_mul(columns).min(300)), 1 => 0_usize..300];
            let given = (Just((a, runs, run, starts)), 0_usize..200, stride(runs, run));
            (given, c, stride(rows, columns)).prop_map(|(((a, runs, run, starts), image, apart), c, stride)| {
                WithPatches { a, image: integers(image, 2), starts, runs, run, apart, c, stride }
            })
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn products_are_right_or_refused(call in call()) {
        prop_assume!(!call.is_legal() || call.work() < 20_000);
        call.check(packed::gemm, false)?;
        call.check(gemm, true)?;
        call.check(unpacked::gemm, true)?;
    }

    #[test]
    fn sparse_products_are_right_or_refused(call in call()) {
        let call = Call { stride: call.b.columns, ..call };
        prop_assume!(!call.is_legal() || call.work() < 20_000);
        let is_exact = call.a.rows as u128 * call.b.columns as u128 == call.c as u128;
        let sparse: Way = |a, b, write, c, _| {
            let mut pattern = Pattern::with_capacity(80, 400);
            pattern.find(a);
            pattern.multiply(a, b, write, c);
        };
        let legal = call.is_legal() && is_exact;
        let way = |c: &mut [f32]| sparse(call.a.matrix(), call.b.matrix(), call.write(), c, 0);
        Guarded::new(call.c).judge(way, legal, true, |c| call.carry_out(c))?;
    }

    #[test]
    fn transposed_products_are_right_or_refused(call in call()) {
        let call = Call { stride: call.b.columns, bias: None, accumulates: true, ..call };
        prop_assume!(!call.is_legal() || call.work() < 20_000);
        let legal = call.is_legal() && call.a.rows as u128 * call.b.columns as u128 == call.c as u128;
        let way = |c: &mut [f32]| add_gemm_nt(call.a.matrix(), call.b.matrix().transposed(), c);
        Guarded::new(call.c).judge(way, legal, true, |c| call.carry_out(c))?;
    }

    #[test]
    fn transposes_are_right_or_refused(matrix in given(1, None), len in 0_usize..100) {
        let entries = matrix.rows as u128 * matrix.columns as u128;
        prop_assume!(!matrix.is_inside() || entries < 20_000);
        let legal = matrix.is_inside() && entries == len as u128;
        let expected = |transposed: &mut [f32]| for (at, transposed) in transposed.iter_mut().enumerate() {
            *transposed = matrix.data[matrix.place(at % matrix.rows, at / matrix.rows) as usize];
        };
        Guarded::new(len).judge(|transposed| transpose(matrix.matrix(), transposed), legal, true, expected)?;

        let found = outcome(|| count(matrix.matrix()));
        match found {
            Ok(found) => {
                prop_assert!(matrix.is_inside());
                let places = (0..if matrix.columns == 0 { 0 } else { matrix.rows })
                    .flat_map(|i| (0..matrix.columns).map(move |j| (i, j)));
                prop_assert_eq!(found, places.filter(|&(i, j)| matrix.data[matrix.place(i, j) as usize] != 0.0).count());
            }
            Err(words) => prop_assert!(are_words(&words), "{}", words),
        }
    }

    #[test]
    fn products_with_patches_are_right_or_refused(call in with_patches()) {
        prop_assume!(call.runs.checked_mul(call.run).is_none_or(|columns| columns < 1000));
        let written = call.written();
        let legal = written.as_ref().is_some_and(Call::is_legal);
        prop_assume!(!legal || written.as_ref().is_some_and(|written| written.work() < 20_000));
        let way = |c: &mut [f32]| implicit::gemm(call.a.matrix(), call.patches(), Write::Overwrite, c, call.stride);
        Guarded::new(call.c).judge(way, legal, true, |c| written.iter().for_each(|written| written.carry_out(c)))?;
    }
}
