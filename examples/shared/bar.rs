//! A progress bar for a training: a callback, first in the list, so that it is gone when others print a line.

use indicatif::{ProgressBar, ProgressStyle};
use shapeproof::layer::Module;
use shapeproof::train::{Callback, Control, EpochRecord, Progress, State};

/// Draws on standard error, if that is a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new() -> Bar {
        let style =
            ProgressStyle::with_template("{prefix} {wide_bar} {msg}  {eta}").expect("the template is well-formed");
        Bar(ProgressBar::no_length().with_style(style))
    }
}

impl<N: Module> Callback<N> for Bar {
    fn on_step(&mut self, progress: &Progress, _: &State<N>) -> Control {
        let Bar(bar) = self;
        if bar.is_finished() || bar.length().is_none() {
            bar.reset();
            bar.set_length(progress.steps as u64);
            bar.set_prefix(format!("epoch {:>3}/{}", progress.epoch, progress.epochs));
        }
        bar.set_message(format!("loss {:.4}", progress.score.loss()));
        bar.set_position(progress.step as u64);
        Control::Continue
    }

    fn on_epoch(&mut self, _: &EpochRecord, _: &State<N>) -> Control {
        self.0.finish_and_clear();
        Control::Continue
    }

    fn on_end(&mut self, _: &State<N>) {
        self.0.finish_and_clear();
    }
}
