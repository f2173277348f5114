//! A picture in the colors of the page around it.

use std::fmt::Write;

/// Colors that are readable on white and on black.
pub const BLUE: &str = "#3a87d8";
pub const ORANGE: &str = "#e07b28";
pub const GREEN: &str = "#2f9e5b";
pub const GRAY: &str = "#8a8a8a";
pub const TEXT: &str = "currentColor";

/// The side of a cell with a number.
pub const CELL: f64 = 32.0;

pub struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// A number with at most one decimal.
fn short(x: f64) -> f64 {
    (x * 10.0).round() / 10.0 + 0.0
}

impl Svg {
    pub fn new(width: f64, height: f64) -> Svg {
        Svg { width, height, body: String::new() }
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{text}").unwrap();
    }

    pub fn text(&mut self, [x, y]: [f64; 2], anchor: &str, size: f64, color: &str, text: &str) {
        let (x, y) = (short(x), short(y));
        self.line(format_args!(
            "<text x=\"{x}\" y=\"{y}\" dy=\"0.35em\" text-anchor=\"{anchor}\" font-family=\"sans-serif\" \
             font-size=\"{size}\" fill=\"{color}\">{text}</text>"
        ));
    }

    /// A title above a part of the picture.
    pub fn title(&mut self, [x, y]: [f64; 2], text: &str) {
        self.text([x, y], "start", 14.0, TEXT, text);
    }

    pub fn rect(&mut self, [x, y]: [f64; 2], [w, h]: [f64; 2], color: &str, opacity: f64) {
        let [x, y, w, h] = [x, y, w, h].map(short);
        self.line(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{color}\" fill-opacity=\"{opacity:.2}\"/>"
        ));
    }

    pub fn frame(&mut self, [x, y]: [f64; 2], [w, h]: [f64; 2], color: &str, width: f64) {
        let [x, y, w, h] = [x, y, w, h].map(short);
        self.line(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"none\" stroke=\"{color}\" \
             stroke-width=\"{width}\"/>"
        ));
    }

    pub fn circle(&mut self, [x, y]: [f64; 2], radius: f64, color: &str) {
        let [x, y] = [x, y].map(short);
        self.line(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{color}\"/>"));
    }

    pub fn curve(&mut self, points: &[[f64; 2]], color: &str, width: f64) {
        let points: Vec<_> = points.iter().map(|point| format!("{},{}", short(point[0]), short(point[1]))).collect();
        let points = points.join(" ");
        self.line(format_args!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
        ));
    }

    /// A table of numbers, each with the color and opacity of its cell.
    pub fn table(
        &mut self,
        [x, y]: [f64; 2],
        rows: &[Vec<String>],
        wide: f64,
        cell: impl Fn(usize, usize) -> (&'static str, f64),
    ) {
        for (row, numbers) in rows.iter().enumerate() {
            for (column, number) in numbers.iter().enumerate() {
                let (color, opacity) = cell(row, column);
                let corner = [x + wide * column as f64, y + CELL * row as f64];
                self.rect(corner, [wide - 1.0, CELL - 1.0], color, opacity);
                self.text([corner[0] + wide / 2.0, corner[1] + CELL / 2.0], "middle", 14.0, TEXT, number);
            }
        }
    }

    /// Pixels, drawn in runs of one level: `level` gives −8 (orange) to 8 (`color`), 0 is not drawn.
    pub fn pixels(
        &mut self,
        [x, y]: [f64; 2],
        scale: f64,
        [h, w]: [usize; 2],
        color: &str,
        level: impl Fn(usize) -> i32,
    ) {
        self.line(format_args!("<g transform=\"translate({x} {y}) scale({scale})\" shape-rendering=\"crispEdges\">"));
        for of in (-8..=8).filter(|&of| of != 0) {
            let mut path = String::new();
            for row in 0..h {
                let mut column = 0;
                while column < w {
                    let end = (column..w).find(|&at| level(row * w + at) != of).unwrap_or(w);
                    if end > column {
                        write!(path, "M{column} {row}h{0}v1h-{0}z", end - column).unwrap();
                    }
                    column = end + 1;
                }
            }
            if !path.is_empty() {
                let color = if of < 0 { ORANGE } else { color };
                let opacity = f64::from(of.abs()) / 8.0;
                self.line(format_args!("<path d=\"{path}\" fill=\"{color}\" fill-opacity=\"{opacity}\"/>"));
            }
        }
        self.line(format_args!("</g>"));
    }

    pub fn finish(self) -> String {
        let Svg { width, height, body } = self;
        format!(
            "<svg style=\"max-width: 100%; height: auto; color: var(--main-color, #777)\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n{body}</svg>\n"
        )
    }
}

/// A plot with axes: data to points.
pub struct Plot {
    pub at: [f64; 2],
    pub size: [f64; 2],
    pub x: [f64; 2],
    pub y: [f64; 2],
}

impl Plot {
    pub fn point(&self, x: f64, y: f64) -> [f64; 2] {
        let along = |value: f64, [from, to]: [f64; 2]| (value - from) / (to - from);
        [self.at[0] + self.size[0] * along(x, self.x), self.at[1] + self.size[1] * (1.0 - along(y, self.y))]
    }

    /// Lines with the numbers `xs` and `ys`, and the names of the axes.
    pub fn axes(&self, svg: &mut Svg, [xs, ys]: [&[(f64, &str)]; 2]) {
        for &(x, text) in xs {
            let (from, to) = (self.point(x, self.y[0]), self.point(x, self.y[1]));
            svg.curve(&[from, to], GRAY, 0.4);
            svg.text([from[0], from[1] + 12.0], "middle", 11.0, TEXT, text);
        }
        for &(y, text) in ys {
            let (from, to) = (self.point(self.x[0], y), self.point(self.x[1], y));
            svg.curve(&[from, to], GRAY, 0.4);
            svg.text([from[0] - 6.0, from[1]], "end", 11.0, TEXT, text);
        }
    }
}
