//! The limits of a training: settings that cannot work, or are beyond a stated limit, are refused with a message before anything is
//! allocated, learned or lost.

use shapeproof::data::{Dataset, Pairs};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD, Staircase};
use shapeproof::tensor::{Tensor, Vector, zeros};
use shapeproof::train::limits::{MAX_SAMPLES, max_threads};
use shapeproof::train::{Fit, Settings, Threads, Trainer};

shapeproof::network! { type Tiny = [2, 1, 1] => Dense(units = 3), ReLU }
shapeproof::network! { type Normed = [2, 1, 1] => Dense(units = 3), BatchNorm, Dense(units = 3) }
shapeproof::network! {
    /// The block needs two samples, whatever the layers around it need.
    type Nested = [2, 1, 1] => Residual(Dense(units = 2), shortcut = (Dense(units = 2), norm: BatchNorm)), Dense(units = 3)
}
shapeproof::network! { type Maps = [1, 2, 3] => BatchNorm, Conv2D(filters = 2, kernel = 2), BatchNorm, Flatten, Dense(units = 3) }

const FIT: Fit = Fit { epochs: 2, schedule: &Constant };

fn refused<N: Module<Scalar = f32, Output = Vector<3>>>(optimizer: SGD, settings: Settings) -> String {
    let trainer = Trainer::new(N::new(1), CrossEntropy::<3>::new(), optimizer, settings);
    trainer.err().unwrap_or_else(|| panic!("{optimizer} with {settings:?} is accepted")).to_string()
}

#[test]
fn settings_are_checked() {
    let refuse = refused::<Tiny>;
    let (sgd, good) = (SGD::new(0.1), Settings::default());
    assert_eq!(refuse(sgd, Settings { batch_size: 0, ..good }), "batch_size: found 0, expected at least 1");
    assert_eq!(refuse(sgd, Settings { shard_size: 0, ..good }), "shard_size: found 0, expected at least 1");
    for average in [1.0, -0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = format!("average: found {average}, expected a number from 0 to below 1");
        assert_eq!(refuse(sgd, Settings { average: Some(average), ..good }), error);
    }
    assert_eq!(refuse(SGD::new(0.0), good), "lr: found 0, expected a number above 0");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5] {
        assert_eq!(refuse(SGD::new(bad), good), format!("lr: found {bad}, expected a number above 0"));
        let momentum = format!("momentum: found {bad}, expected a number from 0 to below 1");
        assert_eq!(refuse(sgd.momentum(bad), good), momentum);
        assert_eq!(refuse(sgd.nesterov(bad), good), momentum);
        let decay = format!("weight_decay: found {bad}, expected a number of at least 0");
        assert_eq!(refuse(sgd.weight_decay(bad), good), decay);
    }
    assert!(Trainer::new(Tiny::new(1), CrossEntropy::<3>::new(), sgd, Settings { seed: u64::MAX, ..good }).is_ok());
}

#[test]
fn threads_are_as_many_as_help() {
    let most = max_threads();
    assert!(most >= 8);
    assert_eq!(Threads::new(Some(most)).unwrap().count(), most);
    for count in [0, most + 1, 100_000, usize::MAX] {
        let refusal = Threads::new(Some(count)).unwrap_err().to_string();
        let expected = format!("1 to {most} on this machine: 4 for each core, but 8 in any case");
        assert_eq!(refusal, format!("threads: found {count}, expected {expected}"));
        assert_eq!(refused::<Tiny>(SGD::new(0.1), Settings { threads: Some(count), ..Settings::default() }), refusal);
    }
}

#[test]
fn a_batch_is_as_large_as_memory_allows() {
    let huge = |batch_size, shard_size| Settings { batch_size, shard_size, threads: Some(1), ..Settings::default() };
    for batch_size in [1 << 40, usize::MAX] {
        for refusal in [
            refused::<Tiny>(SGD::new(0.1), huge(batch_size, 16)),
            refused::<Normed>(SGD::new(0.1), huge(batch_size, 16)),
            // With barriers, all samples of a mini-batch are in memory at once, in any number of shards.
            refused::<Normed>(SGD::new(0.1), huge(batch_size, usize::MAX)),
        ] {
            assert!(refusal.starts_with(&format!("batch_size: found {batch_size}, which takes ")), "{refusal}");
            assert!(refusal.ends_with(" GiB, expected one that takes at most 64.0 GiB"), "{refusal}");
        }
    }
    // Without barriers, the shards need the memory.
    let all_at_once = huge(usize::MAX, usize::MAX);
    let mut trainer = Trainer::new(Tiny::new(1), CrossEntropy::<3>::new(), SGD::new(0.1), all_at_once).unwrap();
    let inputs = [Vector::from([1.0, 2.0]); 5];
    trainer.fit(&Pairs::new(&inputs, &[0; 5]), &Pairs::new(&[], &[]), &FIT, &mut []).unwrap();
    assert_eq!(trainer.steps(), 2);
}

/// A dataset with far too many samples.
struct Endless(usize);

impl Dataset for Endless {
    type Input = Vector<2>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0
    }

    fn load(&self, _: usize, input: &mut Vector<2>) -> usize {
        *input = Vector::from([1.0, 2.0]);
        0
    }
}

