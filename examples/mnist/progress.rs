//! The progress bar, and one line for each epoch.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use shapeproof::layer::Module;
use shapeproof::train::{Callback, Control, EpochRecord, Progress, State};

use crate::console::Console;

/// Draws the progress of the training, and stops it on request, or when the console fails.
pub struct Bar<'a> {
    bar: ProgressBar,
    out: &'a Console,
    failed: Option<io::Error>,
    interrupted: Arc<AtomicBool>,
}

impl Bar<'_> {
    pub fn new(out: &Console, interrupted: Arc<AtomicBool>) -> Bar<'_> {
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len}  {msg}  {eta} left");
        bar.set_style(style.expect("the template is well-formed"));
        Bar { bar, out, failed: None, interrupted }
    }

    /// Returns a function that prints lines to standard error, above the bar, and ignores errors.
    pub fn printer(&self) -> impl Fn(&str) + 'static {
        let bar = self.bar.clone();
        move |line| bar.suspend(|| drop(writeln!(io::stderr(), "{line}")))
    }

    /// Removes the bar.
    ///
    /// # Errors
    /// The error of the console.
    pub fn end(mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl<N: Module> Callback<N> for Bar<'_> {
    fn on_step(&mut self, progress: &Progress, _: &State<N>) -> Control {
        if progress.step == 1 || self.bar.length().is_none() {
            self.bar.reset();
            self.bar.set_length(progress.steps as u64);
            self.bar.set_prefix(format!("epoch {:>2}/{}", progress.epoch, progress.epochs));
            // A resumed epoch starts the bar in the middle, so that the estimate of its time is right.
            self.bar.set_position(progress.step as u64 - 1);
            self.bar.reset_eta();
        }
        self.bar.set_position(progress.step as u64);
        self.bar.set_message(progress.score.to_string());
        if self.interrupted.load(Ordering::Relaxed) { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, record: &EpochRecord, _: &State<N>) -> Control {
        let mut out = self.out;
        self.failed = self.bar.suspend(|| writeln!(out, "{record}")).err();
        if self.failed.is_none() { Control::Continue } else { Control::Stop }
    }
}
