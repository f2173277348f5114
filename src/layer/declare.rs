//! What the table of layers declares: the modules and types, and what is generated over them.

macro_rules! declare {
    ([$($file:ident::$kind:ident)*]) => {
        $(
            mod $file;
            pub use $file::$kind;
        )*

        /// Shows every example of every layer to `visitor`, for the tests of what is promised of all layers.
        #[doc(hidden)]
        pub fn visit_examples<V: declaration::ExampleVisitor>(visitor: &mut V) {
            $(<$kind as declaration::Examples>::visit(visitor);)*
        }

        /// The layers with their hyper-parameters, as a table in the docs of [`network!`](crate::network!).
        macro_rules! table {
            () => {
                concat!(
                    "| layer | hyper-parameters |\n|---|---|\n",
                    $(
                        "| [`", stringify!($kind), "`](crate::layer::", stringify!($kind), ") | ",
                        crate::layer::$kind!(), " |\n",
                    )*
                )
            };
        }
        pub(crate) use table;

        /// The layers alone, from which the compiler suggests one for a misspelt name in `network!`.
        #[doc(hidden)]
        pub mod kinds {
            pub use super::{$($kind,)* blocks::*};
        }
    };
}
