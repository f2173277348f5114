//! The progress bar, and one line for each epoch.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shapeproof::layer::Module;
use shapeproof::train::{Callback, Control, EpochRecord, Progress, State};

use crate::console::Console;
use crate::curve::Curve;

/// Draws the progress of the training, and stops it on request, or when the console fails.
pub struct Bar<'a> {
    bar: ProgressBar,
    out: &'a Console,
    failed: Option<io::Error>,
    interrupted: Arc<AtomicBool>,
    curve: Curve,
    /// When this run began with the epoch, and how many samples it had then.
    began: (Instant, usize),
    width: Width,
    drawn: Instant,
}

/// How much of it fits in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Narrow,
    Usual,
    Wide,
}

impl Width {
    /// That of the terminal as it is now.
    fn now() -> Width {
        match Term::stderr().size().1 {
            ..70 => Width::Narrow,
            70..110 => Width::Usual,
            _ => Width::Wide,
        }
    }

    fn style(self) -> ProgressStyle {
        let template = match self {
            Width::Narrow => "{prefix} {percent:>3} % {msg}",
            Width::Usual => "{prefix} {wide_bar} {msg}  {eta}",
            Width::Wide => "{prefix} {wide_bar} {pos}/{len}  {msg}  {eta} left",
        };
        ProgressStyle::with_template(template).expect("the template is well-formed")
    }
}

impl Bar<'_> {
    /// Creates it, on standard error. It is hidden if that is no terminal, or with `quiet`.
    pub fn new(out: &Console, interrupted: Arc<AtomicBool>, quiet: bool) -> Bar<'_> {
        let bar = ProgressBar::no_length();
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let width = Width::now();
        bar.set_style(width.style());
        let began = (Instant::now(), 0);
        Bar { bar, out, failed: None, interrupted, curve: Curve::default(), began, width, drawn: Instant::now() }
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

    fn show(&mut self, progress: &Progress) {
        if progress.step == 1 || self.bar.length().is_none() {
            self.bar.reset();
            self.bar.set_length(progress.steps as u64);
            self.bar.set_prefix(format!("epoch {:>2}/{}", progress.epoch, progress.epochs));
            // A resumed epoch starts the bar in the middle, so that the estimate of its time is right.
            self.bar.set_position(progress.step as u64 - 1);
            self.bar.reset_eta();
            self.began = (Instant::now(), progress.score.samples);
        }
        // A terminal may be resized at any time.
        let width = Width::now();
        if width != self.width {
            self.width = width;
            self.bar.set_style(width.style());
        }
        let (start, samples) = self.began;
        let per_second = (progress.score.samples - samples) as f64 / start.elapsed().as_secs_f64().max(1e-9);
        let (score, loss) = (&progress.score, progress.score.loss());
        self.bar.set_message(match width {
            Width::Narrow => format!("loss {loss:.3} {}", self.curve.line(8)),
            Width::Usual => format!("loss {loss:.3} {} {per_second:.0} images/s", self.curve.line(16)),
            Width::Wide => format!("{score} {} {per_second:.0} images/s", self.curve.line(24)),
        });
        self.bar.set_position(progress.step as u64);
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl<N: Module> Callback<N> for Bar<'_> {
    fn on_step(&mut self, progress: &Progress, _: &State<N>) -> Control {
        if !self.bar.is_hidden() {
            self.curve.add(&progress.score);
            // Ten times in a second, or the terminal would be asked for its size at every step.
            if progress.step == 1 || progress.step == progress.steps || self.drawn.elapsed().as_millis() >= 100 {
                self.drawn = Instant::now();
                self.show(progress);
            }
        }
        if self.interrupted.load(Ordering::Relaxed) { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, record: &EpochRecord, _: &State<N>) -> Control {
        let mut out = self.out;
        self.failed = self.bar.suspend(|| writeln!(out, "{record}")).err();
        if self.failed.is_none() { Control::Continue } else { Control::Stop }
    }
}
