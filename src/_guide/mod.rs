#![doc = include_str!("guide.md")]

pub mod generic {
    #![doc = include_str!("generic.md")]
}

pub mod layer {
    #![doc = include_str!("layer.md")]
}

pub mod loss {
    #![doc = include_str!("loss.md")]
}

pub mod optimizer {
    #![doc = include_str!("optimizer.md")]
}
