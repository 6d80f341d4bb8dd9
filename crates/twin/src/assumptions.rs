//! The one table of assumptions: every number that Stadtwin puts where the data is silent, with unit and source.
//! A scenario overrides any of them: `[assumptions]` in its file, `--set assumptions.trips_per_person=2.9` at the shell.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumption {
    /// Name in scenario files.
    pub key: &'static str,
    /// Value unless overridden.
    pub default: f64,
    /// Unit.
    pub unit: &'static str,
    /// Smallest and greatest admissible value.
    pub range: (f64, f64),
    /// Where the number comes from.
    pub source: &'static str,
}

macro_rules! assumptions {
    ($($(#[$meta:meta])* $key:ident = $default:literal, $unit:literal, $min:literal ..= $max:literal, $source:literal;)+) => {
        /// Values of all assumptions.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Assumptions { $($(#[$meta])* pub $key: f64),+ }

        impl Assumptions {
            /// The table, in the order in which it is shown.
            pub const TABLE: &'static [Assumption] = &[$(Assumption {
                key: stringify!($key), default: $default, unit: $unit, range: ($min, $max), source: $source,
            }),+];

            /// The value of a key.
            #[must_use]
            pub fn get(&self, key: &str) -> Option<f64> {
                match key { $(stringify!($key) => Some(self.$key),)+ _ => None }
            }

            /// Sets the value of a key; false where there is no such key or the value is out of its range (or NaN).
            #[must_use]
            pub fn set(&mut self, key: &str, value: f64) -> bool {
                match key { $(stringify!($key) if ($min..=$max).contains(&value) => { self.$key = value; true })+ _ => false }
            }
        }

        impl Default for Assumptions {
            fn default() -> Self { Self { $($key: $default),+ } }
        }
    };
}

assumptions! {
    /// Trips of a resident on an average day, all modes.
    trips_per_person = 3.1, "1/d", 0.0..=10.0, "Mobilität in Deutschland 2017, Ergebnisbericht, BMVI 2018";
    /// Passenger-car equivalents of a heavy goods vehicle.
    truck_pce = 2.0, "pce", 1.0..=6.0, "HBS 2015 (urban streets, level): 2.0";
}
