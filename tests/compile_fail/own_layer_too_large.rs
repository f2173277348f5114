// A user's own layer gives more than there can be.
use std::marker::PhantomData;

struct Upsample<
    const C: usize,
    const H: usize,
    const W: usize,
    const OC: usize,
    const OH: usize,
    const OW: usize,
    const FACTOR: usize,
    T,
>(PhantomData<T>);

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OC: usize,
    const OH: usize,
    const OW: usize,
    const FACTOR: usize,
    T,
> Upsample<C, H, W, OC, OH, OW, FACTOR, T>
{
    const HYPER_PARAMETERS: [&str; 1] = ["factor"];

    const fn output([c, h, w]: [usize; 3]) -> Result<[usize; 3], &'static str> {
        Ok([c, h * FACTOR, w * FACTOR])
    }
}

shapeproof::network! { type Net = [1, 28, 28] => Upsample(factor = 1 << 20), Flatten }

fn main() {}
