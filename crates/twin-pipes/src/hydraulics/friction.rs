//! Friction of pipes as a pressure loss over the mass flow, with its derivative.
//!
//! With λ the friction factor, L length, d diameter, ζ single losses and Re the Reynolds number, [`Shape::loss`] gives
//! f(m) = (λ(Re)·L/d + ζ)·m·|m| and df/dm; what the pressure loss is beyond that factor is told by the fluid.
//!
//! | law | λ |
//! |---|---|
//! | Nikuradse, liquid | 64/Re + (−2·lg(k/(3.71·d)))⁻² |
//! | Nikuradse, gas | 64/Re + (2·lg(d/k) + 1.14)⁻² |
//! | Colebrook–White | λ^−½ = −2·lg(2.51/(Re·√λ) + k/(3.71·d)) |
//! | Swamee–Jain | 0.25·lg(k/(3.7·d) + 5.74/Re^0.9)⁻² |
//!
//! The first is the form of pandapipes and STANET: laminar and rough part added. The last two hold for turbulent flow and
//! are used down to Re = 1 and Re = 100; below, the loss is proportional to the flow, so that it goes through zero.
//!
//! # References
//!
//! - C. F. Colebrook (1939): Turbulent flow in pipes. J. Inst. Civil Eng. 11(4). <https://doi.org/10.1680/ijoti.1939.13150>
//! - P. K. Swamee, A. K. Jain (1976): Explicit equations for pipe-flow problems. J. Hydraul. Div. 102(5).
//! - D. Lohmeier et al. (2020): pandapipes: an open-source piping grid calculation package. Sustainability 12(23), 9899,
//!   eqs. 6–12. <https://doi.org/10.3390/su12239899>

use twin::utility::Friction;

/// Least Reynolds number of Colebrook–White.
const RE_COLEBROOK: f64 = 1.0;
/// Least Reynolds number of Swamee–Jain, whose logarithm has a zero near 7.
const RE_SWAMEE: f64 = 100.0;

/// What of a pipe friction depends on, once per topology.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// d/A: Re = |m|·d/(η·A).
    diameter_by_area: f64,
    /// L/d.
    slenderness: f64,
    /// ζ.
    zeta: f64,
    /// k/(3.71·d), or k/(3.7·d) for Swamee–Jain.
    roughness: f64,
    /// Rough part of Nikuradse's λ.
    lambda_rough: f64,
}

impl Shape {
    /// A pipe; lengths in metres. A pipe without diameter has friction like one of a tenth of a millimetre.
    pub(crate) fn new(
        length_m: f64,
        diameter_m: f64,
        roughness_m: f64,
        zeta: f64,
        friction: Friction,
        is_gas: bool,
    ) -> Self {
        let diameter_m = diameter_m.max(1e-4);
        // Rougher than a quarter of the diameter is no pipe; smoother than glass has no rough part of λ.
        let relative = (roughness_m / diameter_m).clamp(1e-9, 0.25);
        let rough = if is_gas { -2.0 * relative.log10() + 1.14 } else { -2.0 * (relative / 3.71).log10() };
        let divisor = if friction == Friction::SwameeJain { 3.7 } else { 3.71 };
        Self {
            diameter_by_area: diameter_m / area_m2(diameter_m),
            slenderness: length_m.max(0.0) / diameter_m,
            zeta: zeta.max(0.0),
            roughness: relative / divisor,
            lambda_rough: 1.0 / (rough * rough),
        }
    }

    /// Whether there is no loss at any flow.
    pub(crate) fn is_free(&self) -> bool {
        self.slenderness * self.lambda_rough + self.zeta <= 0.0
    }

