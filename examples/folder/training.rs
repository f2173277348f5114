//! A training on a folder of pictures.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use shapeproof::data::images::{ImageFolder, Pictures};
use shapeproof::data::{Augment, Dataset, HeldOut};
use shapeproof::io::{Card, destination, save};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Cosine, SGD, Warmup};
use shapeproof::tensor::{Tensor, Vector};
use shapeproof::train::{Callback, Control, EpochRecord, Fit, Progress, Report, Settings, State, Trainer};

use crate::bar::Bar;
use crate::networks::{self, Program, SIDE};
use crate::options::Options;
use crate::output::plain;
use crate::repeated;

/// Pictures are shifted by up to this many pixels in each direction, anew in every epoch.
const SHIFT: u16 = 4;

type Images = Pictures<3, SIDE, SIDE>;

/// Reads the pictures of `folder`, and trains a network on them.
pub fn train(folder: &Path, options: &Options, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    // Before hours of work.
    destination(&options.model)?;
    let pictures = read(folder, options)?;
    for skipped in pictures.skipped() {
        writeln!(io::stderr(), "left out: {}: found {}", plain(skipped.path.display()), plain(&skipped.found)).ok();
    }
    writeln!(out, "{} pictures from {}:", pictures.len(), plain(folder.display()))?;
    for (name, count) in pictures.classes().iter().zip(pictures.counts()) {
        writeln!(out, "{count:>8}  {}", plain(name))?;
    }
    if pictures.ignored() > 0 {
        writeln!(out, "{:>8}  other files, not looked at", pictures.ignored())?;
    }
    if pictures.classes().len() < 2 {
        return Err("found 1 class, expected at least 2: a subfolder of pictures for each".into());
    }
    let (train, validation) = pictures.split_stratified(HeldOut::Percent(options.validation), options.seed);
    let normalize = train.mean_and_std();
    writeln!(out, "\n{} pictures to train on, {} for validation", train.len(), validation.len())?;
    writeln!(out, "mean {:.3?}, standard deviation {:.3?} of the former\n", normalize.mean, normalize.std)?;
    let (train, validation) = (train.normalized(&normalize), validation.normalized(&normalize));
    let classes = train.classes().len();
    networks::with(classes, Training { train, validation, options, out })
}

#[allow(unsafe_code)]
fn read(folder: &Path, options: &Options) -> shapeproof::Result<Images> {
    let bar = ProgressBar::hidden();
    let style = ProgressStyle::with_template("decoding {wide_bar} {pos}/{len}  {eta} left");
    let progress = |done, all| {
        if done == 0 {
            bar.set_style(style.as_ref().expect("the template is well-formed").clone());
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            bar.set_length(all as u64);
        }
        bar.set_position(done as u64);
        if done == all {
            bar.finish_and_clear();
        }
    };
    let pictures = match &options.csv {
        Some(csv) => ImageFolder::with_csv(folder, csv),
        None => ImageFolder::new(folder),
    };
    let pictures = pictures.fit(options.fit.into()).on_progress(progress);
    let pictures = if options.skip_bad { pictures.skip_bad() } else { pictures };
    let pictures = if let Some(cache) = &options.cache { pictures.cache(cache) } else { pictures };
    // SAFETY: the help of this program asks that nobody writes to the cached files while it runs.
    unsafe { pictures.map() }
}

struct Training<'a> {
    train: Images,
    validation: Images,
    options: &'a Options,
    out: &'a mut dyn Write,
}

impl Program for Training<'_> {
    type Output = ();

    fn run<N, const K: usize>(self) -> Result<(), Box<dyn Error>>
    where
        N: Module<Scalar = f32, Input = Tensor<3, SIDE, SIDE>, Output = Vector<K>>,
    {
        let Training { train, validation, options, out } = self;
        let mut card = Card::from(&train);
        card.classes.resize(K, String::new());
        // Saving checks the card too, but then hours have passed.
        card.check::<N>()?;
        writeln!(out, "{}\n", N::summary())?;
        let settings = Settings { batch_size: options.batch_size, seed: options.seed, ..Settings::default() };
        let optimizer = SGD::new(options.lr).nesterov(0.9).weight_decay(5e-4);
        let mut trainer = Trainer::new(N::new(options.seed), CrossEntropy::<K>::new(), optimizer, settings)?;
        let steps = train.len().div_ceil(options.batch_size.max(1)) as u64;
        let fit = Fit { epochs: options.epochs as usize, schedule: &Warmup::new(steps.clamp(10, 500), Cosine) };
        let mut lines = Lines { out, failed: None };
        let history = trainer.fit(
            &train.augmented(Augment::new().shift(SHIFT)),
            &validation,
            &fit,
            &mut [&mut Bar::new(), &mut lines],
        )?;
        let Lines { out, failed } = lines;
        failed.map_or(Ok(()), Err)?;

        let network = trainer.best().unwrap_or(trainer.network());
        save(&options.model, network, &card)?;
        writeln!(
            out,
            "\nThe best network is in {0}. To use it: --model {0} --predict PICTURE",
            plain(options.model.display())
        )?;
        if let Some(folder) = &options.report_dir {
            let report = Report::new(&trainer, &history).network(network).title("Pictures of a folder").schedule(&fit);
            let report = report.classes(validation.classes()).normalized(validation.normalize());
            report
                .command(repeated::command("folder --features images"))
                .evaluate("validation", &validation)
                .write(folder)?;
            writeln!(out, "The report is in {}", plain(folder.join("report.html").display()))?;
        }
        Ok(())
    }
}

/// Prints a line for each epoch.
struct Lines<'a> {
    out: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl<N: Module> Callback<N> for Lines<'_> {
    fn on_step(&mut self, _: &Progress, _: &State<N>) -> Control {
        Control::Continue
    }

    fn on_epoch(&mut self, record: &EpochRecord, _: &State<N>) -> Control {
        self.failed = writeln!(self.out, "{record}").err();
        if self.failed.is_none() { Control::Continue } else { Control::Stop }
    }
}
