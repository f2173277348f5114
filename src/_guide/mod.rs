#![doc = include_str!("guide.md")]

pub mod first_program {
    #![doc = include_str!("first_program.md")]
}

pub mod your_own_data {
    #![doc = include_str!("your_own_data.md")]
}

pub mod targets {
    #![doc = include_str!("targets.md")]
}

pub mod prediction {
    #![doc = include_str!("prediction.md")]
}

pub mod several_processes {
    #![doc = include_str!("several_processes.md")]
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

pub mod generic {
    #![doc = include_str!("generic.md")]
}
