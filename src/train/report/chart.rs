//! Charts, as SVG in the colors of the page.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use plotters::prelude::*;

/// A chart: lines, points or bars on two axes.
pub(super) struct Chart<'a> {
    /// For those who do not see it.
    pub title: &'a str,
    /// The names of the axes.
    pub axes: [&'a str; 2],
    /// What the axes show; `None` for all that is drawn.
    pub ranges: [Option<Range<f64>>; 2],
    pub marks: Vec<Mark>,
}

/// What is drawn. A color is a number, whose meaning is in the style of the page.
pub(super) enum Mark {
    Line(u8, Vec<(f64, f64)>),
    /// In the color [`DASHED`].
    Dashes(Vec<(f64, f64)>),
    Points(u8, Vec<(f64, f64)>),
    /// The left end, the right end and the height of each bar.
    Bars(u8, Vec<[f64; 3]>),
}

const SIZE: (u32, u32) = (560, 320);

/// These stand for the colors of the page, until the chart is drawn.
const INK: RGBColor = RGBColor(1, 1, 1);
const GRID: RGBColor = RGBColor(2, 2, 2);

/// The style of the page dashes lines of this color.
const DASHED: u8 = 1;

const fn series(color: u8) -> RGBColor {
    RGBColor(3, 3, color)
}

/// The SVG of a chart.
///
/// # Errors
/// Why it cannot be drawn.
pub(super) fn draw(chart: &Chart<'_>) -> Result<String, String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        on_area(chart, &root).map_err(|error| error.to_string())?;
        root.present().map_err(|error| error.to_string())?;
    }
    Ok(themed(&svg, chart.title))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failure<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn on_area<'a>(chart: &Chart<'_>, area: &Area<'a>) -> Result<(), Failure<'a>> {
    let [x, y] = [0, 1].map(|axis| chart.ranges[axis].clone().unwrap_or_else(|| extent(&chart.marks, axis)));
    let digits = [&x, &y].map(|range| digits(range.end - range.start));
    let mut drawn = ChartBuilder::on(area)
        .margin(8)
        .margin_right(16)
        .x_label_area_size(46)
        .y_label_area_size(70)
        .build_cartesian_2d(x, y)?;
    // Epochs and steps are counted.
    let whole = ["epoch", "step"].contains(&chart.axes[0]);
    let label = |at: usize| {
        move |number: &f64| {
            if at == 0 && whole && number.fract() != 0.0 { String::new() } else { text(*number, digits[at]) }
        }
    };
    drawn
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(("sans-serif", 18).into_font().color(&INK))
        .axis_desc_style(("sans-serif", 19).into_font().color(&INK))
        .x_desc(chart.axes[0])
        .y_desc(chart.axes[1])
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&label(0))
        .y_label_formatter(&label(1))
        .draw()?;
    for mark in &chart.marks {
        match mark {
            Mark::Line(color, points) => {
                drawn.draw_series(LineSeries::new(finite(points), series(*color).stroke_width(2)))?;
                if points.len() <= 30 {
                    let dot = |point| Circle::new(point, 3, series(*color).filled());
                    drawn.draw_series(finite(points).map(dot))?;
                }
            }
            Mark::Dashes(points) => {
                drawn.draw_series(LineSeries::new(finite(points), series(DASHED).stroke_width(2)))?;
            }
            Mark::Points(color, points) => {
                let dot = |point| Circle::new(point, 2, series(*color).mix(0.5).filled());
                drawn.draw_series(finite(points).map(dot))?;
            }
            Mark::Bars(color, bars) => {
                let bar = |&[from, to, height]: &[f64; 3]| {
                    Rectangle::new([(from, 0.0), (to, height)], series(*color).mix(0.45).filled())
                };
                drawn.draw_series(bars.iter().map(bar))?;
            }
        };
    }
    Ok(())
}

fn finite(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite())
}

