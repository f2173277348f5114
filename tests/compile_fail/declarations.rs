//! Mistakes in a layer's declaration.

use std::marker::PhantomData;

use shapeproof::shape::{ConstString, Dims};

pub struct Bare<const C: usize, const H: usize, const W: usize, T>(PhantomData<T>);
pub struct Many<const A: u64, const B: u64, const C: u64>;

const fn rule(input: Dims, _size: usize) -> Result<Dims, ConstString> {
    Ok(input)
}

mod no_arrow {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) }
}

mod no_name {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { (size: usize) => Own<C, H, W, T> }
}

mod type_of_another_kind {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: u32) => Own<C, H, W, T> }
}

mod three_axes {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: [usize; 3]) => Own<C, H, W, T> }
}

mod no_type {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size) => Own<C, H, W, T> }
}

mod default_without_equals {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize 3) => Own<C, H, W, T> }
}

mod default_of_another_kind {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize = "3") => Own<C, H, W, T> }
}

mod equals_for_a_colon {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size = usize) => Own<C, H, W, T> }
}

mod twice {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize, size: usize) => Own<C, H, W, T> }
}

mod braces {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own { size: usize } => Own<C, H, W, T> }
}

mod unknown_clause {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<C, H, W, T>, outptu = Ok(input) }
}

mod clause_with_a_colon {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<C, H, W, T>, output: Ok(input) }
}

mod output_of_another_kind {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<C, H, W, T>, output = input }
}

mod unknown_name {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<C, H, W, T>, output = rule(input, sise) }
}

mod too_many_reals {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(a: f64, b: f64, c: f64) => Many<a, b, c> }
}

mod reserved_name {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(input: usize) => Own<C, H, W, T> }
}

mod type_without_defaults {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Bare => Bare<C, H, W, T> }
}

mod unknown_type {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own => Owm<C, H, W, T> }
}

mod comma_missing {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<C, H, W, T> output = rule(input, size) }
}

mod misspelt_in_the_type {
    use super::*;

    pub struct Own<const C: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<siz, T> }
}

mod parameters_in_quotes {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: usize) => Own<C, H, W, T>, parameters = "3" }
}

mod used_in_a_network {
    use super::*;

    pub struct Own<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
    shapeproof::hyper_parameters! { Own(size: u32) => Own<C, H, W, T> }

    shapeproof::network! { type Net = [1, 28, 28] => Own(size = 2), Flatten, Dense(units = 10) }

    pub fn main() {
        println!("{}", <Net as shapeproof::network::Network>::summary());
    }
}

fn main() {}
