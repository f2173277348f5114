//! Chosen samples of another dataset, and its splits.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::split::{HeldOut, shuffled, stratified};
use super::{Dataset, Normalize};

/// Chosen samples of another dataset, made by [`Dataset::split`] and its like.
///
/// All parts of a dataset share it, so a split copies no sample, and parts can be returned and sent to threads. A split of a part is
/// flat: its parts are again of type `Subset<D>`, with all that is known of a `D`. To borrow a dataset, split a reference to it: the
/// parts are then a `Subset<&D>`.
///
/// ```
/// use shapeproof::data::{Dataset, HeldOut, Pairs, Subset};
/// use shapeproof::tensor::Vector;
///
/// let (inputs, labels) = ([Vector::from([0.5]); 50], [0, 1, 2, 3, 4].repeat(10));
/// type Data<'a> = Subset<Pairs<'a, Vector<1>, i32>>;
/// let (rest, test): (Data, Data) = Pairs::new(&inputs, &labels).split_stratified(HeldOut::Percent(20), 1);
/// let (train, validation): (Data, Data) = rest.split_stratified(HeldOut::Count(5), 1);
/// assert_eq!([train.len(), validation.len(), test.len()], [35, 5, 10]);
/// ```
pub struct Subset<D> {
    pub(super) dataset: Arc<D>,
    /// The index in `dataset` of each sample.
    pub(super) indices: Vec<u32>,
}

impl<D: Dataset + Send> Subset<D> {
    /// All samples of `dataset`.
    ///
    /// # Panics
    ///
    /// If there are more than 2³² − 1.
    pub fn all(dataset: D) -> Self {
        let len = dataset.len();
        assert!(u32::try_from(len).is_ok(), "Subset: {len} samples, but at most 2³² − 1 can be chosen from");
        Subset { dataset: Arc::new(dataset), indices: (0..len as u32).collect() }
    }

    /// The samples of `dataset` with these indices. Sample 0 is the one with the first index.
    ///
    /// # Panics
    ///
    /// If an index is not within the dataset.
    pub fn new(dataset: D, indices: Vec<u32>) -> Self {
        let len = dataset.len();
        if let Some(index) = indices.iter().find(|&&index| index as usize >= len) {
            panic!("Subset: there is no sample {index} among {len}");
        }
        Subset { dataset: Arc::new(dataset), indices }
    }

    /// As [`Dataset::split`], with parts of the same type.
    pub fn split(mut self, held_out: HeldOut) -> (Self, Self) {
        let len = self.indices.len();
        let indices = self.indices.split_off(len - held_out.of(len));
        let second = Subset { dataset: self.dataset.clone(), indices };
        (self, second)
    }

    /// As [`Dataset::split_shuffled`], with parts of the same type.
    pub fn split_shuffled(self, held_out: HeldOut, seed: u64) -> (Self, Self) {
        let is_held_out = shuffled(self.indices.len(), held_out, seed);
        self.hold_out(&is_held_out)
    }

    /// As [`Dataset::split_stratified`], with parts of the same type.
    pub fn split_stratified(self, held_out: HeldOut, seed: u64) -> (Self, Self)
    where
        D::Target: Ord,
    {
        let is_held_out = stratified(self.indices.len(), |index| self.target(index), held_out, seed);
        self.hold_out(&is_held_out)
    }

    /// As [`Dataset::take`], of the same type.
    pub fn take(mut self, count: usize) -> Self {
        self.indices.truncate(count);
        self
    }

    /// The samples that are not held out, and those that are, each in their order: a file is read from its beginning to its end.
    fn hold_out(self, is_held_out: &[bool]) -> (Self, Self) {
        let part = |second: bool| {
            let part = self.indices.iter().zip(is_held_out).filter(|&(_, &is_held_out)| is_held_out == second);
            Subset { dataset: self.dataset.clone(), indices: part.map(|(&index, _)| index).collect() }
        };
        (part(false), part(true))
    }
}

