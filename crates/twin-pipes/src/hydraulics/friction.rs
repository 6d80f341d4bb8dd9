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
//! are used down to Re = 1 and Re = 30; below, the loss is proportional to the flow, so that it goes through zero.
//!
//! # References
//!
//! - C. F. Colebrook (1939): Turbulent flow in pipes. J. Inst. Civil Eng. 11(4). <https://doi.org/10.1680/ijoti.1939.13150>
//! - F. N. Fritsch, R. E. Shafer, W. P. Crowley (1973): Algorithm 443: Solution of the transcendental equation w·eʷ = x.
//!   Comm. ACM 16(2). <https://doi.org/10.1145/361952.361970>
//! - P. K. Swamee, A. K. Jain (1976): Explicit equations for pipe-flow problems. J. Hydraul. Div. 102(5).
//! - D. Lohmeier et al. (2020): pandapipes: an open-source piping grid calculation package. Sustainability 12(23), 9899,
//!   eqs. 6–12. <https://doi.org/10.3390/su12239899>

use twin::utility::Friction;

/// Least Reynolds number of Colebrook–White.
const RE_COLEBROOK: f64 = 1.0;
/// Least Reynolds number of Swamee–Jain, whose logarithm has a zero near 7 and whose loss falls with the flow below 20.
const RE_SWAMEE: f64 = 30.0;

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

/// Colebrook and White's λ of a pipe at its last flow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Last {
    /// λ^−½.
    root: f64,
    /// 1/Re; 0 where there is none yet.
    per_reynolds: f64,
    lambda: f64,
    /// d ln λ / d ln Re.
    exponent: f64,
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

    /// f(m) = (λ·L/d + ζ)·m·|m| and its derivative. `last` is what Colebrook–White gave in the last call.
    pub(crate) fn loss(&self, friction: Friction, flow_kg_s: f64, viscosity_pa_s: f64, last: &mut Last) -> (f64, f64) {
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
            _ => self.colebrook(at, last),
        };
        let scale = lambda * self.slenderness;
        if reynolds < least {
            let slope = scale * least / per_flow;
            return (slope * flow_kg_s + single.0, slope + single.1);
        }
        (scale * flow_kg_s * size + single.0, scale * (2.0 + exponent) * size + single.1)
    }

    /// λ and d ln λ / d ln Re.
    ///
    /// With a = 2.51/Re, b = k/(3.71·d), c = ln(10)/2 and w = c·(λ^−½ + b/a) the equation reads w + ln w = c·b/a − ln(a/c): w is
    /// Wright's ω. The step of Fritsch, Shafer and Crowley converges with the fourth power and takes one logarithm.
    fn colebrook(&self, reynolds: f64, last: &mut Last) -> (f64, f64) {
        const C: f64 = std::f64::consts::LN_10 / 2.0;
        const FIRST: f64 = 7.0;
        const NEARBY: f64 = 1e-5;
        let mut guess = FIRST;
        if last.per_reynolds > 0.0 {
            let ratio = reynolds * last.per_reynolds;
            let change = ratio - 1.0;
            if change.abs() <= NEARBY {
                // λ follows its tangent there to 1e-11.
                return (last.lambda * (1.0 + last.exponent * change), last.exponent);
            }
            // ln λ along its tangent, with ln r ≈ 2(r − 1)/(r + 1).
            guess =
                (last.root * (1.0 - last.exponent * change / (ratio + 1.0))).clamp(0.3 * last.root, 3.0 * last.root);
        }
        let per_reynolds = 1.0 / reynolds;
        let by_c = 2.51 / C * per_reynolds;
        let rough = C / 2.51 * self.roughness * reynolds;
        let mut w = C * guess + rough;
        for _ in 0..30 {
            let short = rough - w - (by_c * w).ln();
            let next = 1.0 + w;
            let scaled = next * (next + 2.0 / 3.0 * short);
            let better = w * (1.0 + short * (scaled - 0.5 * short) / (next * (scaled - short)));
            let is_near = short.abs() <= 8e-3 * next.min(10.0);
            w = if better > 0.1 * w { better.min(10.0 * w) } else { 0.1 * w };
            // From there the step leaves 1e-10 of λ.
            if is_near {
                break;
            }
        }
        let root = (w - rough) * (1.0 / C);
        let square = root * root;
        let both = 1.0 / (square * (1.0 + w));
        let (lambda, exponent) = ((1.0 + w) * both, -2.0 * square * both);
        *last = Last { root, per_reynolds, lambda, exponent };
        (lambda, exponent)
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
                    let loss = |flow: f64| shape.loss(friction, flow, 1.1e-5, &mut Last::default());
                    let numeric = (loss(flow + step).0 - loss(flow - step).0) / (2.0 * step);
                    let (value, derivative) = loss(flow);
                    assert!((numeric - derivative).abs() <= 1e-4 * derivative, "{friction:?} {flow}");
                    assert!(value * flow > 0.0 && derivative > 0.0);
                }
                assert_eq!(shape.loss(friction, 0.0, 1.1e-5, &mut Last::default()).0, 0.0);
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
            let (loss, _) = shape.loss(friction, flow, viscosity, &mut Last::default());
            let lambda = loss / (flow * flow) * 0.1;
            assert!((lambda - expected).abs() < 5e-5, "{friction:?}: {lambda}");
        }
    }

    /// Colebrook and White's equation holds for any pipe, flow and first guess.
    #[test]
    fn colebrook_solves_its_equation() {
        for relative in [1e-9, 1e-6, 1e-4, 1e-2, 0.25] {
            let shape = Shape::new(1.0, 0.1, relative * 0.1, 0.0, Friction::Colebrook, false);
            for exponent in 0..=36 {
                let reynolds = 10_f64.powf(f64::from(exponent) / 4.0);
                // From nothing, from far away, from nearby, from so near that the tangent does.
                for from in [0.0, 1e-3, 0.1, 0.9, 1.000_005, 30.0, 1e5] {
                    let mut last = Last::default();
                    if from > 0.0 {
                        shape.colebrook((reynolds * from).max(1.0), &mut last);
                    }
                    let (lambda, _) = shape.colebrook(reynolds, &mut last);
                    let x = 1.0 / lambda.sqrt();
                    let error = x + 2.0 * (2.51 / reynolds * x + shape.roughness).log10();
                    assert!(error.abs() < 4e-9 * x, "k/d {relative}, Re {reynolds}, from {from}: {error} of {x}");
                }
            }
        }
    }
}
