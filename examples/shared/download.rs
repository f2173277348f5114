//! MNIST from the internet, with a progress bar.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressStyle};
use shapeproof::Result;
use shapeproof::data::download::{News, Source, download};
use shapeproof::data::mnist::{Origin, Set};
use shapeproof::data::user_cache;

use super::output::plain;

/// Downloads MNIST to the user's cache folder, and says so on standard error. Returns `None` if the user has no such folder.
///
/// # Errors
/// As [`download`].
pub fn mnist() -> Option<Result<Origin>> {
    let cache = user_cache()?;
    let total = Source::of(Set::Mnist)?.packed_len();
    let dir = plain(Set::Mnist.cached(&cache).display());
    say(&format!("There is no MNIST here: downloading it ({:.1} MB) to {dir}", total as f64 / 1e6));
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes}  {eta} left");
    bar.set_style(style.expect("the template is well-formed"));
    let origin = download(Set::Mnist, &cache, &mut |news| match news {
        News::Waiting => bar.suspend(|| say("Another process is downloading it: waiting")),
        News::Received { bytes, .. } => bar.set_position(bytes),
    });
    bar.finish_and_clear();
    Some(origin)
}

/// Prints a line to standard error, and ignores it if that fails.
fn say(line: &str) {
    writeln!(io::stderr(), "{line}").ok();
}
