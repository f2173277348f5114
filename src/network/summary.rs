//! The table people know: layer, output shape, parameters, FLOPs.

use core::fmt;
use core::marker::PhantomData;

use super::Network;
use crate::layer::Row;
use crate::shape::{Shape, Text};

/// A network's table of layers, to be printed. It is a property of the type: no network is needed to see it.
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
fn parameters_of<N: Network>(position: usize) -> usize {
    let mut count = 0;
    N::visit([], [], 0, &mut |parameter, [], []| {
        if parameter.layer == position && parameter.role.is_trained() {
            count += parameter.dims.iter().product::<usize>();
        }
    });
    count
}

impl<N: Network> fmt::Display for Summary<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = "─".repeat(74);
        writeln!(f, "{:>3}  {:<36} {:>12} {:>10} {:>9}", "#", "layer", "output", "parameters", "MFLOP")?;
        writeln!(f, "{rule}")?;
        writeln!(f, "{:>3}  {:<36} {:>12}", "", "input", N::Input::DIMS)?;
        let mut result = Ok(());
        N::summarise(0, &mut |row: Row| {
            let title = row.label.map_or(Text::new(), |label| label.text().str(": "));
            let title = title.str(row.kind).str(" ").str(row.settings.as_str());
            result = result.and_then(|()| {
                writeln!(
                    f,
                    "{:>3}  {:<36} {:>12} {:>10} {:>9.3}",
                    row.layer,
                    title.as_str().trim_end(),
                    row.output,
                    parameters_of::<N>(row.layer),
                    row.flops as f64 / 1e6,
                )
            });
        });
        result?;
        writeln!(f, "{rule}")?;
        let megaflops = N::FLOPS as f64 / 1e6;
        write!(f, "{:>3}  {:<36} {:>12} {:>10} {:>9.3}", "", "total", "", N::parameters(), megaflops)
    }
}
