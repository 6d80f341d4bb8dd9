//! What gas and heat networks carry, and how they are run.

use serde::{Deserialize, Serialize};

use super::Medium;
use crate::road::named_enum;

named_enum! {
    /// How the friction of a pipe is computed.
    Friction {
        /// Laminar part plus the rough part after Nikuradse.
        Nikuradse = "nikuradse",
        /// Colebrook and White.
        Colebrook = "colebrook",
        /// Swamee and Jain, explicit.
        SwameeJain = "swamee-jain",
    }
}

/// How a gas or heat network is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The network: gas or heat.
    pub medium: Medium,
    /// What flows.
    pub fluid: Fluid,
    /// Friction law.
    pub friction: Friction,
    /// Temperature around everything of which nothing else is known, kelvin.
    pub ambient_k: f64,
}

impl Operation {
    /// High calorific natural gas at 10 °C around.
    #[must_use]
    pub fn gas() -> Self {
        Self { medium: Medium::Gas, fluid: Fluid::natural_gas(), friction: Friction::Colebrook, ambient_k: 283.15 }
    }

    /// Water in the ground at 10 °C.
    #[must_use]
    pub fn heat() -> Self {
        Self { medium: Medium::Heat, fluid: Fluid::water(), friction: Friction::Colebrook, ambient_k: 283.15 }
    }
}

/// A fluid.
#[derive(Clone, Debug, PartialEq)]
pub struct Fluid {
    /// `water`, `hgas`.
    pub name: String,
    /// Whether it is a gas.
    pub is_gas: bool,
    /// Density over the temperature, kg/m³; of a gas at 1.01325 bar.
    pub density: Property,
    /// Dynamic viscosity over the temperature, Pa·s.
    pub viscosity: Property,
    /// Specific heat capacity over the temperature, J/(kg·K).
    pub heat_capacity: Property,
    /// Ratio of the compressibility to that at standard conditions, over the absolute pressure, bar.
    pub compressibility: Property,
}

impl Fluid {
    /// Density at 0 °C, of a gas at standard conditions (DIN 1343), kg/m³.
    #[must_use]
    pub fn normal_density_kg_m3(&self) -> f64 {
        self.density.at(273.15)
    }

    /// Natural gas of group H: mean values of German grids (DVGW G 260; compressibility after G 2000 in its linear form).
    #[must_use]
    pub fn natural_gas() -> Self {
        Self {
            name: "natural gas H".to_owned(),
            is_gas: true,
            density: Property::Constant { value: 0.784 },
            viscosity: Property::Constant { value: 1.07e-5 },
            heat_capacity: Property::Constant { value: 2150.0 },
            compressibility: Property::Linear { slope: -0.0022, offset: 1.0 },
        }
    }

    /// Water at saturation, 0 to 160 °C (VDI-Wärmeatlas, D2.1, table 1).
    #[must_use]
    pub fn water() -> Self {
        const ROWS: [[f64; 4]; 14] = [
            [273.15, 999.8, 1.792e-3, 4219.0],
            [283.15, 999.7, 1.306e-3, 4195.0],
            [293.15, 998.2, 1.002e-3, 4185.0],
            [303.15, 995.6, 7.977e-4, 4180.0],
            [313.15, 992.2, 6.530e-4, 4179.0],
            [323.15, 988.0, 5.468e-4, 4180.0],
            [333.15, 983.2, 4.664e-4, 4184.0],
            [343.15, 977.8, 4.039e-4, 4189.0],
            [353.15, 971.8, 3.543e-4, 4196.0],
            [363.15, 965.3, 3.144e-4, 4205.0],
            [373.15, 958.4, 2.817e-4, 4216.0],
            [393.15, 943.1, 2.320e-4, 4244.0],
            [413.15, 926.1, 1.966e-4, 4283.0],
            [433.15, 907.5, 1.704e-4, 4335.0],
        ];
        let column = |i: usize| Property::Table {
            x: ROWS.iter().map(|row| row[0]).collect(),
            y: ROWS.iter().map(|row| row[i]).collect(),
        };
        Self {
            name: "water".to_owned(),
            is_gas: false,
            density: column(1),
            viscosity: column(2),
            heat_capacity: column(3),
            compressibility: Property::Constant { value: 1.0 },
        }
    }
}

/// A property of a fluid as a function of temperature (K) or pressure (bar).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Property {
    /// The same everywhere.
    Constant {
        /// The value.
        value: f64,
    },
    /// A line.
    Linear {
        /// Change per unit.
        slope: f64,
        /// Value at 0.
        offset: f64,
    },
    /// Points joined by lines, which go on beyond the ends. Places rise.
    Table {
        /// Places.
        x: Vec<f64>,
        /// Values.
        y: Vec<f64>,
    },
    /// A polynomial.
    Polynomial {
        /// Coefficients, highest power first.
        coefficients: Vec<f64>,
    },
    /// Sutherland's law of the viscosity of gases.
    Sutherland {
        /// Viscosity at the temperature `t0_k`.
        eta0: f64,
        /// Temperature of the given viscosity.
        t0_k: f64,
        /// Sutherland's temperature.
        sutherland_k: f64,
    },
}

impl Property {
    /// The value at a temperature or pressure. A table without points is 0.
    #[must_use]
    pub fn at(&self, place: f64) -> f64 {
        match self {
            Self::Constant { value } => *value,
            Self::Linear { slope, offset } => offset + slope * place,
            Self::Table { x, y } => interpolate(x, y, place),
            Self::Polynomial { coefficients } => coefficients.iter().fold(0.0, |sum, c| sum * place + c),
            Self::Sutherland { eta0, t0_k, sutherland_k } => {
                eta0 * (t0_k + sutherland_k) / (sutherland_k + place) * (place / t0_k).powf(1.5)
            }
        }
    }

    /// Whether it is the same everywhere.
    #[must_use]
    pub const fn is_constant(&self) -> bool {
        matches!(self, Self::Constant { .. })
    }
}

fn interpolate(x: &[f64], y: &[f64], place: f64) -> f64 {
    let n = x.len().min(y.len());
    match n {
        0 => 0.0,
        1 => y[0],
        _ => {
            let right = x[1..n - 1].partition_point(|&known| known <= place) + 1;
            let (x0, x1, y0, y1) = (x[right - 1], x[right], y[right - 1], y[right]);
            if x1 > x0 { y0 + (y1 - y0) * (place - x0) / (x1 - x0) } else { y0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read_off() {
        let table = Property::Table { x: vec![0.0, 10.0, 20.0], y: vec![1.0, 2.0, 4.0] };
        for (place, value) in [(-10.0, 0.0), (0.0, 1.0), (5.0, 1.5), (10.0, 2.0), (15.0, 3.0), (20.0, 4.0), (30.0, 6.0)]
        {
            assert_eq!(table.at(place), value, "{place}");
        }
        assert_eq!(Property::Polynomial { coefficients: vec![2.0, 0.0, 1.0] }.at(3.0), 19.0);
        assert_eq!(Property::Linear { slope: -0.0022, offset: 1.0 }.at(1.0), 0.9978);
        assert_eq!(Property::Sutherland { eta0: 1.7e-5, t0_k: 273.15, sutherland_k: 110.0 }.at(273.15), 1.7e-5);
        assert_eq!(Property::Table { x: Vec::new(), y: Vec::new() }.at(1.0), 0.0);
    }
}