#[test]
fn a_fit_that_cannot_work_changes_nothing() {
    let inputs = [Vector::from([1.0, 2.0]); 5];
    let (data, none) = (Pairs::new(&inputs, &[0, 1, 1, 2, 0]), Pairs::new(&inputs[..0], &[0usize][..0]));
    let settings = Settings { batch_size: 2, ..Settings::default() };
    let mut trainer = Trainer::new(Tiny::new(1), CrossEntropy::<3>::new(), SGD::new(0.1), settings).unwrap();
    trainer.fit(&data, &data, &FIT, &mut []).unwrap();

    let staircase = |every, factor| Staircase { every, factor };
    let stairs = [staircase(2, f64::NAN), staircase(2, -0.5), staircase(0, 0.5), staircase(1, 1e200)];
    let [nan, negative, none_long, steep] = stairs.each_ref().map(|schedule| Fit { schedule, ..FIT });
    for (fit, start) in [
        (nan, "schedule: found ×NaN every 2 steps, expected a factor of at least 0"),
        (negative, "schedule: found ×-0.5 every 2 steps, expected a factor of at least 0"),
        (none_long, "schedule: found ×0.5 every 0 steps, expected at least 1 step"),
        (steep, "schedule: found ×1000"),
        (Fit { epochs: usize::MAX, ..FIT }, "epochs: found 18446744073709551615, expected at most 3002399751580330"),
    ] {
        let error = trainer.fit(&data, &data, &fit, &mut []).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
        assert_eq!(trainer.resume(&data, &data, &fit, &mut []).unwrap_err().to_string(), error);
    }
    let error = trainer.fit(&none, &data, &FIT, &mut []).unwrap_err().to_string();
    assert_eq!(error, "training data: found none, expected at least one sample");
    let error = trainer.fit(&Endless(MAX_SAMPLES + 1), &data, &FIT, &mut []).unwrap_err().to_string();
    assert_eq!(error, "training data: found 4294967296 samples, expected at most 4294967295");

    assert_eq!((trainer.steps(), trainer.state().epochs().len(), trainer.lr()), (6, 2, 0.1));
    assert!(trainer.best().is_some());
    assert_eq!(trainer.resume(&data, &data, &FIT, &mut []).unwrap().epochs.len(), 2);
}

/// The result of `fit` on this many samples in batches of that size.
fn fit_on<N>(input: N::Input, samples: usize, batch_size: usize) -> Result<u64, String>
where
    N: Module<Scalar = f32, Output = Vector<3>>,
{
    let mut inputs = zeros::<N::Input>(samples);
    inputs.fill(input);
    let (labels, settings) = (vec![1; samples], Settings { batch_size, shard_size: 2, ..Settings::default() });
    let data = Pairs::new(&inputs, &labels);
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), SGD::new(0.1), settings).unwrap();
    trainer.fit(&data, &data.take(0), &FIT, &mut []).map_err(|error| error.to_string())?;
    N::visit([trainer.network()], [], &mut |parameter, [numbers], []| {
        assert!(numbers.iter().all(|number| number.is_finite()), "{parameter}: {numbers:?}");
    });
    Ok(trainer.steps())
}

#[test]
fn a_layer_gets_as_many_samples_as_it_needs() {
    assert_eq!([Tiny::MIN_BATCH, Normed::MIN_BATCH, Nested::MIN_BATCH, Maps::MIN_BATCH], [1, 2, 2, 1]);
    let (vector, map) = (Vector::from([1.0, 2.0]), Tensor([[[1.0, 2.0, 3.0], [6.0, 5.0, 4.0]]]));
    let needed = "at least 2, which a layer of the network needs";
    let one = Err(format!("batch_size: found 1, expected {needed}"));
    let one_left = Err(format!(
        "batch_size: found 2, which leaves 1 of 5 samples for the last mini-batch, expected one that leaves none, or {needed}"
    ));
    for fit in [fit_on::<Normed>, fit_on::<Nested>] {
        assert_eq!((fit(vector, 5, 1), fit(vector, 5, 2), fit(vector, 5, 3)), (one.clone(), one_left.clone(), Ok(4)));
        assert_eq!(fit(vector, 1, 3), Err(format!("training data: found 1 samples, expected {needed}")));
    }
    // Maps of more than one value have a variance even for one sample.
    assert_eq!(
        (fit_on::<Maps>(map, 5, 1), fit_on::<Maps>(map, 5, 2), fit_on::<Maps>(map, 1, 3)),
        (Ok(10), Ok(6), Ok(2))
    );
}

#[test]
#[should_panic(expected = "a step on 1 samples, but a layer of the network needs 2")]
fn a_step_needs_as_many_samples_as_its_layers() {
    let inputs = [Vector::from([1.0, 2.0]); 2];
    let data = Pairs::new(&inputs, &[0, 1]);
    let mut trainer = Trainer::new(Normed::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default()).unwrap();
    trainer.step(&data, &[1]);
}

#[test]
fn an_evaluation_of_no_samples_knows_nothing() {
    let none = Pairs::<Vector<2>, usize>::new(&[], &[]);
    let score = Threads::new(Some(2)).unwrap().evaluate(&*Tiny::new(1), &CrossEntropy::new(), &none);
    assert!(score.samples == 0 && score.loss().is_nan() && score.accuracy().is_nan());
}
