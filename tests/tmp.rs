use shapeproof::layer::Layer;
use shapeproof::network;
use shapeproof::network::Network;
const K: usize = 13;
network! {
    /// doc
    pub type Good = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = [3, 5], padding = 1),
        Conv2D(filters = 8, kernel = K),
        Flatten,
        Dense(units = 10),
}
#[test]
fn good() {
    println!("{}", Good::summary());
    println!("{}", std::any::type_name::<Good>());
    assert!(Good::FLAW.is_none());
    let _ = Good::zeros();
}
#[cfg(bad)]
mod bad {
    use shapeproof::network;
    use shapeproof::network::Network;
    const K: usize = 13;
    network! { type A = [1, 12, 12] => Conv2D(filters = 8, kernel = [3, 5]), Conv2D(filters = 4, kernel = K), Flatten, Dense(units = 3) }
    network! { type B = [1, 12, 12] => Conv2D(filters = 8, kernl = [3, 5]), Conv2D(filters = 4, kernel = 3), Flatten, Dense(units = 3) }
    network! { type C = [1, 12, 12] => Conv2d(filters = 8, kernel = [3, 5]), Conv2D(filters = 4, kernel = 3), Flatten, Dense(units = 3) }
    network! { type D = [1, 12, 12] => Conv2D(kernel = [3, 5]), Conv2D(filters = 4, kernel = 3), Flatten, Dense(units = 3) }
    network! { type E = [1, 12, 12] => Flaten, Dense(units = 3) }
    type F = network::Chain<shapeproof::layer::Dense<784, 14>, shapeproof::layer::Dense<7, 10>>;
    fn f(net: &F) {
        F::zeros();
    }
    fn g<N: shapeproof::layer::Layer>() {}
    fn h() {
        g::<F>()
    }
    network! { type X = [1, 12, 12] => Dense(units = 3), Dense(units = "3") }
}
