shapeproof::network! {
    type Net = [16, 1, 1] =>
        Dense(units = 8),
        ReLU,
        the_one_that_gives_the_logits: Dense(units = 10),
}

fn main() {}
