//! The examples `regression` and `two_moons`: what they print, where there is no terminal.

use crate::{end, example, run};

/// The numbers of the line that begins with `name`.
fn figures(out: &str, name: &str) -> Vec<f64> {
    let line = out.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {out}"));
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn regression_shows_what_hidden_layers_add() {
    let (code, out, err) = run("regression", &[]);
    assert!(code == Some(0) && err.is_empty(), "{out} {err}");
    let first = out.lines().next().unwrap();
    assert!(first.starts_with("epoch   1   loss ") && first.matches("   R² ").count() == 1, "{first}");
    // MAE, RMSE and R²; no prediction is nearer than the noise.
    let (linear, hidden) = (figures(&out, "linear "), figures(&out, "hidden layers "));
    assert!((0.6..0.75).contains(&linear[2]) && (0.9..0.97).contains(&hidden[2]), "{linear:?} {hidden:?}");
    assert!(hidden[0] < hidden[1] && (0.9..linear[1]).contains(&hidden[1]), "{linear:?} {hidden:?}");
}

#[test]
fn two_moons_are_drawn_once() {
    let (code, out, err) = run("two_moons", &[]);
    assert!(code == Some(0) && err.is_empty(), "{out} {err}");
    let lines: Vec<&str> = out.lines().collect();
    let [picture @ .., legend, "", figures] = &lines[..] else { panic!("{out}") };
    assert!(picture.len() == 20 && picture.iter().all(|line| line.chars().count() <= 64), "{out}");
    assert!(legend.starts_with("● upper moon   ○ lower moon   ░ "), "{legend}");
    let count = |drawn| out.chars().filter(|&c| c == drawn).count();
    let (upper, lower, region) = (count('●'), count('○'), count('░'));
    assert!(upper > 60 && lower > 60 && (300..900).contains(&region), "{upper} {lower} {region}: {out}");
    assert!(!out.contains('\x1b'), "{out}");
    // The upper moon's region is on the upper left, the lower moon's on the lower right.
    assert!(picture[0].starts_with('░') && picture[19].chars().count() < 64, "{out}");
    let words: Vec<&str> = figures.split("   ").collect();
    let [accuracy, auroc, precision] = words[..] else { panic!("{figures}") };
    assert!(accuracy.starts_with("accuracy 9") && auroc.starts_with("AUROC 0.9"), "{figures}");
    assert!(precision.starts_with("average precision 0.9"), "{figures}");
}

/// Colors do not change what is drawn: who does not see them misses nothing.
#[test]
fn two_moons_are_the_same_in_color() {
    let draw = |name, value| {
        let (code, out, err) = end(example("two_moons", &[]).env(name, value).output().unwrap());
        assert!(code == Some(0) && err.is_empty(), "{out} {err}");
        out
    };
    let (colored, plain) = (draw("CLICOLOR_FORCE", "1"), draw("NO_COLOR", "1"));
    assert!(colored.contains("\x1b[33m") && colored.contains("\x1b[36m"), "{colored}");
    let is_code = |part: &str| part.split_once('m').map_or(String::new(), |(_, text)| text.into());
    let mut parts = colored.split('\x1b');
    let text: String = parts.next().unwrap_or_default().to_string() + &parts.map(is_code).collect::<String>();
    let trimmed: String = text.lines().map(|line| line.trim_end().to_string() + "\n").collect();
    assert_eq!(trimmed, plain);
}
