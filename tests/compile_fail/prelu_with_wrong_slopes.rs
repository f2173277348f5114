type Slopes = shapeproof::layer::PReLU<8, 26, 24, 3>;

const _: () = shapeproof::network::verify::<Slopes>();

fn main() {}
