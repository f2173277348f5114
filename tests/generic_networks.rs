//! One architecture for many networks: of any scalar, and stamped out by a macro of the user's.

use std::marker::PhantomData;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::layer::{Conv2D, Dense, Flatten, Layer, Module, Named, name};
use shapeproof::network::{Chain, Network};
use shapeproof::scalar::Scalar;
use shapeproof::shape::Dims;
use shapeproof::tensor::{Tensor, Vector};
use shapeproof::{hyper_parameters, network};

const FILTERS: usize = 4;

#[test]
fn networks_can_be_generic_over_the_scalar() {
    network! {
        type Either<T> = [2, 6, 5; T] =>
            conv: Conv2D(filters = 3, kernel = [3, 2], padding = 1),
            LeakyReLU(negative_slope = 0.2),
            Residual(Conv2D(filters = 3, kernel = 1), shortcut = (BatchNorm)),
            Flatten,
            Dense(units = 4),
    }
    fn outputs<T: Scalar>(network: &Either<T>) -> T
    where
        Either<T>: Module<Scalar = T, Input = Tensor<2, 6, 5, T>, Output = Vector<4, T>>,
    {
        let (image, mut logits) = ([Tensor([[[T::one(); 5]; 6]; 2])], [Vector::from([T::zero(); 4])]);
        network.predict::<1>(&image, &mut logits, &mut Either::<T>::workspace::<1>());
        logits[0].as_slice()[0]
    }
    let (single, double) = (outputs(&*Either::<f32>::new(1)), outputs(&*Either::<f64>::new(1)));
    assert!((f64::from(single) - double).abs() < 1e-5, "{single} {double}");
    check_gradients(&mut *Either::<f64>::new(3), &mut random_batch(4, 2)).unwrap();
}

/// A macro of the user's hands on names, sizes and visibilities as pieces of its own.
#[test]
fn networks_can_be_stamped_out_by_a_macro() {
    macro_rules! networks {
        ($vis:vis $($name:ident $layer:ident: $filters:literal, $units:expr, $kernel:expr, $scalar:ty;)*) => {
            $(
                network! {
                    $vis type $name = [1, 9, 7; $scalar] =>
                        $layer: Conv2D(filters = $filters, kernel = $kernel, padding = [1, $filters - 1]),
                        Flatten,
                        Dense(units = $units),
                }
            )*
        };
    }
    networks! {
        pub(crate)
        Narrow conv: 2, 3, 3, f32;
        Wide front: 4, 2 * FILTERS, [1, 3], f64;
    }
    let _: Box<
        Chain<
            Named<{ name("conv") }, Conv2D<1, 9, 7, 2, 9, 7, 3, 3, 1, 1, 1, 1>>,
            Chain<Flatten<2, 9, 7, 126>, Dense<126, 3>>,
        >,
    > = Narrow::new(1);
    assert_eq!(<Wide as Module>::Output::DIMS, Dims::new(8, 1, 1));
    assert_eq!(Narrow::parameters(), 2 * 9 + 2 + 126 * 3 + 3);

    macro_rules! with_layers {
        ($name:ident, $($layers:tt)*) => { network! { type $name = [1, 9, 7] => $($layers)*, Flatten, Dense(units = 2) } };
    }
    with_layers!(Plain, ReLU);
    assert_eq!(Plain::LAYERS, 3);

    macro_rules! of_kind {
        ($name:ident, $kind:path, $layer:ident) => {
            network! { type $name = [1, 9, 7] => $kind, $layer(window = 2) }
        };
    }
    of_kind!(Pooled, ReLU, MaxPool2D);
    assert_eq!(<Pooled as Module>::Output::DIMS, Dims::new(1, 4, 3));
}

/// A layer of one scalar, in networks of that scalar.
#[test]
fn a_layer_may_know_one_scalar_only() {
    #[derive(Zeroable)]
    #[bytemuck(crate = "bytemuck")]
    struct Twice<const N: usize = 0, T = f32>(PhantomData<T>);

    hyper_parameters! { Twice => Twice<C, T> }

    impl<const N: usize> Layer for Twice<N, f64> {
        type Scalar = f64;
        type Input = Vector<N, f64>;
        type Output = Vector<N, f64>;
        type Tape = ();
        type Workspace<const M: usize> = ();
        const KIND: &'static str = "Twice";

        fn tape(_: usize) {}
        fn infer<const M: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _: &mut ()) {
            self.forward(input, output, &mut ());
        }
        fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _: &mut ()) {
            for (x, y) in input.iter().zip(output) {
                y.as_mut_slice().iter_mut().zip(x.as_slice()).for_each(|(y, x)| *y = 2.0 * x);
            }
        }
        fn backward(
            &self,
            _: &[Self::Input],
            _: &mut (),
            grad_output: &[Self::Output],
            grad_input: Option<&mut [Self::Input]>,
            _: &mut Self,
        ) {
            grad_input.into_iter().for_each(|grad_input| self.forward(grad_output, grad_input, &mut ()));
        }
    }

    network! { type Double = [1, 2, 2; f64] => Flatten, Twice, Dense(units = 2) }
    check_gradients(&mut *Double::new(3), &mut random_batch(4, 2)).unwrap();
}