impl<D> Subset<D> {
    /// The whole dataset.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// The index of each sample in the whole dataset.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// The index of sample `index` in the whole dataset.
    ///
    /// # Panics
    ///
    /// If there is no such sample.
    pub(super) fn place(&self, index: usize) -> usize {
        let len = self.indices.len();
        assert!(index < len, "Subset: there is no sample {index} among {len}");
        self.indices[index] as usize
    }
}

impl<D: Dataset + Send> Dataset for Subset<D> {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target {
        self.dataset.load(self.place(index), input)
    }

    fn load_augmented(
        &self,
        index: usize,
        seed: u64,
        input: &mut Self::Input,
        scratch: &mut Self::Input,
    ) -> Self::Target {
        self.dataset.load_augmented(self.place(index), seed, input, scratch)
    }

    fn normalization(&self) -> Option<&Normalize> {
        self.dataset.normalization()
    }

    fn target(&self, index: usize) -> Self::Target {
        self.dataset.target(self.place(index))
    }
}

impl<D> Clone for Subset<D> {
    fn clone(&self) -> Self {
        Subset { dataset: self.dataset.clone(), indices: self.indices.clone() }
    }
}

impl<D: fmt::Debug> fmt::Debug for Subset<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subset").field("dataset", &self.dataset).field("len", &self.indices.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;
    use crate::data::Pairs;
    use crate::tensor::Vector;

    /// Samples sorted by class, as most folders are: 60 of class 0, 30 of class 1, 10 of class 4. The input is the index.
    fn sorted() -> (Vec<Vector<1>>, Vec<usize>) {
        let labels: Vec<usize> =
            [(60, 0), (30, 1), (10, 4)].iter().flat_map(|&(n, class)| (0..n).map(move |_| class)).collect();
        ((0..100).map(|index| Vector::from([index as f32])).collect(), labels)
    }

    fn counts<D: Dataset<Target = usize>>(dataset: &D) -> [usize; 5] {
        let mut counts = [0; 5];
        (0..dataset.len()).for_each(|index| counts[dataset.target(index)] += 1);
        counts
    }

    fn all<D: Dataset<Input = Vector<1>, Target = usize>>(dataset: &D) -> Vec<(usize, usize)> {
        let mut input = Vector::from([f32::NAN]);
        let load = |index| {
            let target = dataset.load(index, &mut input);
            assert_eq!(target, dataset.target(index));
            (input[[0, 0, 0]] as usize, target)
        };
        (0..dataset.len()).map(load).collect()
    }

    #[test]
    fn every_sample_is_in_one_half() {
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        for count in [0, 1, 37, 99, 100] {
            let held_out = HeldOut::Count(count);
            for (first, second) in [data.split_shuffled(held_out, 3), data.split_stratified(held_out, 3)] {
                assert_eq!((first.len(), second.len()), (100 - count, count));
                assert!(all(&first).is_sorted() && all(&second).is_sorted());
                let mut both = [all(&first), all(&second)].concat();
                both.sort_unstable();
                assert!(both.into_iter().eq((0..).zip(labels.iter().copied())));
            }
        }
    }

    #[test]
    fn every_class_has_its_share() {
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        assert_eq!(
            counts(&data.split(HeldOut::Percent(20)).1),
            [0, 10, 0, 0, 10],
            "what a split in a row does to sorted data"
        );
        for seed in 0..20 {
            let (train, test) = data.split_stratified(HeldOut::Percent(20), seed);
            assert_eq!((counts(&train), counts(&test)), ([48, 24, 0, 0, 8], [12, 6, 0, 0, 2]));
            // Within one sample of 60·0.17, 30·0.17 and 10·0.17.
            assert_eq!(counts(&data.split_stratified(HeldOut::Count(17), seed).1), [10, 5, 0, 0, 2]);
        }
        let (_, test) = data.split_shuffled(HeldOut::Percent(20), 1);
        assert!(counts(&test)[0] > 0 && counts(&test)[1] > 0, "{:?}", counts(&test));
    }

    #[test]
    fn a_seed_is_a_split() {
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        let half = HeldOut::Percent(50);
        let indices =
            |seed| [data.split_shuffled(half, seed), data.split_stratified(half, seed)].map(|(_, half)| half.indices);
        assert_eq!(indices(1), indices(1));
        let ([shuffled, stratified], [others, other]) = (indices(1), indices(2));
        assert!(shuffled != others && stratified != other);
    }

    /// Every half of four is equally likely, in each class.
    #[test]
    fn every_choice_is_equally_likely() {
        let (inputs, labels) = ([Vector::from([0f32]); 8], [0, 1, 0, 1, 0, 1, 0, 1]);
        let data = Pairs::new(&inputs, &labels);
        let mut times = BTreeMap::new();
        for seed in 0..3600 {
            *times.entry(data.split_stratified(HeldOut::Count(4), seed).1.indices).or_insert(0) += 1;
        }
        assert_eq!(times.len(), 36);
        // χ² with 35 degrees of freedom: 66.6 is exceeded once in a thousand sets of seeds.
        let chi: f64 = times.values().map(|&n| (f64::from(n) - 100.0).powi(2) / 100.0).sum();
        assert!(chi < 66.6, "χ² = {chi}");
    }

    /// Two splits in a row, by a function that returns the parts; once of the data, once of what is borrowed.
    #[test]
    fn a_part_of_a_part_is_a_part_of_the_whole() {
        type Parts<D> = [Subset<D>; 3];
        fn parts<D: Dataset<Target = usize> + Send>(data: D) -> Parts<D> {
            let (rest, test) = data.split_stratified(HeldOut::Percent(20), 1);
            let (train, validation) = Subset::split_stratified(rest, HeldOut::Count(10), 2);
            [train, validation, test]
        }
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        let expected = [[42, 21, 0, 0, 7], [6, 3, 0, 0, 1], [12, 6, 0, 0, 2]];
        assert_eq!(parts(data).map(|part| counts(&part)), expected);
        let [train, validation, test] = parts(&data);
        assert_eq!([&train, &validation, &test].map(counts), expected);
        let mut indices = [train.indices(), validation.indices(), test.indices()].concat();
        indices.sort_unstable();
        assert!(indices.into_iter().eq(0..100));

        let chosen = Subset::new(&data, [99, 0, 7].into());
        assert_eq!(all(&chosen), [(99, 4), (0, 0), (7, 0)]);
        assert_eq!(all(&chosen.clone().take(2).split(HeldOut::Count(1)).1), [(0, 0)]);
        assert_eq!(all(&(&chosen).take(9).split_shuffled(HeldOut::Percent(100), 1).1), all(&chosen));
    }

    #[test]
    fn a_dataset_is_split_and_cut() {
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        let (train, validation) = data.split(HeldOut::Count(3));
        assert_eq!((train.len(), all(&validation)), (97, [(97, 4), (98, 4), (99, 4)].into()));
        assert_eq!(all(&validation.take(1)), [(97, 4)]);
        assert_eq!(train.take(100).len(), 97);
        let [none, all] = [0, 100].map(|percent| data.split(HeldOut::Percent(percent)));
        assert!(none.1.is_empty() && all.0.is_empty());
    }

    #[test]
    #[should_panic(expected = "101 samples are held out of 100")]
    fn no_more_is_held_out_than_there_is() {
        let (inputs, labels) = sorted();
        Pairs::new(&inputs, &labels).split(HeldOut::Count(101));
    }

    #[test]
    #[should_panic(expected = "Subset: there is no sample 3 among 3")]
    fn a_subset_does_not_read_its_neighbors() {
        let (inputs, labels) = sorted();
        Pairs::new(&inputs, &labels).take(3).target(3);
    }

    #[test]
    #[should_panic(expected = "Subset: there is no sample 100 among 100")]
    fn a_subset_is_within_the_dataset() {
        let (inputs, labels) = sorted();
        Subset::new(Pairs::new(&inputs, &labels), [1, 100].into());
    }
}
