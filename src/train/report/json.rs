//! A report as JSON.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::classes::Classes;
use super::{Contents, Evaluation, Outcome};

/// The members of an object, each on a line of its own.
#[derive(Default)]
struct Members(Vec<String>);

impl Members {
    /// Adds a member. A number that is not finite is `null`.
    fn add(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        // What is added here, numbers and strings in lists and structs, is always JSON.
        let json = serde_json::to_string(value).unwrap_or_else(|_| "null".into());
        self.add_json(name, &json);
    }

    fn add_json(&mut self, name: &str, json: &str) {
        self.0.push(format!("{}: {json}", serde_json::Value::from(name)));
    }

    /// A list with an item on each line.
    fn add_list(&mut self, name: &str, items: &[impl Serialize]) {
        let items: Vec<_> = items.iter().filter_map(|item| serde_json::to_string(item).ok()).collect();
        self.add_json(name, &format!("[\n    {}\n  ]", items.join(",\n    ")));
    }

    fn object(self, indent: &str) -> String {
        format!("{{\n{indent}  {}\n{indent}}}", self.0.join(&format!(",\n{indent}  ")))
    }
}

pub(super) fn write(contents: &Contents) -> String {
    let mut all = Members::default();
    all.add("title", &contents.title);
    all.add("command", &contents.command);
    all.add("version", env!("CARGO_PKG_VERSION"));
    let mut settings = Members::default();
    for (name, value) in &contents.settings {
        settings.add_json(name, &setting(value));
    }
    all.add_json("settings", &settings.object("  "));
    all.add("parameters", &contents.architecture.parameters);
    all.add("mflop", &(contents.architecture.flops as f64 / 1e6));
    all.add_list("layers", &contents.architecture.layers);
    // Its members are members here.
    let history = contents.history.to_json();
    all.0.push(history.trim_start_matches("{\n  ").trim_end_matches("\n}\n").to_string());
    if let Some(evaluation) = &contents.evaluation {
        measured(&mut all, evaluation);
    }
    all.object("") + "\n"
}

/// A number if the text is one, as JSON writes it, otherwise a string.
fn setting(value: &str) -> String {
    let is_number = value.parse::<f64>().is_ok() && serde_json::from_str::<f64>(value).is_ok();
    if is_number { value.into() } else { serde_json::Value::from(value).to_string() }
}

fn measured(all: &mut Members, evaluation: &Evaluation) {
    let Evaluation { name, score, seconds, outcome, .. } = evaluation;
    let figure = |figure: &str| format!("{name}_{figure}");
    all.add(&figure("samples"), &score.samples);
    all.add(&figure("seconds"), seconds);
    all.add(&figure("loss"), &score.loss());
    match outcome {
        Outcome::Classes(found) => {
            all.add(&figure("accuracy"), &score.accuracy());
            classes(all, found);
        }
        Outcome::Numbers(_) => {
            let figures = score.errors().map(|errors| [errors.mae(), errors.rmse(), errors.r2()]);
            for (at, metric) in ["mae", "rmse", "r2"].iter().enumerate() {
                all.add(&figure(metric), &figures.map(|figures| figures[at]));
            }
        }
    }
}

fn classes(all: &mut Members, classes: &Classes) {
    all.add_list("confusion", &classes.counts);
    all.add_list("classes", &classes.figures());
    let [per_class, per_sample] = classes.averages();
    all.add("macro_average", &per_class);
    all.add("weighted_average", &per_sample);
    all.add("calibration_error", &classes.calibration_error());
    if let Some([auroc, average_precision]) = classes.ranking() {
        all.add("auroc", &auroc);
        all.add("average_precision", &average_precision);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_numbers_stay_numbers() {
        let found = ["64", "0.05", "1e-5", "inf", "NaN", "007", "SGD \"fast\""].map(setting);
        assert_eq!(found, ["64", "0.05", "1e-5", "\"inf\"", "\"NaN\"", "\"007\"", "\"SGD \\\"fast\\\"\""]);
    }
}
