//! Coordinate reference systems, by name only: the computation lives behind the doors (`twin-io`).

use serde::{Deserialize, Serialize};

/// The projected reference system of a twin's coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crs {
    /// EPSG code, `25832` for ETRS89 / UTM zone 32N; 0 for a network without a place on earth (a TNTP file).
    pub epsg: u32,
}

impl Crs {
    /// A plane without a place on earth.
    pub const NOWHERE: Self = Self { epsg: 0 };

    /// ETRS89 / UTM zone `zone` north (EPSG:25828 to 25838).
    #[must_use]
    pub const fn etrs89_utm(zone: u32) -> Self {
        Self { epsg: 25800 + zone }
    }

    /// `EPSG:25832`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("EPSG:{}", self.epsg)
    }
}