    /// f(m) = (λ·L/d + ζ)·m·|m| and its derivative. `guess` is 1/√λ of Colebrook–White from the last call.
    pub(crate) fn loss(&self, friction: Friction, flow_kg_s: f64, viscosity_pa_s: f64, guess: &mut f64) -> (f64, f64) {
        let size = flow_kg_s.abs();
        let per_flow = self.diameter_by_area / viscosity_pa_s;
        let single = (self.zeta * flow_kg_s * size, 2.0 * self.zeta * size);
        let least = match friction {
            Friction::Nikuradse => {
                let laminar = 64.0 / per_flow * self.slenderness;
                let rough = self.lambda_rough * self.slenderness;
                return (
                    laminar * flow_kg_s + rough * flow_kg_s * size + single.0,
                    laminar + 2.0 * rough * size + single.1,
                );
            }
            Friction::Colebrook => RE_COLEBROOK,
            Friction::SwameeJain => RE_SWAMEE,
        };
        let reynolds = size * per_flow;
        let at = reynolds.max(least);
        let (lambda, exponent) = match friction {
            Friction::SwameeJain => self.swamee_jain(at),
            _ => self.colebrook(at, guess),
        };
        let scale = lambda * self.slenderness;
        if reynolds < least {
            let slope = scale * least / per_flow;
            return (slope * flow_kg_s + single.0, slope + single.1);
        }
        (scale * flow_kg_s * size + single.0, scale * (2.0 + exponent) * size + single.1)
    }

    /// λ and d ln λ / d ln Re.
    fn colebrook(&self, reynolds: f64, guess: &mut f64) -> (f64, f64) {
        use std::f64::consts::LN_10;
        let smooth = 2.51 / reynolds;
        let start = || 1.0 / self.swamee_jain(reynolds.max(4000.0)).0.sqrt();
        let mut x = if *guess > 0.0 { *guess } else { start() };
        let mut share = 0.0;
        for _ in 0..30 {
            let inside = smooth * x + self.roughness;
            share = 2.0 / LN_10 * smooth / inside;
            let step = (x + 2.0 / LN_10 * inside.ln()) / (1.0 + share);
            x = (x - step).max(0.1 * x);
            // The error left is below half the square of this step: 1e-11 of λ.
            if step.abs() <= 3e-6 * x {
                break;
            }
        }
        *guess = x;
        (1.0 / (x * x), -2.0 * share / (1.0 + share))
    }

    /// λ and d ln λ / d ln Re.
    fn swamee_jain(&self, reynolds: f64) -> (f64, f64) {
        use std::f64::consts::LN_10;
        let part = 5.74 / reynolds.powf(0.9);
        let inside = self.roughness + part;
        let log = inside.log10();
        (0.25 / (log * log), 1.8 * part / (inside * log * LN_10))
    }
}

/// Cross section of a circle, m².
pub(crate) fn area_m2(diameter_m: f64) -> f64 {
    std::f64::consts::FRAC_PI_4 * diameter_m * diameter_m
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_loss() {
        for friction in [Friction::Nikuradse, Friction::Colebrook, Friction::SwameeJain] {
            for is_gas in [false, true] {
                let shape = Shape::new(120.0, 0.1, 1e-4, 1.5, friction, is_gas);
                for flow in [-3.0, -0.02, -1e-5, 1e-7, 3e-4, 0.5, 20.0] {
                    let step = 1e-6 * f64::abs(flow);
                    let loss = |flow: f64| shape.loss(friction, flow, 1.1e-5, &mut 0.0);
                    let numeric = (loss(flow + step).0 - loss(flow - step).0) / (2.0 * step);
                    let (value, derivative) = loss(flow);
                    assert!((numeric - derivative).abs() <= 1e-4 * derivative, "{friction:?} {flow}");
                    assert!(value * flow > 0.0 && derivative > 0.0);
                }
                assert_eq!(shape.loss(friction, 0.0, 1.1e-5, &mut 0.0).0, 0.0);
            }
        }
    }

    #[test]
    fn lambda_by_hand() {
        // Re = 100,000, k/d = 0.001: Moody's chart gives 0.0222.
        let shape = Shape::new(1.0, 0.1, 1e-4, 0.0, Friction::Colebrook, false);
        let viscosity = 1e-3;
        let flow = 1e5 * viscosity * area_m2(0.1) / 0.1;
        for (friction, expected) in [(Friction::Colebrook, 0.02217), (Friction::SwameeJain, 0.02233)] {
            let (loss, _) = shape.loss(friction, flow, viscosity, &mut 0.0);
            let lambda = loss / (flow * flow) * 0.1;
            assert!((lambda - expected).abs() < 5e-5, "{friction:?}: {lambda}");
        }
    }
}
