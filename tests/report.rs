//! The report of a training: one page that needs no other file, for every kind of task.

use std::fs;

use shapeproof::data::synthetic;
use shapeproof::layer::Module;
use shapeproof::loss::{Loss, MSE};
use shapeproof::metrics::Confusion;
use shapeproof::optim::Optimizer;
use shapeproof::prelude::*;
use shapeproof::train::{History, Report};

network! {
    type Digits = [1, 28, 28] =>
        first: Conv2D(filters = 4, kernel = 5, stride = 2), ReLU, MaxPool2D(window = 2),
        Residual(Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm),
        Flatten, Dense(units = 10),
}
network! { type Moons = [2, 1, 1] => Dense(units = 8), Tanh, Dense(units = 1) }
network! { type Line = [2, 1, 1] => Dense(units = 1) }

/// Names of elements that have no end.
const VOID: [&str; 4] = ["meta", "img", "br", "!DOCTYPE"];

/// Panics if an element is not closed where it should be, or the page needs anything from elsewhere.
fn check(page: &str) {
    for from_elsewhere in ["http:", "https:", "<script", "<link", "@import", "url(", "NaN", "inf"] {
        let at = page.find(from_elsewhere).map(|at| &page[at.saturating_sub(80)..]);
        assert!(at.is_none(), "{from_elsewhere}: {:?}", at.map(|text| text.chars().take(160).collect::<String>()));
    }
    let sources = page.split("src=\"").skip(1);
    assert!(sources.clone().all(|source| source.starts_with("data:image/png;base64,")));
    let mut open = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        match tag {
            _ if VOID.contains(&name) || tag.ends_with('/') => {}
            _ if tag.starts_with('/') => assert_eq!(open.pop(), Some(name), "{tag}"),
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(page.matches("<img").count(), page.matches("alt=\"").count());
    assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\"").count());
}

/// Trains for three epochs.
fn trained<N, L, O, D>(trainer: &mut Trainer<N, L, O>, data: &D) -> History
where
    N: Module,
    L: Loss<Output = N::Output>,
    O: Optimizer,
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    trainer.fit(data, data, &Fit { epochs: 3, schedule: &Linear }, &mut []).unwrap()
}

fn digits(count: usize) -> (Vec<Tensor<1, 28, 28>>, Vec<usize>) {
    let (images, labels) = synthetic::digits(count, 1);
    let (mut inputs, normalize) = (vec![Tensor([[[0.0; 28]; 28]]); count], Normalize::mnist());
    for (input, image) in inputs.iter_mut().zip(&images) {
        normalize.apply(image, input);
    }
    (inputs, labels.iter().map(|&label| label.into()).collect())
}

#[test]
fn a_classifier_has_its_matrix_its_mistakes_and_its_filters() {
    let (inputs, labels) = digits(120);
    let data = Pairs::new(&inputs, &labels);
    let mut trainer = Trainer::new(Digits::new(1), CrossEntropy::new(), Adam::new(0.003), Settings::default()).unwrap();
    let history = trained(&mut trainer, &data);
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("new/run");
    let report = Report::new(&trainer, &history).title("<Digits> & \"more\"").normalized(&Normalize::mnist());
    let report = report.setting("augment", "none").setting("augment", "0.5").command("train --epochs 3 > log");
    report.evaluate("test", &data).write(&place).unwrap();

    let read = |name: &str| fs::read_to_string(place.join(name)).unwrap();
    assert_eq!(read("history.csv"), history.to_csv());
    let page = read("report.html");
    check(&page);
    for text in [
        "<h1>&lt;Digits&gt; &amp; &quot;more&quot;</h1>",
        "train --epochs 3 &gt; log",
        "Confusion matrix",
        "Filters of the first convolution",
        "<b>input</b> 1×28×28",
        "<b>first</b> first: Conv2D 5×5, stride 2×2 → 4×12×12",
        "body.0",
        "Calibration",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("ROC"));

    let json: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
    let mut confusion = Confusion::<10>::new();
    let predicted = trainer
        .threads()
        .infer(trainer.network(), &data, |output, &label| (label, shapeproof::metrics::argmax(output.as_slice())));
    predicted.into_iter().for_each(|(label, predicted)| confusion.record(label, predicted));
    assert_eq!(json["confusion"], serde_json::json!(confusion.counts.map(Vec::from)));
    assert_eq!(json["test_accuracy"], confusion.accuracy());
    assert_eq!(json["macro_average"]["f1"], confusion.macro_average(Confusion::f1));
    assert_eq!((&json["settings"]["augment"], &json["settings"]["batch_size"]), (&0.5.into(), &64.into()));
    assert_eq!((&json["parameters"], &json["best_epoch"]), (&Digits::parameters().into(), &3.into()));
    assert_eq!(json["epochs"].as_array().map(Vec::len), Some(3));
    assert!(json["layers"].as_array().unwrap().iter().any(|layer| layer["layer"] == "3.body.0"));
    let mistakes = 120 - (0..10).map(|class| confusion.counts[class][class]).sum::<u64>();
    assert_eq!(page.matches("<li>").count() as u64, mistakes.min(24));
}

