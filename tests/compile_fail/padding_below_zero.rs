// A constant that has wrapped around: there is no padding of −1.
const LESS: usize = 1_usize.wrapping_sub(2);

shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = 3, padding = 1),
        ReLU,
        Conv2D(filters = 8, kernel = 3, padding = LESS),
        Flatten,
        Dense(units = 10),
}

fn main() {}
