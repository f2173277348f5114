//! How every product iterates over its result: in panels of columns, whose width in vectors is limited by the registers.

use bytemuck::Zeroable;

use crate::simd::{Simd, Vectors, WithSimd, in_own_frame};

/// A product that is computed panel by panel.
pub(in super::super) trait Panels {
    /// The widest panel that is compiled, in units: up to six, or twelve. With twelve, a panel is as wide wherever so many are left,
    /// whatever `widest` is.
    const WIDEST: usize;
    /// Whether the columns are known to be whole units.
    const WHOLE: bool;

    /// Computes all rows of the result, in `N` units from column `j`. The last unit is whole if `WHOLE`, otherwise it is the rest.
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize);

    /// Computes all panels of `columns` columns, each at most `widest` units wide. A unit is `unit` columns, usually a vector.
    #[inline(always)]
    fn for_each_panel<S: Simd>(&mut self, simd: S, columns: usize, unit: usize, widest: usize) {
        let mut j = 0;
        while j < columns {
            // The last two panels share what is left evenly, so that none is a single unit if there are more.
            let left = columns - j;
            let units = left.div_ceil(unit);
            let width = match units {
                12.. if Self::WIDEST >= 12 && units != 13 => 12,
                _ if units > widest && units < 2 * widest => units.div_ceil(2),
                _ => units.min(widest),
            };
            let whole = Self::WHOLE || width * unit <= left;
            macro_rules! panel {
                ($($width:literal)*) => {
                    match width {
                        $($width if const { $width <= Self::WIDEST } => {
                            if whole {
                                apply::<_, S, $width, true>(self, simd, j);
                            } else if const { !Self::WHOLE } {
                                apply::<_, S, $width, false>(self, simd, j);
                            }
                        })*
                        _ => unreachable!("no panel is so wide"),
                    }
                };
            }
            panel!(1 2 3 4 5 6 12);
            j += width * unit;
        }
    }
}

/// Computes a panel.
#[inline(always)]
fn apply<P: Panels + ?Sized, S: Simd, const N: usize, const WHOLE: bool>(product: &mut P, simd: S, j: usize) {
    struct Panel<'a, P: ?Sized, const N: usize, const WHOLE: bool>(&'a mut P, usize);

    impl<P: Panels + ?Sized, const N: usize, const WHOLE: bool> WithSimd for Panel<'_, P, N, WHOLE> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            self.0.panel::<S, N, WHOLE>(simd, self.1);
        }
    }

    in_own_frame(simd, Panel::<P, N, WHOLE>(product, j));
}

/// Loads the first `N` vectors of a row; the last of them is whole if `WHOLE`, otherwise it is the rest of the row.
#[inline(always)]
pub(in super::super) fn load<S: Simd, T: Vectors, const N: usize, const WHOLE: bool>(
    simd: S,
    row: &[T],
) -> [T::Of<S>; N] {
    let lanes = T::lanes::<S>();
    let mut values = [Zeroable::zeroed(); N];
    if WHOLE {
        let (vectors, _) = T::split::<S>(&row[..N * lanes]);
        values.copy_from_slice(&vectors[..N]);
    } else {
        let (vectors, rest) = T::split::<S>(row);
        values[..N - 1].copy_from_slice(&vectors[..N - 1]);
        values[N - 1] = T::load(simd, rest);
    }
    values
}

/// Stores vectors where [`load`] would read them.
#[inline(always)]
pub(in super::super) fn store<S: Simd, T: Vectors, const N: usize, const WHOLE: bool>(
    simd: S,
    row: &mut [T],
    values: [T::Of<S>; N],
) {
    let lanes = T::lanes::<S>();
    if WHOLE {
        let (vectors, _) = T::split_mut::<S>(&mut row[..N * lanes]);
        vectors.copy_from_slice(&values);
    } else {
        let (vectors, rest) = T::split_mut::<S>(row);
        vectors.copy_from_slice(&values[..N - 1]);
        T::store(simd, rest, values[N - 1]);
    }
}
