//! Values that a hyper-parameter does not take.

#[macro_use]
#[path = "shared/program.rs"]
mod program;


const PADDING: usize = 1;
const FILTERS: u32 = 16;
const SIDE: i32 = 3;
const SLOPE: f32 = 0.1;
const TEXT: &str = "16";
const SIDES: [usize; 3] = [3; 3];

fn filters() -> usize {
    8
}

mod string {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = "16", kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod real {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16.0, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod negative {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = 3, padding = -1),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod negative_constant {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = 3, padding = -super::PADDING),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod negative_in_a_pair {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = 3, padding = [0, -1]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod three_numbers {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = [3, 3, 3]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod one_number_in_brackets {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = [3]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_numbers {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = []),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod tuple {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 16, kernel = (3, 3)),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod pair_for_one {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = [10, 2]),
    }
    program!(Net);
}

mod flag_for_a_number {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = true, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod number_for_a_flag {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            PReLU(per_channel = 1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod string_for_a_real {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            LeakyReLU(negative_slope = "0.1"),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod not_a_number {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            LeakyReLU(negative_slope = f64::NAN),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod infinite {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            LeakyReLU(negative_slope = f64::INFINITY),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod u32 {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = super::FILTERS, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod i32_in_a_pair {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = [super::SIDE, super::SIDE]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod u32_literal {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8u32, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod u32_in_a_pair {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = [3u32, 3]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod f32 {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            LeakyReLU(negative_slope = super::SLOPE),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod string_constant {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = super::TEXT, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod option {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = Some(8), kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod undeclared {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = FILTRES, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod three_constants {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = super::SIDES),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod too_large {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 99999999999999999999999, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod word {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, padding = same),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod string_padding {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, padding = "full"),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod zero {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 0, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod stride_zero {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, stride = [1, 0]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod call {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = super::filters(), kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod overflow {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, padding = 1 - 2usize),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod share {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Dropout(percent = 0.5),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_block {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(Conv2D(filters = 1, kernel = 3, padding = "full"), ReLU),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod variable {
    pub fn main() {
        let filters = 8;
        shapeproof::network! {
            type Net = [1, 28, 28] =>
                Conv2D(filters = filters, kernel = 3),
                Flatten,
                Dense(units = 10),
        }
        program!(Net);
        println!("{filters}");
        main();
    }
}

mod float_literal_of_the_other_size {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            LeakyReLU(negative_slope = 0.1f32),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod float_for_a_size_by_its_suffix {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8f32, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod quotes_of_another_language {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10, activation = 'relu'),
    }
    program!(Net);
}

mod panic {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = panic!("later"), kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod repeated_list {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = [3; 2]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
