//! Splits at random: samples chosen by a seed, in equal shares of every class.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::Dataset;
use super::shuffle::Shuffle;

/// Chosen samples of another dataset, made by [`Dataset::split_shuffled`] or [`Dataset::split_stratified`]. They are in the order of
/// that dataset, so that a file is read from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Selection<'a, D> {
    dataset: &'a D,
    indices: Vec<u32>,
}

impl<'a, D: Dataset> Selection<'a, D> {
    /// The samples of `dataset` with these indices. Sample 0 is the one with the first index.
    ///
    /// # Panics
    ///
    /// If an index is not within the dataset.
    pub fn new(dataset: &'a D, indices: Vec<u32>) -> Self {
        let len = dataset.len();
        if let Some(index) = indices.iter().find(|&&index| index as usize >= len) {
            panic!("Selection: there is no sample {index} among {len}");
        }
        Selection { dataset, indices }
    }

    /// The index of each sample in the whole dataset.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    fn place(&self, index: usize) -> usize {
        let len = self.indices.len();
        assert!(index < len, "Selection: there is no sample {index} among {len}");
        self.indices[index] as usize
    }
}

impl<D: Dataset> Dataset for Selection<'_, D> {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target {
        self.dataset.load(self.place(index), input)
    }

    fn load_augmented(&self, index: usize, seed: u64, input: &mut Self::Input) -> Self::Target {
        self.dataset.load_augmented(self.place(index), seed, input)
    }

    fn target(&self, index: usize) -> Self::Target {
        self.dataset.target(self.place(index))
    }
}

/// Two selections of `dataset`, the first of `at` samples.
pub(super) fn shuffled<D: Dataset>(dataset: &D, at: usize, seed: u64) -> (Selection<'_, D>, Selection<'_, D>) {
    check(at, dataset.len());
    let (mut shuffle, mut chosen) = (Shuffle::new(dataset.len(), seed), vec![false; dataset.len()]);
    for &index in &shuffle.epoch(0)[..at] {
        chosen[index as usize] = true;
    }
    halves(dataset, &chosen)
}

/// Two selections of `dataset`, the first of `at` samples, with the same share of every target as far as possible.
pub(super) fn stratified<D: Dataset>(dataset: &D, at: usize, seed: u64) -> (Selection<'_, D>, Selection<'_, D>)
where
    D::Target: Ord,
{
    let len = dataset.len();
    check(at, len);
    let mut classes = BTreeMap::<_, Vec<u32>>::new();
    for &index in Shuffle::new(len, seed).epoch(0) {
        classes.entry(dataset.target(index as usize)).or_default().push(index);
    }
    let classes: Vec<Vec<u32>> = classes.into_values().collect();
    let mut chosen = vec![false; len];
    for (class, count) in classes.iter().zip(shares(at, &classes)) {
        class[..count].iter().for_each(|&index| chosen[index as usize] = true);
    }
    halves(dataset, &chosen)
}

/// How many of `at` samples come from each class: `at·n/Σn`, rounded down, and one more for the classes with the largest remainders;
/// among equals the larger class first, then the earlier one.
fn shares(at: usize, classes: &[Vec<u32>]) -> Vec<usize> {
    let total = classes.iter().map(|class| class.len() as u128).sum::<u128>().max(1);
    let exact = |class: &Vec<u32>| at as u128 * class.len() as u128;
    let mut shares: Vec<usize> = classes.iter().map(|class| (exact(class) / total) as usize).collect();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&class| core::cmp::Reverse((exact(&classes[class]) % total, classes[class].len())));
    let missing = at - shares.iter().sum::<usize>();
    order[..missing].iter().for_each(|&class| shares[class] += 1);
    shares
}

fn halves<'a, D: Dataset>(dataset: &'a D, chosen: &[bool]) -> (Selection<'a, D>, Selection<'a, D>) {
    let of = |first: bool| {
        let indices = (0..).zip(chosen).filter(|&(_, &is_first)| is_first == first).map(|(index, _)| index);
        Selection { dataset, indices: indices.collect() }
    };
    (of(true), of(false))
}

fn check(at: usize, len: usize) {
    assert!(at <= len, "a split at {at} of a dataset of {len} samples");
}

#[cfg(test)]
mod tests {
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
        for at in [0, 1, 37, 99, 100] {
            for (first, second) in [data.split_shuffled(at, 3), data.split_stratified(at, 3)] {
                assert_eq!((first.len(), second.len()), (at, 100 - at));
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
        assert_eq!(counts(&data.split(80).1), [0, 10, 0, 0, 10], "what a split in a row does to sorted data");
        for seed in 0..20 {
            let (train, test) = data.split_stratified(80, seed);
            assert_eq!((counts(&train), counts(&test)), ([48, 24, 0, 0, 8], [12, 6, 0, 0, 2]));
            // Within one sample of 60·0.17, 30·0.17 and 10·0.17.
            assert_eq!(counts(&data.split_stratified(17, seed).0), [10, 5, 0, 0, 2]);
        }
        let (_, test) = data.split_shuffled(80, 1);
        assert!(counts(&test)[0] > 0 && counts(&test)[1] > 0, "{:?}", counts(&test));
    }

    #[test]
    fn a_seed_is_a_split() {
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        let indices =
            |seed| [data.split_shuffled(50, seed).0, data.split_stratified(50, seed).0].map(|half| half.indices);
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
            *times.entry(data.split_stratified(4, seed).0.indices).or_insert(0) += 1;
        }
        assert_eq!(times.len(), 36);
        // χ² with 35 degrees of freedom: 66.6 is exceeded once in a thousand sets of seeds.
        let chi: f64 = times.values().map(|&n| (f64::from(n) - 100.0).powi(2) / 100.0).sum();
        assert!(chi < 66.6, "χ² = {chi}");
    }

    #[test]
    fn a_selection_of_a_selection() {
        let (inputs, labels) = sorted();
        let data = Pairs::new(&inputs, &labels);
        let (rest, test) = data.split_stratified(80, 1);
        let (train, validation) = rest.split_stratified(70, 2);
        assert_eq!(
            (counts(&train), counts(&validation), counts(&test)),
            ([42, 21, 0, 0, 7], [6, 3, 0, 0, 1], [12, 6, 0, 0, 2])
        );
        let chosen = Selection::new(&data, [99, 0].into());
        assert_eq!(all(&chosen), [(99, 4), (0, 0)]);
    }

    #[test]
    #[should_panic(expected = "a split at 101 of a dataset of 100 samples")]
    fn a_split_is_within_the_dataset() {
        let (inputs, labels) = sorted();
        Pairs::new(&inputs, &labels).split_stratified(101, 1);
    }

    #[test]
    #[should_panic(expected = "Selection: there is no sample 100 among 100")]
    fn a_selection_is_within_the_dataset() {
        let (inputs, labels) = sorted();
        Selection::new(&Pairs::new(&inputs, &labels), [1, 100].into());
    }
}