/// The range of all that is drawn on an axis, and a little more.
fn extent(marks: &[Mark], axis: usize) -> Range<f64> {
    let mut numbers = Vec::new();
    for mark in marks {
        match mark {
            Mark::Line(_, points) | Mark::Dashes(points) | Mark::Points(_, points) => {
                numbers.extend(finite(points).map(|point| [point.0, point.1][axis]));
            }
            Mark::Bars(_, bars) if axis == 0 => numbers.extend(bars.iter().flat_map(|bar| [bar[0], bar[1]])),
            Mark::Bars(_, bars) => numbers.extend(bars.iter().map(|bar| bar[2]).chain([0.0])),
        }
    }
    let (min, max) = numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), &x| (min.min(x), max.max(x)));
    if min > max {
        return 0.0..1.0;
    }
    let beyond = if max > min { 0.04 * (max - min) } else { 0.5 * max.abs().max(1e-3) };
    // What does not go below 0 does not seem to.
    let start = if min >= 0.0 { (min - beyond).max(0.0) } else { min - beyond };
    start..max + beyond
}

/// How many decimals the labels of a range have.
fn digits(range: f64) -> usize {
    if range > 0.0 { (1.5 - range.log10()).ceil().clamp(0.0, 9.0) as usize } else { 0 }
}

/// A number without zeros at its end.
fn text(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if short == "-0" { "0".into() } else { short.into() }
}

/// The same picture in the colors of the page, in any size, with a title.
fn themed(svg: &str, title: &str) -> String {
    let mut all = svg.replace("\"#010101\"", "\"currentColor\"").replace("\"#020202\"", "\"var(--grid)\"");
    for color in 0..4 {
        all = all.replace(&format!("\"#03030{color}\""), &format!("\"var(--s{color})\""));
    }
    let drawing = all.split_once('>').map_or("", |(_, drawing)| drawing);
    let (width, height) = SIZE;
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!("<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {width} {height}\"><title>{title}</title>{drawing}")
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_chart_has_the_colors_of_the_page() {
        let marks = vec![
            Mark::Line(0, vec![(1.0, 0.5), (2.0, f64::NAN), (3.0, 0.25)]),
            Mark::Dashes(vec![(1.0, 0.5), (3.0, 0.25)]),
            Mark::Points(2, vec![(1.0, 0.25)]),
            Mark::Bars(3, vec![[1.0, 2.0, 0.3]]),
        ];
        let chart = Chart { title: "a < b", axes: ["epoch", "loss"], ranges: [None, None], marks };
        let svg = draw(&chart).unwrap();
        assert!(
            svg.starts_with("<svg class=\"chart\" role=\"img\"") && svg.contains("<title>a &lt; b</title>"),
            "{svg}"
        );
        assert!((0..4).all(|color| svg.contains(&format!("var(--s{color})"))) && !svg.contains("\"#0"), "{svg}");
        assert!(!svg.contains("NaN") && svg.contains("epoch") && svg.trim_end().ends_with("</svg>"), "{svg}");
    }

    #[test]
    fn axes_fit_what_is_drawn() {
        let of = |points: &[(f64, f64)]| extent(&[Mark::Line(0, points.into())], 1);
        assert_eq!(of(&[]), 0.0..1.0);
        assert_eq!(of(&[(0.0, 1.0), (0.0, 2.0)]), 0.96..2.04);
        assert_eq!(of(&[(0.0, 0.0), (0.0, 1.0)]), 0.0..1.04);
        assert_eq!(of(&[(0.0, -2.0)]), -3.0..-1.0);
    }

    #[test]
    fn labels_are_short() {
        assert_eq!([text(0.25, 3), text(3.0, 1), text(-0.0, 2), text(120.0, 0)], ["0.25", "3", "0", "120"]);
        assert_eq!([digits(1.0), digits(0.02), digits(400.0)], [2, 4, 0]);
    }
}
