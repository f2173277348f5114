//! The slices of a network's numbers, one for each process.

use core::marker::PhantomData;
use core::ops::Range;

use crate::layer::Module;
use crate::scalar::Scalar;

/// How the numbers of a network, in the order of [`Module::visit`], are divided among processes.
#[derive(Clone, Copy)]
pub(super) struct Slices<T> {
    numbers: usize,
    count: usize,
    scalar: PhantomData<T>,
}

impl<T: Scalar> Slices<T> {
    pub(super) fn new(numbers: usize, count: usize) -> Self {
        Slices { numbers, count, scalar: PhantomData }
    }

    /// The slice of a process.
    fn of(&self, rank: usize) -> Range<usize> {
        let bound = |rank: usize| (rank as u128 * self.numbers as u128 / self.count as u128) as usize;
        bound(rank)..bound(rank + 1)
    }

    /// How many words of 64 bits it takes.
    pub(super) fn words(&self, rank: usize) -> usize {
        (self.of(rank).len() * size_of::<T>()).div_ceil(size_of::<u64>())
    }

    /// Writes all slices of `network`, each to where it starts in `words`.
    pub(super) fn write<N: Module<Scalar = T>>(
        &self,
        network: &N,
        start_of: impl Fn(usize) -> usize,
        words: &mut [u64],
    ) {
        let mut seen = 0;
        N::visit([network], [], &mut |_, [numbers], []| {
            self.each(seen, numbers.len(), |rank, within, part| {
                let slice: &mut [T] = bytemuck::cast_slice_mut(&mut words[start_of(rank)..][..self.words(rank)]);
                slice[within].copy_from_slice(&numbers[part]);
            });
            seen += numbers.len();
        });
    }

    /// Reads all slices of `network`.
    pub(super) fn read<N: Module<Scalar = T>>(
        &self,
        words: &[u64],
        start_of: impl Fn(usize) -> usize,
        network: &mut N,
    ) {
        let mut seen = 0;
        N::visit([], [network], &mut |_, [], [numbers]| {
            self.each(seen, numbers.len(), |rank, within, part| {
                let slice: &[T] = bytemuck::cast_slice(&words[start_of(rank)..][..self.words(rank)]);
                numbers[part].copy_from_slice(&slice[within]);
            });
            seen += numbers.len();
        });
    }

    /// Calls `part` for each slice that has some of `len` numbers from `first` on: the process, where in its slice they are, and where
    /// among the numbers.
    fn each(&self, first: usize, len: usize, mut part: impl FnMut(usize, Range<usize>, Range<usize>)) {
        let end = first + len;
        let mut rank = (first as u128 * self.count as u128 / self.numbers.max(1) as u128) as usize;
        let mut at = first;
        while at < end {
            let slice = self.of(rank);
            let until = slice.end.min(end);
            if until > at {
                part(rank, at - slice.start..until - slice.start, at - first..until - first);
                at = until;
            }
            rank += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::layer::Dense;
    use crate::network::{Chain, Network};

    type Net = Chain<Dense<3, 2>, Chain<Dense<2, 1>, Dense<1, 5>>>;

    fn numbers(network: &Net) -> Vec<f32> {
        let mut all = Vec::new();
        Net::visit([network], [], &mut |_, [numbers], []| all.extend_from_slice(numbers));
        all
    }

    #[test]
    fn what_was_written_is_read() {
        let (network, all) = (Net::new(1), numbers(&Net::new(1)));
        for count in 1..30 {
            let slices = Slices::<f32>::new(all.len(), count);
            let starts: Vec<usize> = (0..count)
                .scan(0, |sum, rank| {
                    *sum += slices.words(rank);
                    Some(*sum - slices.words(rank))
                })
                .collect();
            let mut words = vec![0; (0..count).map(|rank| slices.words(rank)).sum()];
            slices.write(&*network, |rank| starts[rank], &mut words);
            for rank in 0..count {
                let slice: &[f32] = bytemuck::cast_slice(&words[starts[rank]..]);
                assert_eq!(slice[..slices.of(rank).len()], all[slices.of(rank)]);
            }
            let mut read: Box<Net> = Net::zeros();
            slices.read(&words, |rank| starts[rank], &mut *read);
            assert_eq!(numbers(&read), all);
        }
    }
}