#[test]
fn two_classes_have_curves_of_all_thresholds() {
    let inputs: Vec<_> =
        (0..200).map(|i| Vector::from([(i % 20) as f32 / 10.0 - 1.0, (i / 20) as f32 / 5.0 - 1.0])).collect();
    let targets: Vec<bool> = inputs.iter().map(|x| x[[0, 0, 0]] + x[[1, 0, 0]] > 0.1).collect();
    let data = Pairs::new(&inputs, &targets);
    let mut trainer =
        Trainer::new(Moons::new(1), BinaryCrossEntropy::new(), Adam::new(0.02), Settings::default()).unwrap();
    let history = trained(&mut trainer, &data);
    let report = Report::new(&trainer, &history).classes(&["<no>", "yes"]).evaluate("validation", &data);
    let page = report.to_html().unwrap();
    check(&page);
    for text in ["ROC", "Precision-recall", "Thresholds of “yes”", "&lt;no&gt;", "false positive rate"] {
        assert!(page.contains(text), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let scores = trainer.threads().infer(trainer.network(), &data, |output, &target| (output[[0, 0, 0]], target));
    let (scores, labels): (Vec<f32>, Vec<bool>) = scores.into_iter().unzip();
    let auroc = shapeproof::metrics::auroc(&scores, &labels);
    assert!((json["auroc"].as_f64().unwrap() - auroc).abs() < 1e-3, "{}", json["auroc"]);
    assert_eq!(json["validation_accuracy"], trainer.evaluate(&data).accuracy());
    assert_eq!(json["classes"][1]["name"], "yes");
}

#[test]
fn numbers_are_drawn_beside_their_targets() {
    let inputs: Vec<_> = (0..100).map(|i| Vector::from([(i % 10) as f32, (i / 10) as f32])).collect();
    let targets: Vec<_> = inputs.iter().map(|x| Vector::from([x[[0, 0, 0]] * 2.0 - x[[1, 0, 0]]])).collect();
    let data = Pairs::new(&inputs, &targets);
    let mut trainer = Trainer::new(Line::new(1), MSE::new(), Adam::new(0.1), Settings::default()).unwrap();
    let history = trained(&mut trainer, &data);
    let report = Report::new(&trainer, &history).evaluate("test", &data);
    let page = report.to_html().unwrap();
    check(&page);
    for text in ["Predictions beside targets", "Histogram of the errors", "test R²", "The largest errors"] {
        assert!(page.contains(text), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let score = trainer.evaluate(&data);
    assert_eq!(json["test_r2"], score.errors().unwrap().r2());
    assert!(json["test_accuracy"].is_null() && json["confusion"].is_null());
}

/// A training that was not one, on no data.
#[test]
fn what_is_not_known_is_left_out() {
    let (inputs, labels): ([Tensor<1, 28, 28>; 0], [usize; 0]) = ([], []);
    let data = Pairs::new(&inputs, &labels);
    let trainer = Trainer::new(Digits::new(1), CrossEntropy::new(), Adam::new(0.1), Settings::default()).unwrap();
    let fit = Fit { epochs: 3, schedule: &Linear };
    let report = Report::new(&trainer, &History::default()).schedule(&fit).evaluate("test", &data);
    let page = report.to_html().unwrap();
    check(&page);
    assert!(page.contains("nothing was measured") && !page.contains("Learning"));
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    for place in ["/test_loss", "/test_accuracy", "/classes/3/f1", "/macro_average/recall", "/best_epoch"] {
        assert_eq!(json.pointer(place), Some(&serde_json::Value::Null), "{place}");
    }
    check(&Report::new(&trainer, &History::default()).to_html().unwrap());
}

#[test]
fn a_place_that_is_no_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("file");
    fs::write(&place, "old").unwrap();
    let trainer = Trainer::new(Line::new(1), MSE::new(), Adam::new(0.1), Settings::default()).unwrap();
    let error = Report::new(&trainer, &History::default()).write(&place).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot create {}: ", place.display())), "{error}");
    assert_eq!(fs::read_to_string(&place).unwrap(), "old");
}
