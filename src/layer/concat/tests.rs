use super::{Concat, Fork, Through};
use crate::layer::{Dense, GlobalMaxPool2D, MaxPool2D, Module, ReLU, Sequential, ShapeError};
use crate::network::Network;
use crate::tensor::Tensor;

type Pixels = Tensor<1, 1, 3>;
type Block = Concat<Fork<Through<Pixels>, Fork<ReLU<1, 1, 3>, Through<Pixels>>>, Tensor<3, 1, 3>>;

#[test]
fn by_hand() {
    let x = [Tensor([[[1.0, -2.0, 3.0]]]), Tensor([[[-4.0, 5.0, -6.0]]])];
    let (mut y, mut tape) = ([Tensor([[[f32::NAN; 3]]; 3]); 2], Block::tape(2));
    Block::zeros().forward_pass(&x, &mut y, &mut tape);
    assert_eq!(y[0], Tensor([[[1.0, -2.0, 3.0]], [[1.0, 0.0, 3.0]], [[1.0, -2.0, 3.0]]]));
    assert_eq!(y[1], Tensor([[[-4.0, 5.0, -6.0]], [[0.0, 5.0, 0.0]], [[-4.0, 5.0, -6.0]]]));
    let mut inferred = [Tensor([[[f32::NAN; 3]]; 3]); 2];
    Block::zeros().predict::<2>(&x, &mut inferred, &mut Block::workspace::<2>());
    assert_eq!(y, inferred);

    let (mut dy, mut dx) = (y, x);
    dy[0] = Tensor([[[1.0; 3]], [[10.0; 3]], [[100.0; 3]]]);
    Block::zeros().backward_pass(&x, &mut tape, &dy, Some(&mut dx), &mut Block::zeros());
    assert_eq!(dx, [Tensor([[[111.0, 101.0, 111.0]]]), Tensor([[[-8.0, 15.0, -12.0]]])]);
}

#[test]
fn what_does_not_meet_is_named() {
    let says = |shape_error: Option<ShapeError>| shape_error.unwrap().sentence();
    type Apart = Fork<ReLU<2, 3, 4>, GlobalMaxPool2D<2, 3, 4>>;
    let sentence = "layer 0: Concat's branches give 2×3×4 and 2, which differ in height or width and cannot be joined along the \
        channels";
    assert_eq!(says(Concat::<Apart, Tensor<4, 3, 4>>::SHAPE_ERROR).as_str(), sentence);
    type Pair = Fork<Dense<3, 2>, Dense<3, 4>>;
    assert!(Concat::<Pair, Tensor<6, 1, 1>>::SHAPE_ERROR.is_none());
    let sentence = "layer 0: Concat gives 6, but its type says 7";
    assert_eq!(says(Concat::<Pair, Tensor<7, 1, 1>>::SHAPE_ERROR).as_str(), sentence);
    type Inside = Fork<ReLU<2, 4, 4>, Sequential<MaxPool2D<2, 4, 4, 1, 2, 2, 2, 2, 2>>>;
    let sentence = "layer 0.branches.1.0: MaxPool2D gives 2×2×2, but its type says 2×1×2";
    assert_eq!(says(Concat::<Inside, Tensor<4, 2, 2>>::SHAPE_ERROR).as_str(), sentence);
}
