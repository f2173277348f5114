const FILTERS: usize = 0;

shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = FILTERS, kernel = 5),
        Flatten,
        Dense(units = 10),
}

fn main() {}
