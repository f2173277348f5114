//! Random changes of images: the same for all channels and all kinds of datasets, with the same bits on every machine; and the sheet
//! of examples in the documentation.

mod sheet;

use shapeproof::data::labeled::Labeled;
use shapeproof::data::mnist::Mnist;
use shapeproof::data::{Augment, Dataset, HeldOut, Normalize, Pairs, Subset, synthetic};
use shapeproof::tensor::Tensor;

/// Every part.
fn all() -> Augment {
    Augment::new()
        .flip_horizontal(0.5)
        .flip_vertical(0.5)
        .scale(0.8..=1.2)
        .shear(10.0)
        .rotate(20.0)
        .shift(2)
        .elastic(1.0, 3.0)
        .erase(0.5, 0.05..=0.2)
        .brightness(0.3)
        .contrast(0.3)
}

/// Sample `index` as it is changed with this seed.
fn augmented<D: Dataset>(dataset: &D, index: usize, seed: u64) -> D::Input {
    let [mut input, mut scratch] = [shapeproof::bytemuck::Zeroable::zeroed(); 2];
    dataset.load_augmented(index, seed, &mut input, &mut scratch);
    input
}

/// An image whose numbers all differ, not square.
fn image<const C: usize>() -> Tensor<C, 6, 9> {
    let mut image = Tensor([[[0.0; 9]; 6]; C]);
    for (i, x) in image.as_mut_slice().iter_mut().enumerate() {
        *x = (i * 23 % 54) as f32 / 54.0 + (i / 54) as f32;
    }
    image
}

#[test]
fn evaluation_sees_images_as_they_are() {
    let (images, labels) = ([image::<3>()], [4_usize]);
    let data = Pairs::new(&images, &labels).augmented(all());
    let mut input = Tensor([[[f32::NAN; 9]; 6]; 3]);
    assert_eq!((data.len(), data.load(0, &mut input), data.target(0)), (1, 4, 4));
    assert_eq!(input, images[0]);
    assert_ne!(augmented(&data, 0, 1), images[0]);
    assert_eq!((data.augment(), data.dataset().len()), (&all(), 1));
}

#[test]
fn nothing_asked_for_changes_nothing() {
    let (images, labels) = ([image::<3>()], [4_usize]);
    // Probabilities and amounts of 0 are nothing; so is an elastic field of 0 pixels.
    let zeros = Augment::new()
        .flip_horizontal(0.0)
        .flip_vertical(0.0)
        .scale(1.0..=1.0)
        .shear(0.0)
        .rotate(0.0)
        .shift(0)
        .elastic(0.0, 4.0)
        .erase(0.0, 0.5..=1.0)
        .brightness(0.0)
        .contrast(0.0);
    for augment in [Augment::new(), Augment::default(), zeros] {
        let data = Pairs::new(&images, &labels).augmented(augment);
        assert!((0..50).all(|seed| augmented(&data, 0, seed) == images[0]));
    }
}

/// A color image of three equal channels becomes three times what the gray image becomes.
#[test]
fn channels_are_treated_alike() {
    let gray = [image::<1>()];
    let color = [Tensor([gray[0].0[0]; 3])];
    let (gray, color) = (Pairs::new(&gray, &[0]).augmented(all()), Pairs::new(&color, &[0]).augmented(all()));
    for seed in 0..100 {
        assert_eq!(augmented(&color, 0, seed), Tensor([augmented(&gray, 0, seed).0[0]; 3]), "seed {seed}");
    }
}

/// What one part does to an image does not depend on whether another is there.
#[test]
fn parts_are_drawn_independently() {
    let (images, labels) = ([image::<2>()], [0_usize]);
    let data = Pairs::new(&images, &labels);
    let (alone, both) = (
        data.augmented(Augment::new().erase(0.5, 0.1..=0.3)),
        data.augmented(Augment::new().erase(0.5, 0.1..=0.3).flip_horizontal(1.0)),
    );
    let mirrored = data.augmented(Augment::new().flip_horizontal(1.0));
    for seed in 0..100 {
        let changed = |a: &Tensor<2, 6, 9>, b: &Tensor<2, 6, 9>| -> Vec<bool> {
            a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| (a - b).abs() > 1e-6).collect()
        };
        let erased = changed(&augmented(&alone, 0, seed), &images[0]);
        let of_both = changed(&augmented(&both, 0, seed), &augmented(&mirrored, 0, seed));
        // A pixel may be the mean already.
        let differ = erased.iter().zip(&of_both).filter(|(a, b)| a != b).count();
        assert!(differ <= 2, "seed {seed}: {differ}");
    }
}

