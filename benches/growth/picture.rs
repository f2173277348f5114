//! The plot: one log-log chart for each axis, in which proportional growth is a straight line and a cliff is a step.

use std::error::Error;
use std::ops::Range;

use plotters::coord::combinators::IntoLogRange;
use plotters::prelude::*;

use super::table::{Row, Table};

const SIZE: (u32, u32) = (960, 680);

/// A color that is visible on white and on black.
const MEASURED: RGBColor = RGBColor(0x3b, 0x8e, 0xd8);
const LINE: RGBColor = RGBColor(0xe0, 0x7b, 0x39);

/// The titles of the axes, with details.
const CAPTIONS: [(&str, &str); 4] = [
    ("batch size", "the reference network"),
    ("channels", "two 3×3 convolutions, 16×16 pixels"),
    ("image size", "two 3×3 convolutions, 16 channels"),
    ("depth", "3×3 convolutions, 16 channels, 16×16 pixels"),
];

/// The plot as SVG, in the colors of the page around it.
pub fn draw(table: &Table) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        for (area, (axis, about)) in root.split_evenly((2, 2)).iter().zip(CAPTIONS) {
            let rows: Vec<&Row> = table.rows.iter().filter(|row| row.axis == axis).collect();
            let mut chart = ChartBuilder::on(area)
                .margin(12)
                .caption(about, ("sans-serif", 18).into_font().color(&BLACK))
                .x_label_area_size(42)
                .y_label_area_size(62)
                .build_cartesian_2d(
                    room(rows.iter().map(|row| row.size as f64)).log_scale().base(2.0),
                    room(rows.iter().flat_map(|row| [row.ms[0], row.line])).log_scale().base(4.0),
                )?;
            let text = ("sans-serif", 16).into_font().color(&BLACK);
            chart
                .configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(BLACK.mix(0.15))
                .axis_style(BLACK.mix(0.6))
                .label_style(text.clone())
                .x_desc(axis)
                .y_desc("ms per step, one thread")
                .x_label_formatter(&|size| format!("{size}"))
                .y_label_formatter(&|ms| format!("{ms}"))
                .draw()?;
            let line = LineSeries::new(rows.iter().map(|row| (row.size as f64, row.line)), LINE.stroke_width(2));
            chart
                .draw_series(line)?
                .label("proportional to FLOPs")
                .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], LINE.stroke_width(2)));
            let points = rows.iter().map(|row| Circle::new((row.size as f64, row.ms[0]), 4, MEASURED.filled()));
            chart.draw_series(points)?.label("measured").legend(|(x, y)| Circle::new((x + 7, y), 4, MEASURED.filled()));
            chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).label_font(text).draw()?;
        }
        root.present()?;
    }
    // Black is replaced by the page's text color, if there is one.
    let svg = svg.replace("\"#000000\"", "\"currentColor\"");
    Ok(svg.replacen("<svg ", "<svg style=\"max-width: 100%; height: auto; color: var(--main-color, #777)\" ", 1))
}

/// The range from slightly below the smallest to slightly above the largest value.
fn room(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    low / 1.3..high * 1.3
}
