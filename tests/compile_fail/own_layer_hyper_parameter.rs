// A user's own layer, its hyper-parameter misspelt.
use std::marker::PhantomData;

struct Repeat<
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
    T,
> Repeat<C, H, W, OC, OH, OW, TIMES, T>
{
    const HYPER_PARAMETERS: [&str; 1] = ["times"];

    const fn output([c, h, w]: [usize; 3]) -> Result<[usize; 3], &'static str> {
        Ok([c * TIMES, h, w])
    }
}

shapeproof::network! { type Net = [1, 28, 28] => Repeat(time = 3), Flatten }

fn main() {}
