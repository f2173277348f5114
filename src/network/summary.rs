//! A network's summary: layer, output shape, parameters, FLOPs.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::marker::PhantomData;

use super::Network;
use crate::layer::{LayerPath, Row};
use crate::shape::Shape;

/// A network's table of layers, which can be printed. It is a property of the type: no network is created.
///
/// ```
/// use shapeproof::network::Network;
///
/// shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 4, kernel = 3), ReLU, Flatten, Dense(units = 10) }
/// println!("{}", Net::summary());
/// ```
#[derive(Clone, Copy)]
pub struct Summary<N>(PhantomData<N>);

impl<N: Network> Summary<N> {
    pub(super) fn new() -> Self {
        Summary(PhantomData)
    }
}

/// How many parameters the layer at `position` has.
pub(crate) fn parameters_of<N: Network>(position: LayerPath<'_>) -> usize {
    let mut count = 0;
    N::visit([], [], &mut |parameter, [], []| {
        if parameter.layer == position && parameter.role.is_trained() {
            count += parameter.dims.iter().product::<usize>();
        }
    });
    count
}

/// The text before a row's columns: `Conv2D 3×3`, or `conv1: Conv2D 3×3` with a name. Inside a block it is indented and has its
/// path: `body.0  Conv2D 3×3`.
pub(crate) fn title(row: &Row<'_>) -> String {
    let place = match row.layer.block {
        Some((_, branch)) => {
            let dot = if branch.is_empty() { "" } else { "." };
            format!("{:indent$}{branch}{dot}{}  ", "", row.layer.index, indent = 2 * row.layer.depth())
        }
        None => String::new(),
    };
    let label = row.layer.label.map_or(String::new(), |label| format!("{label}: "));
    format!("{place}{label}{} {}", row.kind, row.settings.as_str()).trim_end().to_string()
}

impl<N: Network> fmt::Display for Summary<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut width = 36;
        N::summarize(LayerPath::FIRST, &mut |row| width = width.max(title(&row).chars().count()));
        let rule = "─".repeat(width + 38);
        writeln!(f, "{:>3}  {:<width$} {:>12} {:>10} {:>9}", "#", "layer", "output", "parameters", "MFLOP")?;
        writeln!(f, "{rule}")?;
        writeln!(f, "{:>3}  {:<width$} {:>12}", "", "input", N::Input::DIMS)?;
        let mut result = Ok(());
        N::summarize(LayerPath::FIRST, &mut |row| {
            let number = if row.layer.depth() == 0 { row.layer.index.to_string() } else { String::new() };
            result = result.and_then(|()| {
                writeln!(
                    f,
                    "{number:>3}  {:<width$} {:>12} {:>10} {:>9.3}",
                    title(&row),
                    row.output,
                    parameters_of::<N>(row.layer),
                    row.flops as f64 / 1e6,
                )
            });
        });
        result?;
        writeln!(f, "{rule}")?;
        let megaflops = N::FLOPS as f64 / 1e6;
        write!(f, "{:>3}  {:<width$} {:>12} {:>10} {:>9.3}", "", "total", "", N::parameters(), megaflops)
    }
}
