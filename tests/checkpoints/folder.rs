//! The folder of a training: which checkpoints are kept in it, and which training owns it.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;

use shapeproof::io::{self, Checkpoints};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::train::{Callback, Control, EarlyStop, EpochRecord, State, Trainer};
use shapeproof::{Error, Result};

use super::common::numbers::numbers;
use super::common::training::StopAfter;
use super::{FAST, FIT, LONG, Net, STEPS, UNCLIPPED, card, kept, resume, trainer};

#[test]
fn a_training_that_is_done_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = trainer(1);
    let mut checkpoints = Checkpoints::new(&folder, &first).unwrap();
    let history = resume(&mut first, &FIT, &mut [&mut checkpoints]).unwrap();
    assert_eq!(kept(folder.path()), [STEPS, 2 * STEPS, 3 * STEPS]);
    drop(checkpoints);

    let mut second = trainer(1);
    let mut checkpoints = Checkpoints::resume(&folder, &mut second).unwrap();
    fs::remove_file(checkpoints.newest().unwrap()).unwrap();
    let again = resume(&mut second, &FIT, &mut [&mut checkpoints]).unwrap();
    assert_eq!(again, history, "times included");
    assert_eq!(second.steps(), 3 * STEPS);
    assert_eq!(kept(folder.path()), [STEPS, 2 * STEPS], "it is not written again");
}

/// Records the validation loss of every epoch.
struct Losses(Vec<(u64, f64)>);

impl Callback<Net> for Losses {
    fn on_epoch(&mut self, record: &EpochRecord, state: &State<Net>) -> Control {
        self.0.push((state.steps(), record.validation.unwrap().loss()));
        Control::Continue
    }
}

#[test]
fn the_last_ones_and_the_best_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), FAST, UNCLIPPED).unwrap();
    let mut losses = Losses(Vec::new());
    let card = card();
    let mut checkpoints = Checkpoints::new(&folder, &trainer).unwrap().every(3).keep(2).card(card.clone());
    resume(&mut trainer, &LONG, &mut [&mut losses, &mut EarlyStop::new(3), &mut checkpoints]).unwrap();
    let (best, last) = (losses.0.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0, trainer.steps());
    assert_eq!(last, best + 3 * STEPS);
    assert_eq!(kept(folder.path()), [best, (last - 1) / 3 * 3, last]);
    assert_eq!(checkpoints.newest(), Some(folder.path().join(format!("step-{last:08}.safetensors"))));

    // The best checkpoint is a model to predict with, and so is the last.
    let mut network = Net::zeros();
    io::load(folder.path().join(format!("step-{best:08}.safetensors")), &mut *network).unwrap();
    assert!(numbers(&*network) == numbers(trainer.best().unwrap()));
    assert_eq!(io::load(checkpoints.newest().unwrap(), &mut *network).unwrap(), card);
    assert!(numbers(&*network) == numbers(trainer.network()));
}

#[test]
fn a_training_goes_on_without_its_folder() {
    let (parent, errors) = (tempfile::tempdir().unwrap(), Rc::new(RefCell::new(Vec::new())));
    let (folder, report) = (parent.path().join("a/b"), Rc::clone(&errors));
    let mut trainer = trainer(1);
    let checkpoints = Checkpoints::new(&folder, &trainer).unwrap();
    let mut checkpoints = checkpoints.on_error(move |error| report.borrow_mut().push(error.to_string()));
    fs::remove_dir_all(&folder).unwrap();
    let history = resume(&mut trainer, &FIT, &mut [&mut checkpoints]).unwrap();
    assert_eq!((history.epochs.len(), checkpoints.newest()), (3, None));
    let place = format!("cannot write {}/step-000000", folder.display());
    assert!(errors.borrow().iter().all(|error| error.starts_with(&place)), "{errors:?}");
    assert_eq!(errors.borrow().len(), 4, "after each epoch, and at the end");
}

#[test]
#[should_panic(expected = "a training after 0 steps in the folder of one after 2")]
fn a_folder_is_not_for_one_training_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut checkpoints = Checkpoints::new(&folder, &trainer(1)).unwrap();
    for _ in 0..2 {
        resume(&mut trainer(1), &FIT, &mut [&mut StopAfter(2), &mut checkpoints]).unwrap();
    }
}

#[test]
fn a_folder_belongs_to_one_training_and_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let says = |found: Result<Checkpoints>| match found {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string().replace(folder.path().to_str().unwrap(), "DIR"),
    };
    let mut first = trainer(1);
    let checkpoints = Checkpoints::new(&folder, &first).unwrap();
    let expected = "cannot use DIR: another process keeps its checkpoints there";
    assert_eq!(says(Checkpoints::new(&folder, &first)), expected);
    assert_eq!(says(Checkpoints::resume(&folder, &mut first)), expected);
    drop(checkpoints);

    fs::write(folder.path().join(".step-00000001.safetensors.0123456789abcdef.tmp"), "what a killed process left")
        .unwrap();
    fs::write(folder.path().join("step-7.safetensors"), "somebody else's").unwrap();
    let mut checkpoints = Checkpoints::new(&folder, &first).unwrap();
    resume(&mut first, &FIT, &mut [&mut checkpoints, &mut StopAfter(2)]).unwrap();
    assert_eq!(kept(folder.path()), [2, 7], "and nothing else");
    drop(checkpoints);
    let expected = "DIR: folder of a new training: found the checkpoints of another (step-00000002.safetensors), expected none: \
                    resume that training, or choose another folder";
    assert_eq!(says(Checkpoints::new(&folder, &first)), expected);

    assert!(matches!(Checkpoints::new(folder.path().join(".lock"), &first), Err(Error::Io { action: "make", .. })));
}
