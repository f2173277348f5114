//! Closures as callbacks: they are called when a callback of their name is, and decide what it decides.

use shapeproof::prelude::*;
use shapeproof::train::lr_factor;

network! { type Net = [2, 1, 1] => Dense(units = 4), LeakyReLU, Dense(units = 2) }

/// Three epochs of two steps.
fn fit(callbacks: &mut [&mut dyn Callback<Net>]) -> (History, f64) {
    let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
    let data = Pairs::new(&inputs, &[0, 1, 1, 0]);
    let settings = Settings { batch_size: 2, threads: Some(1), ..Settings::default() };
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.5), settings).unwrap();
    let history = trainer.fit(&data, &data, &Fit { epochs: 3, schedule: &Constant }, callbacks).unwrap();
    (history, trainer.lr())
}

#[test]
fn closures_see_every_step_and_every_epoch() {
    let (mut steps, mut epochs) = (Vec::new(), Vec::new());
    let (history, _) = fit(&mut [
        &mut on_step(|progress, state| steps.push((progress.epoch, progress.step, state.steps()))),
        &mut on_epoch(|record: &EpochRecord, state| {
            assert_eq!(state.epochs().last(), Some(record));
            epochs.push(*record);
        }),
    ]);
    assert_eq!(steps, [(1, 1, 1), (1, 2, 2), (2, 1, 3), (2, 2, 4), (3, 1, 5), (3, 2, 6)]);
    assert_eq!(epochs, history.epochs);
    assert!(!history.stopped_early);
}

#[test]
fn closures_stop_a_training() {
    let at = |stop: bool| if stop { Control::Stop } else { Control::Continue };
    let (history, _) = fit(&mut [&mut on_epoch(|record, _| at(record.epoch == 2))]);
    assert_eq!((history.epochs.len(), history.stopped_early), (2, true));
    let (history, _) = fit(&mut [&mut on_step(|_, state| at(state.steps() == 3))]);
    assert_eq!((history.epochs.len(), history.epochs[1].train.samples, history.stopped_early), (2, 2, true));
}

#[test]
fn closures_change_the_learning_rate() {
    let mut halved = lr_factor(|factor, state| factor * 0.5f64.powi(state.epochs().len() as i32));
    let (history, lr) = fit(&mut [&mut halved, &mut lr_factor(|factor, _| 0.1 * factor)]);
    let rates: Vec<_> = history.epochs.iter().map(|record| record.lr).collect();
    for (found, expected) in rates.iter().zip([0.05, 0.025, 0.0125]) {
        assert!((found - expected).abs() < 1e-15, "{rates:?}");
    }
    assert_eq!(lr, rates[2]);
}
