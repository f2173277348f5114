//! Closures as callbacks.

use super::callback::{Callback, Control, Progress};
use super::{EpochRecord, State};
use crate::layer::Module;

/// A closure in the place of [`Callback::on_epoch`].
struct OnEpoch<F>(F);

/// A closure in the place of [`Callback::on_step`].
struct OnStep<F>(F);

/// A closure in the place of [`Callback::lr_factor`].
struct LrFactor<F>(F);

/// A callback that runs after every epoch. The closure returns nothing, or a [`Control`].
///
/// ```
/// use shapeproof::prelude::*;
///
/// network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
///
/// # fn main() -> Result<(), shapeproof::Error> {
/// # let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
/// # let xor = Pairs::new(&inputs, &[0, 1, 1, 0]);
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.5), Settings::default())?;
/// let mut print = on_epoch(|record, _| println!("{record}"));
/// let mut stop = on_epoch(|record, _| if record.train.loss() < 0.1 { Control::Stop } else { Control::Continue });
/// let history = trainer.fit(&xor, &xor, &Fit { epochs: 1000, schedule: &Constant }, &mut [&mut print, &mut stop])?;
/// assert!(history.stopped_early);
/// # Ok(())
/// # }
/// ```
///
/// Like every [`Callback`], it should decide by the state it is given and not by what the closure remembers.
pub fn on_epoch<N: Module, R: Into<Control>>(run: impl FnMut(&EpochRecord, &State<N>) -> R) -> impl Callback<N> {
    OnEpoch(run)
}

/// A callback that runs after every step. The closure returns nothing, or a [`Control`].
///
/// ```
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2) }
/// use shapeproof::train::{Callback, on_step};
///
/// let mut losses = Vec::new();
/// let mut record = on_step(|progress, _| losses.push(progress.score.loss()));
/// let callbacks: &mut [&mut dyn Callback<Net>] = &mut [&mut record];
/// ```
pub fn on_step<N: Module, R: Into<Control>>(run: impl FnMut(&Progress, &State<N>) -> R) -> impl Callback<N> {
    OnStep(run)
}

/// A callback that changes the learning rate of every step: see [`Callback::lr_factor`].
///
/// ```
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2) }
/// use shapeproof::train::{Callback, lr_factor};
///
/// // A tenth of the rate from the twentieth epoch on.
/// let mut drop = lr_factor(|factor, state| if state.epochs().len() < 19 { factor } else { 0.1 * factor });
/// let callbacks: &mut [&mut dyn Callback<Net>] = &mut [&mut drop];
/// ```
pub fn lr_factor<N: Module>(change: impl FnMut(f64, &State<N>) -> f64) -> impl Callback<N> {
    LrFactor(change)
}

/// The training continues.
impl From<()> for Control {
    fn from((): ()) -> Control {
        Control::Continue
    }
}

impl<N: Module, R: Into<Control>, F: FnMut(&EpochRecord, &State<N>) -> R> Callback<N> for OnEpoch<F> {
    fn on_epoch(&mut self, record: &EpochRecord, state: &State<N>) -> Control {
        (self.0)(record, state).into()
    }
}

impl<N: Module, R: Into<Control>, F: FnMut(&Progress, &State<N>) -> R> Callback<N> for OnStep<F> {
    fn on_step(&mut self, progress: &Progress, state: &State<N>) -> Control {
        (self.0)(progress, state).into()
    }
}

impl<N: Module, F: FnMut(f64, &State<N>) -> f64> Callback<N> for LrFactor<F> {
    fn lr_factor(&mut self, factor: f64, state: &State<N>) -> f64 {
        (self.0)(factor, state)
    }
}
