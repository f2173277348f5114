//! A report as HTML: one page, without anything from elsewhere.

mod measured;
mod plots;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{Chart, draw};
use super::image::Strip;
use super::{Contents, Outcome};
use crate::Error;

pub(super) type Part = Result<Markup, String>;

/// The page of a report.
///
/// # Errors
/// [`Error::Io`] if a picture cannot be drawn.
pub(super) fn write(contents: &Contents) -> crate::Result<String> {
    let parts = [
        plots::learning(contents),
        measured::all(contents),
        inside(contents),
        Ok(architecture(contents)),
        Ok(settings(contents)),
        Ok(reproduce(contents)),
    ];
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>().map_err(|why| Error::Io {
        action: "draw the pictures of",
        path: "report.html".into(),
        source: io::Error::other(why),
    })?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (contents.title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    h1 { (contents.title) }
                    (figures(contents))
                }
                main {
                    @for part in &parts { (part) }
                }
                footer.quiet { "Written by shapeproof " (env!("CARGO_PKG_VERSION")) ". Figures for machines are in report.json and history.csv." }
            }
        }
    };
    Ok(page.into_string())
}

/// The figures at the top.
fn figures(contents: &Contents) -> Markup {
    let mut all: Vec<(String, String)> = Vec::new();
    if let Some(evaluation) = &contents.evaluation {
        let name = &evaluation.name;
        match (&evaluation.outcome, evaluation.score.errors()) {
            (Outcome::Numbers(_), Some(errors)) => {
                all.push((format!("{name} MAE"), number(errors.mae())));
                all.push((format!("{name} RMSE"), number(errors.rmse())));
                all.push((format!("{name} R²"), number(errors.r2())));
            }
            _ => all.push((format!("{name} accuracy"), percent(evaluation.score.accuracy()))),
        }
        all.push((format!("{name} loss"), number(evaluation.score.loss())));
        all.push((format!("{name} samples"), grouped(evaluation.score.samples)));
    }
    all.push(("parameters".into(), grouped(contents.architecture.parameters)));
    all.push(("MFLOP per sample".into(), number(contents.architecture.flops as f64 / 1e6)));
    let epochs = &contents.history.epochs;
    if !epochs.is_empty() {
        all.push(("epochs".into(), epochs.len().to_string()));
        let seconds: f64 = epochs.iter().map(|epoch| epoch.train_seconds).sum();
        all.push(("training time".into(), format!("{seconds:.1} s")));
        let samples: usize = epochs.iter().map(|epoch| epoch.train.samples).sum();
        if seconds > 0.0 {
            all.push(("samples per second".into(), grouped((samples as f64 / seconds) as usize)));
        }
    }
    html! {
        dl.figures {
            @for (name, value) in &all { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// Filters, and the activations of one sample.
fn inside(contents: &Contents) -> Part {
    let pictures = contents.evaluation.as_ref().map(|evaluation| &evaluation.pictures);
    let drawn = |strip: &Strip, scale: usize, alt: &str| -> Part {
        let (address, width) = (strip.address().map_err(|error| error.to_string())?, strip.width * scale);
        Ok(html! { img src=(address) alt=(alt) style=(format!("width: {width}px")); })
    };
    let mut layers = Vec::new();
    for (layer, strip) in contents.architecture.outer().zip(pictures.iter().flat_map(|all| &all.activations)) {
        let alt = format!("The output of layer {}, {}", layer.layer, layer.kind);
        layers.push((layer, drawn(strip, (930 / strip.width).min(240 / strip.height).clamp(1, 6), &alt)?));
    }
    let first = pictures.and_then(|all| Some((contents.paint.picture(&all.first, all.dims)?, all.dims)));
    let first = match first {
        Some((picture, dims)) => {
            let strip = Strip::new(&[picture], [dims.height, dims.width], 1);
            Some(drawn(&strip, (112 / dims.width).max(1), "The first sample")?)
        }
        None => None,
    };
    let filters = match &contents.filters {
        Some(strip) => Some(drawn(strip, (640 / strip.width).clamp(2, 12), "The weights of the filters")?),
        None => None,
    };
    Ok(html! {
        @if let Some(filters) = filters {
            section {
                h2 { "Filters of the first convolution" }
                figure {
                    (filters)
                    figcaption { "Weights of one channel: " b { "orange" } " is positive, white is zero, " b { "blue" } " is negative. Those of three channels are drawn in color." }
                }
            }
        }
        @if !layers.is_empty() && first.is_some() {
            section {
                h2 { "What the layers make of the first sample" }
                div.layers {
                    @if let Some(first) = first { figure { figcaption { b { "input" } " " (contents.architecture.input) } (first) } }
                    @for (layer, strip) in &layers {
                        figure { figcaption { b { (layer.layer) } " " (layer.kind) " → " (layer.output) } (strip) }
                    }
                }
                p.quiet { "From dark, the least number of a layer, to light, its greatest. Up to 64 channels, or 1024 numbers, are drawn." }
            }
        }
    })
}

fn architecture(contents: &Contents) -> Markup {
    let all = &contents.architecture;
    let share = |flops: usize| if all.flops == 0 { String::new() } else { percent(flops as f64 / all.flops as f64) };
    html! {
        section {
            h2 { "Architecture" }
            div.tall {
                table {
                    thead { tr {
                        th scope="col" { "#" } th.text scope="col" { "layer" } th scope="col" { "output" }
                        th scope="col" { "parameters" } th scope="col" { "MFLOP" } th scope="col" { "of all" }
                    } }
                    tbody {
                        tr { td {} th.text scope="row" { "input" } td { (all.input) } td {} td {} td {} }
                        @for layer in &all.layers {
                            tr {
                                td { (layer.layer) }
                                th.text scope="row" style=(format!("padding-left: {}rem", 0.6 + 1.2 * layer.depth as f64)) { (layer.kind) }
                                td { (layer.output) } td { (grouped(layer.parameters)) }
                                td { (format!("{:.3}", layer.flops as f64 / 1e6)) } td { (share(layer.flops)) }
                            }
                        }
                    }
                    tfoot { tr {
                        td {} th.text scope="row" { "total" } td {} td { (grouped(all.parameters)) }
                        td { (format!("{:.3}", all.flops as f64 / 1e6)) } td {}
                    } }
                    caption { "Shapes are channels×height×width. MFLOP: millions of operations for the prediction of one sample." }
                }
            }
        }
    }
}

fn settings(contents: &Contents) -> Markup {
    html! {
        section {
            h2 { "Settings" }
            table.settings { tbody {
                @for (name, value) in &contents.settings { tr { th scope="row" { (name) } td { (value) } } }
            } }
        }
    }
}

fn reproduce(contents: &Contents) -> Markup {
    let (os, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    html! {
        section {
            h2 { "How to reproduce it" }
            @if let Some(command) = &contents.command { pre { (command) } }
            p {
                "With the same data, settings and seed, shapeproof " (env!("CARGO_PKG_VERSION")) " computes the same bits on any number of "
                "threads, on the same kind of processor. This was " (os) " on " (processor) "."
            }
        }
    }
}

/// A chart with what is written below it.
pub(super) fn figure(chart: &Chart<'_>, caption: &Markup) -> Part {
    let svg = draw(chart)?;
    Ok(html! { figure { (PreEscaped(svg)) figcaption { (caption) } } })
}

/// Four decimals, or four digits if it is large; `–` if there is none.
pub(super) fn number(number: f64) -> String {
    match number.abs() {
        _ if !number.is_finite() => "–".into(),
        0.0 => "0".into(),
        size if size < 1e-4 => format!("{number:.1e}"),
        size if size >= 100.0 => format!("{number:.1}"),
        _ => format!("{number:.4}"),
    }
}

pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.2} %", 100.0 * share) } else { "–".into() }
}

/// `151,309`
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let group = |(i, digit): (usize, char)| {
        if i > 0 && (digits.len() - i).is_multiple_of(3) { format!(",{digit}") } else { digit.into() }
    };
    digits.chars().enumerate().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_easily() {
        assert_eq!([7, 123, 1234, 151_309, 1_000_000].map(grouped), ["7", "123", "1,234", "151,309", "1,000,000"]);
        assert_eq!([0.05241, 123.46, 1e-5, f64::NAN, 0.0].map(number), ["0.0524", "123.5", "1.0e-5", "–", "0"]);
        assert_eq!([percent(0.98765), percent(f64::NAN)], ["98.77 %", "–"]);
    }
}
