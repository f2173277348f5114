// The network as it was first written: with stride 2 and padding 2 the first convolution and the pooling leave 7×7, but the
// second convolution was written for 14×14.
use shapeproof::layer::{Conv2D, MaxPool2D, PReLU};
use shapeproof::network::Chain;

type First = Conv2D<1, 28, 28, 32, 15, 15, 3, 3, 2, 2, 2, 2>;
type Second = Conv2D<32, 14, 14, 64, 8, 8, 3, 3, 2, 2, 2, 2>;
type Net = Chain<First, Chain<PReLU<32, 15, 15>, Chain<MaxPool2D<32, 15, 15, 7, 7, 2, 2, 2, 2>, Second>>>;

fn takes(_: &Net) {}

fn main() {}