/// Images in memory, MNIST, parts of a split, and borrowed data are changed in the same way, and keep their targets.
#[test]
fn every_dataset_can_be_augmented() {
    let (images, labels) = synthetic::digits(20, 3);
    let normalize = Normalize::mnist();
    let labeled = Labeled::in_memory(images.clone(), labels.clone(), 10).normalized::<f32>(&normalize);
    let (part, _) = (&labeled).split(HeldOut::Count(5));
    let (after, before) = ((&labeled).augmented(all()), part.augmented(all()));
    let (split, _) = (&after).split(HeldOut::Count(5));
    let reversed = Subset::new(&after, (0..20).rev().collect());
    for (index, seed) in [(0, 5), (7, 2), (14, 9)] {
        let expected = augmented(&after, index, seed);
        assert!(augmented(&before, index, seed) == expected && augmented(&split, index, seed) == expected);
        assert!(augmented(&reversed, 19 - index, seed) == expected);
        assert_eq!([before.target(index), split.target(index)], [usize::from(labels[index]); 2]);
    }
    assert_eq!(reversed.normalization(), Some(&normalize));
    let mnist = Mnist::synthetic(10, 0).train.augmented(all());
    assert_eq!(mnist.normalization(), Some(&normalize));
}

/// Normalized or not, a dataset that knows its normalization is changed in the same way, within black and white.
#[test]
fn pixels_stay_between_black_and_white() {
    let (images, labels) = synthetic::digits(20, 3);
    let unit = Labeled::in_memory(images, labels, 10);
    let figures = Normalize::new(0.4, 0.2);
    let plain = (&unit).augmented(all().brightness(1.0).contrast(1.0));
    let mut found: Vec<_> = (0..20).map(|index| augmented(&plain, index, 7 * index as u64)).collect();
    let of_all = |images: &[Tensor<1, 28, 28>]| {
        let all = images.iter().flat_map(|image| image.as_slice()).copied();
        all.fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(x), high.max(x)))
    };
    assert_eq!(of_all(&found), (0.0, 1.0));

    let normalized = unit.normalized::<f32>(&figures).augmented(all().brightness(1.0).contrast(1.0));
    for (index, image) in found.iter_mut().enumerate() {
        image.as_mut_slice().iter_mut().for_each(|x| *x = (*x - 0.4) / 0.2);
        let other = augmented(&normalized, index, 7 * index as u64);
        for (x, y) in image.as_slice().iter().zip(other.as_slice()) {
            assert!((x - y).abs() < 1e-4, "{x} {y}");
        }
    }
}

/// An augmented dataset that is augmented again is changed twice, not twice in the same way.
#[test]
fn augmentations_can_be_nested() {
    let (images, labels) = ([Tensor([[[0.0, 0.0, 1.0, 0.0, 0.0]]])], [0_usize]);
    let shift = || Augment::new().shift(1);
    let data = Pairs::new(&images, &labels).augmented(shift()).augmented(shift());
    let mut counts = [0; 5];
    for seed in 0..900 {
        let place = augmented(&data, 0, seed).as_slice().iter().position(|&x| x == 1.0);
        counts[place.unwrap()] += 1;
    }
    // Two independent shifts: 1, 2, 3, 2, 1 of 9.
    for (count, ninths) in counts.into_iter().zip([1, 2, 3, 2, 1]) {
        assert!((100 * ninths - 60..100 * ninths + 60).contains(&count), "{counts:?}");
    }
}

#[test]
fn both_scalars_are_changed_alike() {
    let (single, labels) = ([image::<3>()], [0_usize]);
    let mut double = [Tensor([[[0.0_f64; 9]; 6]; 3])];
    for (x, &y) in double[0].as_mut_slice().iter_mut().zip(single[0].as_slice()) {
        *x = f64::from(y);
    }
    let (single, double) = (Pairs::new(&single, &labels), Pairs::new(&double, &labels));
    let (single, double) = (single.augmented(all()), double.augmented(all()));
    for seed in 0..20 {
        let (a, b) = (augmented(&single, 0, seed), augmented(&double, 0, seed));
        assert!(a.as_slice().iter().zip(b.as_slice()).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-5));
    }
}

/// A seed must give the same bits in every version and on every machine.
#[test]
fn a_seed_gives_the_same_bits_everywhere() {
    let (images, labels) = synthetic::digits(50, 42);
    let data = Labeled::in_memory(images, labels, 10).normalized::<f32>(&Normalize::mnist()).augmented(all());
    // FNV-1a, 64 bits.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for index in 0..50 {
        for x in augmented(&data, index, 1000 + index as u64).as_slice() {
            for byte in x.to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
    assert_eq!(hash, 12_533_548_935_692_847_537);
}
