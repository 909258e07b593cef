//! Enums of file formats that mirror the engine's own.

/// Declares the file form of an enum, variants in snake case, with conversions both ways.
///
/// Each conversion is a `match` over all variants, so that a variant that is added to the engine's enum does not compile
/// until the format says how it is written.
macro_rules! mirror {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $file:ident for $own:ident {
            $($(#[$variant_attribute:meta])* $variant:ident $(($($field:ident: $type:ty),+))?),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        $visibility enum $file {
            $($(#[$variant_attribute])* $variant $(($($type),+))?),+
        }

        impl From<$own> for $file {
            fn from(own: $own) -> Self {
                match own {
                    $($own::$variant $(($($field),+))? => Self::$variant $(($(<$type>::from($field)),+))?),+
                }
            }
        }

        impl From<$file> for $own {
            fn from(file: $file) -> Self {
                match file {
                    $($file::$variant $(($($field),+))? => Self::$variant $(($($field.into()),+))?),+
                }
            }
        }
    };
}

pub(crate) use mirror;
