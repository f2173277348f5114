// A user's own layer refuses a shape, with its own words.
use std::marker::PhantomData;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::scalar::Scalar;

#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Halve<
    const C: usize,
    const H: usize,
    const W: usize,
    const OC: usize,
    const OH: usize,
    const OW: usize,
    const TIMES: usize,
    T,
>(PhantomData<T>);

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OC: usize,
    const OH: usize,
    const OW: usize,
    const TIMES: usize,
    T: Scalar,
> Halve<C, H, W, OC, OH, OW, TIMES, T>
{
    const HYPER_PARAMETERS: [&str; 1] = ["times"];

    const fn output([c, h, w]: [usize; 3]) -> Result<[usize; 3], &'static str> {
        let by = 1 << TIMES;
        if h % by != 0 || w % by != 0 { Err("its sides must be even each time") } else { Ok([c, h / by, w / by]) }
    }
}

shapeproof::network! { type Net = [1, 28, 28] => Conv2D(filters = 8, kernel = 3, padding = 1), Halve(times = 3), Flatten }

fn main() {}
